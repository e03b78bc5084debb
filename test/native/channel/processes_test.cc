// A channel between two processes, to its end or to the death of one.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "holder.h"
#include "party.h"
#include "pattern.h"

namespace smipc {
namespace {

// How long to park at most: not for ever, because a death does not always wake a parked
// thread.
int64_t ParkMs(const Way& way) {
  const bool is_woken = way.mode == WaitMode::Together && way.scheme == RoleScheme::RobustList;
  return is_woken ? -1 : 20;
}

// Writes `total` bytes of the pattern, in parts, sleeping now in the one way, now in the other.
void WriteAll(Party& party, Endpoint* writer, const Way& way, uint64_t total, uint64_t seed) {
  check::Random random(seed);
  constexpr uint64_t kMost = 20000;
  const Pattern pattern(seed, kMost);
  while (writer->position() < total) {
    const uint64_t size =
        std::min(1 + random() % (random() % 4 == 0 ? kMost : 500), total - writer->position());
    const uint64_t end = writer->position() + size;
    const bool parks = random() % 2 == 0;
    const auto is_done = [&] {
      const uint8_t* source = pattern.From(writer->position());
      const uint64_t rest = end - writer->position();
      const int64_t count = parks ? writer->Write(source, rest, 0, ParkMs(way))
                                  : writer->Write(source, rest, 0, kArm);
      return count < 0 || writer->position() == end;
    };
    if (parks) {
      while (!is_done()) continue;
    } else if (!CHECK(party.Until(is_done))) {
      return;
    }
    if (!CHECK_EQ(writer->position(), end)) return;
  }
}

// Reads and checks to the end of the stream; returns what the end was.
int64_t ReadAll(Party& party, Endpoint* reader, const Way& way, uint64_t seed) {
  check::Random random(seed + 1);
  constexpr uint64_t kMost = 20000;
  const Pattern pattern(seed, kMost);
  std::vector<uint8_t> bytes(kMost);
  for (;;) {
    check::KeepAlive();
    const uint64_t size = 1 + random() % kMost;
    const uint64_t min = 1 + random() % std::min(size, reader->segment().capacity());
    const uint64_t position = reader->position();
    const bool parks = random() % 2 == 0;
    int64_t count = 0;
    const auto is_done = [&] {
      count = parks ? reader->Read(bytes.data(), size, min, ParkMs(way))
                    : reader->Read(bytes.data(), size, min, kArm);
      return count != 0;
    };
    if (parks) {
      while (!is_done()) continue;
    } else if (!CHECK(party.Until(is_done))) {
      return 0;
    }
    if (count < 0) return count;
    const auto taken = static_cast<uint64_t>(count);
    if (!CHECK(pattern.Matches(bytes.data(), taken, position))) return 0;
  }
}

TEST(AStreamGoesFromOneProcessToAnother) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const uint64_t seed = check::Seed();
  const uint64_t total = check::Times(5, 2, 1) * 1000 * 1000;
  ForEachWay([&](const Way& way) {
    const TemporaryDirectory directory;
    Child child([&](Child&) {
      Party party(way, directory);
      Endpoint* writer = party.Open(true);
      if (!CHECK(writer != nullptr)) return 1;
      WriteAll(party, writer, way, total, seed);
      writer->End();
      CHECK(party.Close(writer));
      return 0;
    });
    Party party(way, directory);
    Endpoint* reader = party.Open(false);
    REQUIRE(reader != nullptr);
    CHECK_EQ(ReadAll(party, reader, way, seed), Answer(Status::PeerEnded));
    CHECK_EQ(reader->position(), total);
    CHECK_EQ(child.Wait(), 0);
    CHECK(party.Close(reader));
    CHECK(directory.Names().empty());
  });
}

enum class Moment { Idle, Full, InAWrite };

TEST(AKilledWriterIsNoticedAfterItsBytes) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (const Moment moment : {Moment::Idle, Moment::Full, Moment::InAWrite}) {
      const TemporaryDirectory directory;
      const uint64_t size = moment == Moment::Idle ? 100 : kMinCapacity;
      Child child([&](Child& parent) {
        Party party(way, directory);
        Endpoint* writer = party.Open(true);
        const Pattern pattern(1, 20000);
        CHECK(parent.Hear());  // the reader is there
        CHECK_EQ(writer->Write(pattern.From(0), moment == Moment::InAWrite ? 20000 : size, 1, kArm),
                 static_cast<int64_t>(size));
        parent.Tell();
        return parent.Hear() ? 0 : 1;
      });
      Party party(way, directory);
      Endpoint* reader = nullptr;
      CHECK(Eventually([&] { return (reader = party.Open(false)) != nullptr; }));
      uint8_t bytes[20000];
      child.Tell();
      REQUIRE(child.Hear());
      // It waits for more than there is, or for nothing in particular.
      const uint64_t min = moment == Moment::Idle ? 101 : 1;
      if (moment == Moment::Idle) CHECK_EQ(reader->Read(bytes, 20000, min, kArm), 0);
      child.Kill();
      CHECK(party.Until([&] { return reader->Peer() == Presence::Died; }));
      CHECK_EQ(reader->Read(bytes, 20000, min, kArm), static_cast<int64_t>(size));
      CHECK(Pattern(1, 20000).Matches(bytes, size, 0));
      CHECK_EQ(reader->Read(bytes, 20000, min, kArm), Answer(Status::PeerDied));
      CHECK(party.Close(reader));
      CHECK(directory.Names().empty());
    }
  });
}

