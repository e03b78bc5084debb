// Signs of life: a death is heard of although the robust list was cut short, files of lifelines may
// be damaged without harm, and no owner counts as dead when it is asked for in the wrong place.
#include "platform/lifeline.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "channel/lifelines.h"
#include "check.h"
#include "child.h"
#include "party.h"
#include "platform/posix/descriptor.h"
#include "roles.h"

namespace smipc {
namespace {

constexpr char kPrefix[] = ".life-";

std::vector<std::string> LifelinesIn(const TemporaryDirectory& directory) {
  std::vector<std::string> names;
  for (const std::string& name : NamesIn(directory.path())) {
    if (name.rfind(kPrefix, 0) == 0) names.push_back(directory.path() + "/" + name);
  }
  return names;
}

// The ways a process may have without robust lists have no slots.
template <typename Body>
void ForEachListWay(Body body) {
  ForEachWay([&](const Way& way) {
    if (way.scheme == RoleScheme::RobustList) body(way);
  });
}

const char* const kNames[] = {"a", "b", "c", "d"};

// A process that writes to all of these channels.
Child StartWriter(const Way& way, const TemporaryDirectory& directory) {
  return Child([&](Child& parent) {
    Party party(way, directory);
    const uint8_t byte = 1;
    for (const char* name : kNames) {
      Endpoint* channel = party.Open(true, name);
      CHECK(channel != nullptr && channel->Write(&byte, 1, 0, kReturn) == 1);
    }
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
}

// A reader of one of them that has taken what is there, and sleeps.
struct Reader {
  Reader(const Way& way, const TemporaryDirectory& directory, const char* name)
      : party(way, directory), channel(party.Open(false, name)) {
    if (!CHECK(channel != nullptr)) std::abort();
    CHECK_EQ(channel->Read(&byte, 1, 1, kReturn), 1);
    CHECK_EQ(channel->Read(&byte, 1, 1, kArm), 0);
  }
  bool Hears() {
    return party.Until(
        [&] { return channel->Read(&byte, 1, 1, kArm) == Answer(Status::PeerDied); });
  }

  Party party;
  Endpoint* channel;
  uint8_t byte = 0;
};

void PunchHole(const std::string& path) {
  const File file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  CHECK(fallocate(Descriptor(file), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                  kLifelineBytes) == 0);
}

TEST(OneBadFileDoesNotHideADeath) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachListWay([](const Way& way) {
    for (const bool has_hole : {false, true}) {
      for (const char* bad : kNames) {
        check::Context("%s, %s %s", NameOf(way.mode), has_hole ? "hole in" : "truncated", bad);
        const TemporaryDirectory directory;
        Child writer = StartWriter(way, directory);
        REQUIRE(writer.Hear());
        std::vector<std::unique_ptr<Reader>> readers;
        for (const char* name : kNames) {
          if (name != bad) readers.push_back(std::make_unique<Reader>(way, directory, name));
        }
        if (has_hole)
          PunchHole(directory.PathOf(bad));
        else
          CHECK(truncate(directory.PathOf(bad).c_str(), 0) == 0);
        writer.Kill();
        for (const auto& reader : readers) CHECK(reader->Hears());
        if (check::HasFailed()) return;
      }
    }
  });
}

TEST(SeveralBadFilesDoNotEither) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachListWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child writer = StartWriter(way, directory);
    REQUIRE(writer.Hear());
    Reader reader(way, directory, "b");
    for (const char* bad : {"a", "c", "d"}) CHECK(truncate(directory.PathOf(bad).c_str(), 0) == 0);
    writer.Kill();
    CHECK(reader.Hears());
  });
}

