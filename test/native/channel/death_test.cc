// A process that is killed between two instructions while it comes to a channel, ends it or leaves
// it. At each place its peer, which sleeps, is woken and learns that it is gone.
#include <signal.h>

#include <functional>
#include <thread>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "party.h"

namespace smipc {
namespace {

constexpr int64_t kWakeMs = 2000;
// A random start and strides: a window of some instructions is met in one of a few runs, and one of
// many, such as between a store and the system call that wakes, in each.
constexpr uint64_t kStride = check::kWatchesMemory ? 100 : 15;

// A peer that goes its last steps in a child, one by one.
class Mortal {
 public:
  using Act = std::function<void(Party&, Endpoint*)>;

  // `act` is what it is killed in. If `opens` is false, `act` gets a channel that is open.
  Mortal(const Way& way, const TemporaryDirectory& directory, bool is_writer, bool opens, Act act)
      : way_(way),
        directory_(directory),
        is_writer_(is_writer),
        opens_(opens),
        act_(std::move(act)) {}

  void Prepare() {
    party_ = new Party(way_, directory_);
    // Everything has run once, for the dynamic linker's sake.
    Endpoint* other = party_->Open(is_writer_, "other");
    CHECK(other != nullptr);
    act_(*party_, other);
    other->Leave();
    if (!opens_) channel_ = party_->Open(is_writer_);
    CHECK(opens_ || channel_ != nullptr);
  }
  int Go() {
    act_(*party_, channel_);
    return 0;
  }

 private:
  const Way way_;
  const TemporaryDirectory& directory_;
  const bool is_writer_;
  const bool opens_;
  const Act act_;
  Party* party_ = nullptr;  // never destroyed: its process is killed
  Endpoint* channel_ = nullptr;
};

// The peer. It tries once, sleeps, and tries again when it is woken.
class Sleeper {
 public:
  Sleeper(const Way& way, const TemporaryDirectory& directory, bool is_writer)
      : is_writer_(is_writer), party_(way, directory), channel_(party_.Open(is_writer)) {
    if (!CHECK(channel_ != nullptr)) std::abort();
    seen_ = party_.Mark();
    CHECK_EQ(Try(), 0);
  }
  const Header& header() const { return channel_->segment().header(); }

  // Hears of the peer's end, with one of these answers.
  void ExpectToHear(Status status, Status other) {
    int64_t answer = 0;
    const bool has_heard = party_.UntilSince(
        seen_, [&] { return (answer = Try()) < 0; }, kWakeMs);
    CHECK(has_heard);
    if (has_heard) CHECK(answer == Answer(status) || answer == Answer(other));
  }

 private:
  int64_t Try() {
    uint8_t bytes[2 * kMinCapacity] = {};
    if (!is_writer_) return channel_->Read(bytes, sizeof bytes, 1, kArm);
    const int64_t count = channel_->Write(bytes, sizeof bytes, sizeof bytes, kArm);
    return count > 0 ? 0 : count;  // the ring takes what it can
  }

  const bool is_writer_;
  Party party_;
  Endpoint* channel_;
  uint32_t seen_ = 0;
};

// Kills it at every place of `act`, up to `most` instructions from its start.
void KillIn(bool is_writer, uint64_t most, const Mortal::Act& act, Status status) {
  if (check::kWatchesThreads) return check::Skip("forks");
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t steps = random() % kStride; steps < most; steps += kStride) {
      check::Context("%s, %s, after %d instructions", NameOf(way.mode), NameOf(way.scheme),
                     static_cast<int>(steps));
      check::KeepAlive();
      const TemporaryDirectory directory;
      Mortal mortal(way, directory, is_writer, false, act);
      SteppedChild child([&] { mortal.Prepare(); }, [&] { return mortal.Go(); });
      if (!child.can_step()) return check::Skip("ptrace is not permitted");
      Sleeper sleeper(way, directory, !is_writer);
      const bool is_inside = child.Step(steps);
      child.Kill();
      sleeper.ExpectToHear(Status::PeerDied, status);
      if (!is_inside || check::HasFailed()) return;
    }
  });
}

TEST(AWriterKilledInEndIsHeardOf) {
  KillIn(
      true, 300, [](Party&, Endpoint* channel) { channel->End(); }, Status::PeerEnded);
}

TEST(AWriterKilledInLeaveIsHeardOf) {
  KillIn(
      true, 400, [](Party&, Endpoint* channel) { channel->Leave(); }, Status::PeerAborted);
}

TEST(AReaderKilledInLeaveIsHeardOf) {
  KillIn(
      false, 400, [](Party&, Endpoint* channel) { channel->Leave(); }, Status::PeerClosed);
}