TEST(AKilledReaderIsNoticedInEachCallOfTheWriter) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (const Moment moment : {Moment::Idle, Moment::Full, Moment::InAWrite}) {
      const TemporaryDirectory directory;
      Child child = StartHolder(way, directory, false);
      REQUIRE(child.Hear());
      Party party(way, directory);
      Endpoint* writer = party.Open(true);
      REQUIRE(writer != nullptr);
      const std::vector<uint8_t> bytes(20000);
      if (moment == Moment::Full)
        CHECK_EQ(writer->Write(bytes.data(), 20000, 0, kReturn), kMinCapacity);
      if (moment == Moment::InAWrite) {
        CHECK_EQ(writer->Write(bytes.data(), 20000, 1, kArm), kMinCapacity);
      }
      CHECK_EQ(writer->Peer(), Presence::Open);
      child.Kill();
      CHECK(party.Until([&] { return writer->Peer() == Presence::Died; }));
      CHECK_EQ(writer->Write(bytes.data(), 1, 0, kReturn), Answer(Status::PeerDied));
      // The name is free at once, for a new reader too.
      Endpoint* reader = party.Open(false);
      CHECK(reader != nullptr && reader->Peer() == Presence::Absent);
      CHECK(party.Close(writer));
      CHECK_EQ(directory.Names().size(), 1);
    }
  });
}

// The kernel wakes one of those who wait for a death; the one that is woken wakes the other.
TEST(ADeathWakesTheParkedThreadAndTheQueue) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (uint64_t i = 0; i < check::Times(10, 5, 0); i++) {
      const TemporaryDirectory directory;
      Child child = StartHolder(way, directory, true);
      REQUIRE(child.Hear());
      Party party(way, directory);
      Endpoint* reader = party.Open(false);
      Endpoint* other = party.Open(false, "other");
      REQUIRE(reader != nullptr && other != nullptr);
      uint8_t byte = 0;
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      CHECK_EQ(reader->Peer(), Presence::Open);
      // What there is to see at the start has been seen.
      CHECK(party.Until([&] { return party.Count(reader->id()) == 1; }));
      const pid_t pid = child.pid();
      std::thread killer([pid, i, other] {
        SleepMs(10);
        // Once the waiter thread is first in the kernel's queue, once the parked one: another
        // channel makes the waiter thread wait anew.
        Doorbell& bell = other->segment().header().data;
        if (i % 2 == 0) ForceWakeUp(bell);
        if (i % 2 == 0) WakeAll(bell.seq);
        SleepMs(10);
        kill(pid, SIGKILL);
      });
      int64_t count = 0;
      while (count == 0) count = reader->Read(&byte, 1, 1, ParkMs(way));
      CHECK_EQ(count, Answer(Status::PeerDied));
      killer.join();
      CHECK(party.Until([&] { return party.Count(reader->id()) > 1; }));
    }
  });
}

}  // namespace
}  // namespace smipc