// An opener that comes after such a death finds it too, and can take over.
TEST(AnOpenerFindsTheDeathLater) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachListWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child writer = StartWriter(way, directory);
    REQUIRE(writer.Hear());
    CHECK(truncate(directory.PathOf("d").c_str(), 0) == 0);
    writer.Kill();
    Party party(way, directory);
    Endpoint* reader = party.Open(false, "a");
    REQUIRE(reader != nullptr);
    uint8_t byte = 0;
    CHECK_EQ(reader->Read(&byte, 1, 1, kReturn), 1);
    CHECK_EQ(reader->Read(&byte, 1, 1, kReturn), Answer(Status::PeerDied));
    Snapshot snapshot{};
    CHECK(Inspect(party.PathOf("b"), &snapshot).ok());
    CHECK_EQ(snapshot.writer, Presence::Died);
    CHECK(party.Open(true, "b") != nullptr);
    uint32_t pid = 0;
    CHECK(Remove(party.PathOf("c"), false, &pid).ok());
  });
}

// A dead owner cannot wake those who wait for its role, so its peer does, whichever way it hears of
// the death.
TEST(APeerTellsOpenersOfADeath) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (const bool is_truncated : {false, true}) {
      if (is_truncated && way.scheme == RoleScheme::FileLock) continue;
      check::Context("%s, %s%s", NameOf(way.mode), NameOf(way.scheme),
                     is_truncated ? ", beside a truncated file" : "");
      const TemporaryDirectory directory;
      const auto request = [](const Party& party, bool is_writer, const char* name) {
        OpenRequest wanted = party.Request(is_writer, name);
        wanted.is_resumable = true;
        return wanted;
      };
      Child writer([&](Child& parent) {
        Party party(way, directory);
        CHECK(party.Open(request(party, true, "a")) != nullptr);
        CHECK(party.Open(request(party, true, "b")) != nullptr);
        parent.Tell();
        return parent.Hear() ? 0 : 1;
      });
      REQUIRE(writer.Hear());
      Party reading(way, directory);
      REQUIRE(reading.Open(request(reading, false, "a")) != nullptr);
      Party waiting(way, directory);
      constexpr uint32_t kId = 1000;
      REQUIRE(waiting.environment().StartRoleWait(kId, waiting.PathOf("a")).ok());
      if (is_truncated) CHECK(truncate(directory.PathOf("b").c_str(), 0) == 0);
      waiting.TakeWakes();
      const ptrdiff_t before = waiting.Count(kId);
      writer.Kill();
      CHECK(waiting.Until([&] { return waiting.Count(kId) > before; }));
      waiting.environment().StopOnlooker(kId);
      if (check::HasFailed()) return;
    }
  });
}

// Nothing depends on a lifeline's own file.
TEST(ABadLifelineDoesNoHarm) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const struct {
    const char* what;
    void (*spoil)(const std::string& path);
  } ways[] = {
      {"truncated", [](const std::string& path) { CHECK(truncate(path.c_str(), 0) == 0); }},
      {"hole", [](const std::string& path) { PunchHole(path); }},
      {"removed", [](const std::string& path) { CHECK(unlink(path.c_str()) == 0); }},
      {"nonsense", [](const std::string& path) { Put(path, std::string(kLifelineBytes, '\x41')); }},
  };
  ForEachListWay([&](const Way& way) {
    for (const auto& [what, spoil] : ways) {
      check::Context("%s, %s", NameOf(way.mode), what);
      const TemporaryDirectory directory;
      Child writer = StartWriter(way, directory);
      REQUIRE(writer.Hear());
      Reader early(way, directory, "a");
      for (const std::string& path : LifelinesIn(directory)) spoil(path);
      Reader late(way, directory, "b");
      // No owner is dead because of it.
      Snapshot snapshot{};
      CHECK(Inspect(late.party.PathOf("a"), &snapshot).ok());
      CHECK_EQ(snapshot.writer, Presence::Open);
      CHECK_EQ(early.channel->Peer(), Presence::Open);
      CHECK_EQ(late.channel->Peer(), Presence::Open);
      CHECK(late.party.Open(true, "c") == nullptr);
      CHECK_EQ(late.party.result.status, Status::Busy);
      // Those with a spoiled lifeline of their own open and close as ever.
      Endpoint* more = early.party.Open(true, "more");
      CHECK(more != nullptr && early.party.Close(more));
      writer.Kill();
      CHECK(early.Hears());
      CHECK(late.Hears());
      if (check::HasFailed()) return;
    }
  });
}

