// LoopSleepers: a thread that polls for one channel stops when another of its event loop is woken.
#include "waiting/loop_sleepers.h"

#include <chrono>
#include <cstdlib>
#include <deque>

#include "check.h"
#include "party.h"
#include "temporary.h"

namespace smipc {
namespace {

struct Bed {
  Bed() : sleeper(bell) {}
  void LieDown(LoopSleepers* all) {
    Arm(bell, 0, Sleep::AtFutex);
    all->Add(&sleeper);
  }
  void Wake() { TakeWakeUp(bell, 1); }

  Doorbell bell{};
  LoopSleeper sleeper;
};

// A clock that goes only where the test says.
struct Sleepers : LoopSleepers {
  bool AnyHasBeenWoken() { return LoopSleepers::AnyHasBeenWoken(now); }

  TimePoint now{std::chrono::hours(1)};
};

TEST(AtFirstNoneHasBeenWoken) {
  Sleepers all;
  CHECK(!all.AnyHasBeenWoken());
  Bed bed;
  bed.LieDown(&all);
  CHECK(!all.AnyHasBeenWoken());
  bed.Wake();
  CHECK(all.AnyHasBeenWoken());
  all.Remove(&bed.sleeper);
}

TEST(AServedSleeperIsRemoved) {
  Sleepers all;
  std::deque<Bed> beds(3);
  for (Bed& bed : beds) bed.LieDown(&all);
  for (Bed& bed : beds) bed.Wake();
  for (Bed& bed : beds) {
    CHECK(all.AnyHasBeenWoken());
    all.Remove(&bed.sleeper);
    all.Remove(&bed.sleeper);
  }
  CHECK(!all.AnyHasBeenWoken());
  beds.front().LieDown(&all);
  beds.front().LieDown(&all);
  CHECK(!all.AnyHasBeenWoken());
  beds.front().Wake();
  CHECK(all.AnyHasBeenWoken());
  all.Remove(&beds.front().sleeper);
  CHECK(!all.AnyHasBeenWoken());
}

TEST(OneOfManyIsFoundAfterAWhileAndTheLastAtOnce) {
  Sleepers all;
  std::deque<Bed> beds(1000);
  for (Bed& bed : beds) bed.LieDown(&all);
  CHECK(!all.AnyHasBeenWoken());
  beds.back().Wake();
  CHECK(all.AnyHasBeenWoken());
  all.Remove(&beds.back().sleeper);
  for (const size_t woken : {0, 1, 500, 998}) {
    beds[woken].Wake();
    int checks = 1;
    while (checks <= 1000 && !all.AnyHasBeenWoken()) checks++;
    CHECK(checks <= 1000 / 4);
    all.Remove(&beds[woken].sleeper);
  }
  CHECK(!all.AnyHasBeenWoken());
  for (Bed& bed : beds) all.Remove(&bed.sleeper);
}

TEST(ASleeperThatIsNotServedIsDroppedInTime) {
  Sleepers all;
  Bed bed;
  bed.LieDown(&all);
  bed.Wake();
  for (int i = 0; i < 1000; i++) REQUIRE(all.AnyHasBeenWoken());
  all.now += std::chrono::milliseconds(1);
  CHECK(all.AnyHasBeenWoken());
  all.now += std::chrono::milliseconds(100);
  CHECK(!all.AnyHasBeenWoken());
  CHECK(!all.AnyHasBeenWoken());
  bed.LieDown(&all);
  CHECK(!all.AnyHasBeenWoken());
  bed.Wake();
  CHECK(all.AnyHasBeenWoken());
  all.Remove(&bed.sleeper);
}

// An environment with two readers: one that polls before it sleeps, and one that only sleeps.
struct TwoReaders {
  static constexpr uint32_t kLongestUs = 20000;

