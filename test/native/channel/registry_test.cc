// Looking at a channel, and removing it, without a role in it.
#include "channel/registry.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "holder.h"
#include "layout.h"
#include "party.h"

namespace smipc {
namespace {

// With which a segment's file begins.
const std::string kMagicBytes(reinterpret_cast<const char*>(&kMagic), sizeof kMagic);

Result RemoveIt(const Party& party, bool force, uint32_t* pid) {
  return Remove(party.PathOf("a"), force, pid);
}

TEST(NoChannelIsNotFound) {
  const TemporaryDirectory directory;
  const int descriptors = CountDescriptors();
  Snapshot snapshot{};
  uint32_t pid = 0;
  for (const std::string& path : {directory.path(), directory.PathOf("none")}) {
    const ChannelPath channel{path.c_str(), "a", 0600};
    CHECK_EQ(Inspect(channel, &snapshot).status, Status::NotFound);
    CHECK_EQ(Remove(channel, false, &pid).status, Status::NotFound);
    CHECK_EQ(Remove(channel, true, &pid).status, Status::NotFound);
  }
  CHECK_EQ(CountDescriptors(), descriptors);
}

TEST(InspectingTakesNothing) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    const uint8_t bytes[10] = {};
    CHECK_EQ(writer->Write(bytes, 10, 0, kReturn), 10);
    const int descriptors = CountDescriptors();
    Snapshot snapshot{};
    REQUIRE(Inspect(party.PathOf("a"), &snapshot).ok());
    CHECK_EQ(snapshot.capacity, kMinCapacity);
    CHECK_EQ(snapshot.written, 10);
    CHECK_EQ(snapshot.read, 0);
    CHECK_EQ(snapshot.writer, Presence::Open);
    CHECK_EQ(snapshot.reader, Presence::Absent);
    CHECK_EQ(snapshot.writer_pid, static_cast<uint32_t>(getpid()));
    CHECK_EQ(CountDescriptors(), descriptors);
    CHECK(party.Open(false) != nullptr);
  });
}

TEST(AChannelInUseStaysUnlessForced) {
  ForEachWay([](const Way& way) {
    for (const bool is_writer : {true, false}) {
      const TemporaryDirectory directory;
      Party party(way, directory);
      Endpoint* channel = party.Open(is_writer);
      REQUIRE(channel != nullptr);
      uint32_t pid = 0;
      CHECK_EQ(RemoveIt(party, false, &pid).status, Status::Busy);
      CHECK_EQ(pid, static_cast<uint32_t>(getpid()));
      CHECK_EQ(directory.Names().size(), 1);
      // An opener that waits for its role is told to try again.
      REQUIRE(party.environment().StartRoleWait(1000, party.PathOf("a")).ok());
      CHECK(RemoveIt(party, true, &pid).ok());
      CHECK(directory.Names().empty());
      CHECK(party.Until([&] { return party.Count(1000) == 1; }));
      // The holder goes on, and a newcomer gets a channel of its own.
      CHECK_EQ(channel->Peer(), Presence::Absent);
      Endpoint* other = party.Open(is_writer);
      CHECK(other != nullptr && other->Peer() == Presence::Absent);
      CHECK(party.Close(channel));
      CHECK_EQ(directory.Names().size(), 1);
    }
  });
}

TEST(AnUnusedChannelCanBeRemoved) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    writer->End();
    CHECK(party.Close(writer));
    REQUIRE_EQ(directory.Names().size(), 1);
    uint32_t pid = 0;
    CHECK(RemoveIt(party, false, &pid).ok());
    CHECK(directory.Names().empty());
  });
}

TEST(OnlyWhatIsOursCanBeForced) {
  const TemporaryDirectory directory;
  const Party party({WaitMode::Apart, RoleScheme::RobustList}, directory);
  const int descriptors = CountDescriptors();
  uint32_t pid = 0;
  const auto put = [&](const char* bytes) { Put(directory.PathOf("a"), bytes); };
  put("something else");
  CHECK_EQ(RemoveIt(party, false, &pid).status, Status::Incompatible);
  CHECK_EQ(RemoveIt(party, true, &pid).status, Status::Incompatible);
  CHECK_EQ(directory.Names().size(), 1);
  put((kMagicBytes + ", damaged").c_str());
  CHECK_EQ(RemoveIt(party, false, &pid).status, Status::Corrupt);
  CHECK_EQ(directory.Names().size(), 1);
  CHECK(RemoveIt(party, true, &pid).ok());
  CHECK(directory.Names().empty());
  CHECK_EQ(mkdir(directory.PathOf("a").c_str(), 0700), 0);
  CHECK_EQ(RemoveIt(party, true, &pid).status, Status::Incompatible);
  CHECK_EQ(directory.Names().size(), 1);
  CHECK_EQ(CountDescriptors(), descriptors);
}

// A process that may open few files must not take the living for dead, and their names away.
TEST(WithoutDescriptorsNothingIsRemoved) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child holder = StartHolder(way, directory, true);
    REQUIRE(holder.Hear());
    for (const int left : {0, 1, 2, 3}) {
      check::Context("with %d descriptors", left);
      Child child([&](Child&) {
        LeaveDescriptors(left);
        uint32_t pid = 0;
        Snapshot snapshot{};
        const ChannelPath path{directory.path().c_str(), "a", 0600};
        if (Inspect(path, &snapshot).ok()) CHECK_EQ(snapshot.writer, Presence::Open);
        CHECK(!Remove(path, false, &pid).ok());
        return 0;
      });
      CHECK_EQ(child.Wait(), 0);
      CHECK_EQ(directory.Names().size(), 1);
    }
  });
}

}  // namespace
}  // namespace smipc