// Where the lifeline's file was damaged, too, its lock is asked for.
TEST(ABadLifelineBesideABadFileDoesNotHideADeath) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachListWay([](const Way& way) {
    for (const bool is_removed : {false, true}) {
      check::Context("%s, %s", NameOf(way.mode), is_removed ? "removed" : "truncated");
      const TemporaryDirectory directory;
      Child writer = StartWriter(way, directory);
      REQUIRE(writer.Hear());
      for (const std::string& path : LifelinesIn(directory)) {
        CHECK((is_removed ? unlink(path.c_str()) : truncate(path.c_str(), 0)) == 0);
      }
      Reader reader(way, directory, "a");
      CHECK(truncate(directory.PathOf("d").c_str(), 0) == 0);
      writer.Kill();
      CHECK(reader.Hears());
    }
  });
}

// What a process finds that comes by a path on which the locks are others (overlayfs and what is
// below): it cannot tell who is alive, so no owner counts as dead.
TEST(ElsewhereNoOwnerIsDead) {
  ForEachListWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    Header& header = writer->segment().header();
    Directory here;
    REQUIRE(here.Open(directory.path().c_str(), 0600).ok());
    const File closed;
    const Vantage vantage = VantageOf(here, closed);
    const auto observe = [&] {
      return ObserveForSure(header.writer, true, writer->segment().identity(), vantage);
    };
    CHECK_EQ(observe(), Presence::Open);
    const uint64_t lifeline = header.writer.lifeline;
    header.writer.lifeline = lifeline ^ 2;  // of no environment
    CHECK_EQ(observe(), Presence::Died);
    header.writer.place[0]++;
    CHECK_EQ(observe(), Presence::Open);
    header.writer.place[0]--;
    header.writer.lifeline = lifeline;
  });
}

TEST(ALifelineGoesWithItsLastChannel) {
  ForEachListWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party party(way, directory);
    Endpoint* first = party.Open(true, "a");
    Endpoint* second = party.Open(true, "b");
    REQUIRE(first != nullptr && second != nullptr);
    CHECK_EQ(LifelinesIn(directory).size(), 1);
    CHECK(party.Close(first));
    CHECK_EQ(LifelinesIn(directory).size(), 1);
    CHECK(party.Close(second));
    CHECK(LifelinesIn(directory).empty());
  });
}

TEST(TheFilesOfTheDeadAreRemovedAndNoOthers) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachListWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child writer = StartWriter(way, directory);
    REQUIRE(writer.Hear());
    Put(directory.PathOf(".life-"), "");
    Put(directory.PathOf(".life-12"), "");
    const size_t others = 2;
    Party party(way, directory);
    Endpoint* reader = party.Open(false, "a");
    REQUIRE(reader != nullptr);
    CHECK_EQ(LifelinesIn(directory).size(), others + 2);
    writer.Kill();
    CHECK(party.Close(reader));
    CHECK(party.Open(false, "other") != nullptr);
    CHECK_EQ(LifelinesIn(directory).size(), others + 1);
  });
}

// More roles than one lifeline has slots for.
TEST(AFullLifelineIsFollowedByAnother) {
  const TemporaryDirectory place;
  Directory directory;
  REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
  OwnerThread owner;
  Lifelines lifelines;
  const auto get = [&] { return lifelines.Get(directory, place.path(), 0600, &owner.words()); };
  CHECK(lifelines.Find(directory, place.path()) == nullptr);
  const std::shared_ptr<Lifeline> first = get();
  REQUIRE(first != nullptr);
  CHECK(lifelines.Find(directory, place.path()) == first);
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < kMostSlots; i++) {
    CHECK(get() == first);
    slots.push_back(first->TakeSlot());
    CHECK(slots.back() != kNoSlot);
  }
  CHECK_EQ(first->TakeSlot(), kNoSlot);
  CHECK(lifelines.Find(directory, place.path()) == nullptr);  // none with room
  const std::shared_ptr<Lifeline> second = get();
  REQUIRE(second != nullptr && second != first);
  CHECK(first->id() != second->id());
  first->GiveBack(slots[7]);
  CHECK_EQ(first->TakeSlot(), slots[7]);
  for (const uint32_t slot : slots) first->GiveBack(slot);
}