  explicit TwoReaders(const Way& way) : writing(way, directory), reading(way, directory) {
    OpenRequest request = reading.Request(false, "poller");
    request.busy_poll_us = kLongestUs;
    poller = reading.Open(request);
    sleeper = reading.Open(false, "sleeper");
    to_poller = writing.Open(true, "poller");
    to_sleeper = writing.Open(true, "sleeper");
    const bool is_open =
        poller != nullptr && sleeper != nullptr && to_poller != nullptr && to_sleeper != nullptr;
    if (!CHECK(is_open)) std::abort();
  }
  int64_t ReadOrArm(Endpoint* reader) { return reader->Read(bytes, sizeof bytes, 1, kArm); }
  int64_t WriteByte(Endpoint* writer) const { return writer->Write(bytes, 1, 0, kReturn); }
  void LetSleeperLieDown() {
    while (ReadOrArm(sleeper) > 0) continue;
  }
  // What the poller waits for comes soon after it went to sleep; so it checks again for longer each
  // time, at last for kLongestUs.
  void LengthenPoll() {
    for (int i = 0; i < 12; i++) {
      LetSleeperLieDown();
      REQUIRE_EQ(ReadOrArm(poller), 0);
      REQUIRE_EQ(WriteByte(to_poller), 1);
      REQUIRE_EQ(ReadOrArm(poller), 1);
    }
  }
  void WakeSleeper() {
    LetSleeperLieDown();
    REQUIRE_EQ(WriteByte(to_sleeper), 1);
  }
  bool PollsInVain() {
    const uint64_t before = polls_missed();
    CHECK_EQ(ReadOrArm(poller), 0);
    return polls_missed() > before;
  }
  uint64_t polls_missed() const { return poller->counters().polls_missed; }

  TemporaryDirectory directory;
  Party writing;
  Party reading;
  Endpoint* poller = nullptr;
  Endpoint* sleeper = nullptr;
  Endpoint* to_poller = nullptr;
  Endpoint* to_sleeper = nullptr;
  uint8_t bytes[100] = {};
};

// A thread that is kept from running in the wrong moment takes its peer for one that takes its
// time, and does not poll the next time.
template <typename IsSeen>
bool IsSeenInTime(IsSeen is_seen) {
  for (int i = 0; i < 20; i++) {
    if (is_seen()) return true;
  }
  return false;
}

TEST(APollEndsWhenAnotherChannelIsWoken) {
  ForEachWay([](const Way& way) {
    TwoReaders two(way);
    CHECK(IsSeenInTime([&two] {
      two.LengthenPoll();
      two.WakeSleeper();
      CHECK(!two.PollsInVain());
      CHECK_EQ(two.ReadOrArm(two.sleeper), 1);
      // It is armed, as after a poll that was in vain.
      const uint64_t before = two.to_poller->counters().wake_ups_rung;
      CHECK_EQ(two.WriteByte(two.to_poller), 1);
      CHECK_EQ(two.to_poller->counters().wake_ups_rung, before + 1);
      CHECK_EQ(two.ReadOrArm(two.poller), 1);
      two.LetSleeperLieDown();
      return two.PollsInVain();
    }));
  });
}

TEST(APollGoesOnIfTheThreadItselfWouldSleep) {
  TwoReaders two({WaitModes().front(), RoleScheme::RobustList});
  CHECK(IsSeenInTime([&two] {
    two.LengthenPoll();
    two.WakeSleeper();
    const uint64_t before = two.polls_missed();
    // Nothing else is served before the call returns.
    CHECK_EQ(two.poller->Read(two.bytes, 1, 1, 1), 0);
    return two.polls_missed() > before;
  }));
}

TEST(AChannelThatHasLeftIsNotAskedAnyMore) {
  TwoReaders two({WaitModes().front(), RoleScheme::RobustList});
  two.LengthenPoll();
  two.LetSleeperLieDown();
  CHECK(two.reading.Close(two.sleeper));  // unmaps its doorbell
  CHECK_EQ(two.ReadOrArm(two.poller), 0);
}

}  // namespace
}  // namespace smipc