// The kernel wakes one of those who wait for a death, even if the word was cleared before:
// the one that is woken wakes the other.
TEST(ADeathInLeaveWakesTheParkedThreadAndTheQueue) {
  if (check::kWatchesThreads) return check::Skip("forks");
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t steps = random() % kStride; steps < 400; steps += 4 * kStride) {
      check::Context("%s, %s, after %d instructions", NameOf(way.mode), NameOf(way.scheme),
                     static_cast<int>(steps));
      check::KeepAlive();
      const TemporaryDirectory directory;
      Mortal mortal(way, directory, false, false,
                    [](Party&, Endpoint* channel) { channel->Leave(); });
      SteppedChild child([&] { mortal.Prepare(); }, [&] { return mortal.Go(); });
      if (!child.can_step()) return check::Skip("ptrace is not permitted");
      Party party(way, directory);
      Endpoint* writer = party.Open(true);
      REQUIRE(writer != nullptr);
      const uint8_t bytes[2 * kMinCapacity] = {};
      CHECK_EQ(writer->Write(bytes, sizeof bytes, 0, kArm), kMinCapacity);
      // What there is to see at the start has been seen.
      CHECK(party.Until([&] { return party.Count(writer->id()) == 1; }));
      const bool is_inside = child.Step(steps);
      std::thread killer([pid = child.pid()] {
        SleepMs(10);
        kill(pid, SIGKILL);
      });
      int64_t count = 0;
      const int64_t park_ms = way.mode == WaitMode::Together ? kWakeMs : 20;
      for (int64_t ms = 0; ms < 2 * kWakeMs && count == 0; ms += park_ms) {
        count = writer->Write(bytes, 1, 0, park_ms);
      }
      killer.join();
      CHECK(count < 0);
      CHECK(party.Until([&] { return party.Count(writer->id()) > 1; }, kWakeMs));
      if (!is_inside || check::HasFailed()) return;
    }
  });
}

TEST(AWriterKilledInPrepareForExitIsHeardOf) {
  KillIn(
      true, 200, [](Party& party, Endpoint*) { party.environment().PrepareForExit(); },
      Status::PeerAborted);
}

// From the moment it has the role, a peer that is there already hears of its death.
TEST(AWriterKilledOnceItHasTheRoleIsHeardOf) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (const uint64_t steps : {0, 1, 5, 20, 60, 100, 150, 200, 300, 500, 800, 1200, 2000}) {
      check::Context("%s, %s, %d instructions after the claim", NameOf(way.mode),
                     NameOf(way.scheme), static_cast<int>(steps));
      check::KeepAlive();
      const TemporaryDirectory directory;
      Mortal mortal(way, directory, true, true, [](Party& party, Endpoint* other) {
        // When it is stepped through, with the name that the reader has.
        if (other == nullptr) party.Open(true);
      });
      SteppedChild child([&] { mortal.Prepare(); }, [&] { return mortal.Go(); });
      if (!child.can_step()) return check::Skip("ptrace is not permitted");
      Sleeper sleeper(way, directory, false);
      while (sleeper.header().writer.owner == 0) REQUIRE(child.Step(1));
      child.Step(steps);
      child.Kill();
      sleeper.ExpectToHear(Status::PeerDied, Status::PeerDied);
      if (check::HasFailed()) return;
    }
  });
}

// A writer that writes and ends between any two instructions of a read: its bytes come first.
TEST(AnEndNeverOvertakesTheLastWrite) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const Way way{WaitMode::Apart, RoleScheme::RobustList};
  for (uint64_t steps = 0;; steps++) {
    check::Context("after %d instructions", static_cast<int>(steps));
    check::KeepAlive();
    const TemporaryDirectory directory;
    Party* reading = nullptr;
    Endpoint* reader = nullptr;
    uint8_t bytes[10] = {};
    SteppedChild child(
        [&] {
          reading = new Party(way, directory);
          reader = reading->Open(false);
          CHECK(reader != nullptr && reader->Read(bytes, sizeof bytes, 5, kReturn) == 0);
        },
        [&] {
          const int64_t count = reader->Read(bytes, sizeof bytes, 5, kReturn);
          CHECK(count == 0 || count == 5);
          return 0;
        });
    if (!child.can_step()) return check::Skip("ptrace is not permitted");
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    const bool is_inside = child.Step(steps);
    CHECK_EQ(writer->Write(bytes, 5, 0, kReturn), 5);
    writer->End();
    REQUIRE_EQ(child.Finish(), 0);
    if (!is_inside) return;
  }
}

}  // namespace
}  // namespace smipc