TEST(ADirectoryThatWasReplacedSaysNothingOfOwnersInTheOldOne) {
  const TemporaryDirectory outer;
  const std::string path = outer.path() + "/channels";
  const std::string elsewhere = outer.path() + "/elsewhere";
  REQUIRE(mkdir(path.c_str(), 0700) == 0);
  Directory directory;
  REQUIRE(directory.Open(path.c_str(), 0600).ok());
  OwnerThread owner;
  Lifelines lifelines;
  std::shared_ptr<Lifeline> lifeline = lifelines.Get(directory, path, 0600, &owner.words());
  REQUIRE(lifeline != nullptr);
  const FileId place = directory.place();
  const uint64_t id = lifeline->id();
  CHECK(IsLifelineHeld(path.c_str(), place, id));

  REQUIRE(rename(path.c_str(), elsewhere.c_str()) == 0);
  CHECK(IsLifelineHeld(path.c_str(), place, id));  // nothing is there
  REQUIRE(mkdir(path.c_str(), 0700) == 0);
  CHECK(IsLifelineHeld(path.c_str(), place, id));
  CHECK(IsLifelineHeld(elsewhere.c_str(), place, id));
  // The owner's next channel at this path has a lifeline there.
  Directory next;
  REQUIRE(next.Open(path.c_str(), 0600).ok());
  CHECK(lifelines.Find(next, path) == nullptr);
  const std::shared_ptr<Lifeline> other = lifelines.Get(next, path, 0600, &owner.words());
  REQUIRE(other != nullptr);
  CHECK(other != lifeline);
  CHECK(IsLifelineHeld(next, other->id()));
  CHECK(lifelines.Get(next, path, 0600, &owner.words()) == other);

  lifeline.reset();
  CHECK(!IsLifelineHeld(elsewhere.c_str(), place, id));
}

TEST(ASlotSaysWhatHasBecomeOfItsOwner) {
  const TemporaryDirectory place;
  Directory directory;
  REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
  OwnerThread owner;
  const std::shared_ptr<Lifeline> lifeline = Lifeline::Make(directory, 0600, &owner.words());
  REQUIRE(lifeline != nullptr);
  CHECK(IsLifelineHeld(directory, lifeline->id()));
  CHECK(!IsLifelineHeld(directory, lifeline->id() ^ 2));
  const uint32_t given_back = lifeline->TakeSlot();
  const uint32_t slot = lifeline->TakeSlot();
  const auto open = [&](PeerSlot* peer_slot, uint32_t number) {
    bool is_marked = true;
    peer_slot->Open(place.path().c_str(), lifeline->id(), number, &is_marked);
    return is_marked;
  };
  PeerSlot first;
  PeerSlot second;
  PeerSlot none;
  CHECK(!open(&first, given_back) && !open(&second, slot));
  REQUIRE(first.is_open() && second.is_open());
  CHECK(first.Check() == SlotState::Held && second.Check() == SlotState::Held);
  lifeline->GiveBack(given_back);
  CHECK(first.Check() == SlotState::Other);
  CHECK(!open(&none, given_back) && !none.is_open());
  CHECK(!open(&none, kMostSlots) && !none.is_open());
  CHECK(!IsSlotMarked(directory, lifeline->id(), slot));
  owner.End();
  CHECK(second.Check() == SlotState::Marked);
  CHECK(open(&none, slot) && !none.is_open());
  CHECK(IsSlotMarked(directory, lifeline->id(), slot));
}

}  // namespace
}  // namespace smipc
