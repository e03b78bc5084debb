// LoopSleepers: a thread that polls for one channel stops when others of its event loop are rung.
#include "loop_sleepers.h"

#include <chrono>
#include <cstdlib>
#include <deque>
#include <thread>

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
  void Ring() { TakeRing(bell, 1); }

  Doorbell bell{};
  LoopSleeper sleeper;
};

TEST(NobodyHasBeenRungAtFirst) {
  LoopSleepers all;
  CHECK(!all.HaveRung());
  Bed bed;
  bed.LieDown(&all);
  CHECK(!all.HaveRung());
  bed.Ring();
  CHECK(all.HaveRung());
}

TEST(WhoeverIsLookedAfterIsNotThereAnyMore) {
  LoopSleepers all;
  std::deque<Bed> beds(3);
  for (Bed& bed : beds) bed.LieDown(&all);
  for (Bed& bed : beds) bed.Ring();
  for (Bed& bed : beds) {
    CHECK(all.HaveRung());
    all.Remove(&bed.sleeper);
    all.Remove(&bed.sleeper);
  }
  CHECK(!all.HaveRung());
  beds.front().LieDown(&all);
  beds.front().LieDown(&all);
  CHECK(!all.HaveRung());
  beds.front().Ring();
  CHECK(all.HaveRung());
  all.Remove(&beds.front().sleeper);
  CHECK(!all.HaveRung());
}

TEST(OneOfManyIsFoundAfterAWhile) {
  LoopSleepers all;
  std::deque<Bed> beds(1000);
  for (Bed& bed : beds) bed.LieDown(&all);
  for (const size_t rung : {0, 1, 500, 999}) {
    beds[rung].Ring();
    int looks = 1;
    while (looks <= 1000 && !all.HaveRung()) looks++;
    CHECK(looks <= 1000 / 8 + 1);
    all.Remove(&beds[rung].sleeper);
  }
  CHECK(!all.HaveRung());
}

TEST(WhoeverIsNotLookedAfterIsForgotten) {
  LoopSleepers all;
  Bed bed;
  bed.LieDown(&all);
  bed.Ring();
  int told = 0;
  while (told < 1000 && all.HaveRung()) told++;
  CHECK(told > 1 && told < 1000);
  bed.LieDown(&all);
  bed.Ring();
  CHECK(all.HaveRung());
}

// An environment with two readers: one that polls before it sleeps, and one that only sleeps.
struct TwoReaders {
  TwoReaders(const Way& way, uint32_t busy_poll_us)
      : writing(way, directory), reading(way, directory) {
    OpenRequest request = reading.Request(false, "poller");
    request.busy_poll_us = busy_poll_us;
    poller = reading.Open(request);
    sleeper = reading.Open(false, "sleeper");
    to_poller = writing.Open(true, "poller");
    to_sleeper = writing.Open(true, "sleeper");
    const bool is_open =
        poller != nullptr && sleeper != nullptr && to_poller != nullptr && to_sleeper != nullptr;
    if (!CHECK(is_open)) std::abort();
  }
  int64_t ReadOrArm(Channel* reader) { return reader->ReadOrArm(bytes, sizeof bytes, 1); }
  int64_t WriteByte(Channel* writer) const { return writer->Write(bytes, 1); }
  void LetSleeperLieDown() {
    while (ReadOrArm(sleeper) > 0) continue;
  }
  // What the poller waits for comes soon, again and again; so it polls for as long as it may.
  void LengthenPoll() {
    for (int i = 0; i < 20; i++) {
      LetSleeperLieDown();
      REQUIRE_EQ(WriteByte(to_sleeper), 1);  // or it would take as long as it may, too
      REQUIRE_EQ(ReadOrArm(poller), 0);
      REQUIRE_EQ(WriteByte(to_poller), 1);
      REQUIRE_EQ(ReadOrArm(poller), 1);
    }
  }
  uint64_t polls_missed() const { return poller->counters().polls_missed; }

  TemporaryDirectory directory;
  Party writing;
  Party reading;
  Channel* poller = nullptr;
  Channel* sleeper = nullptr;
  Channel* to_poller = nullptr;
  Channel* to_sleeper = nullptr;
  uint8_t bytes[100] = {};
};

TEST(APollEndsWhenAnotherChannelIsRung) {
  ForEachWay([](const Way& way) {
    constexpr uint32_t kSecond = 1000000;
    TwoReaders two(way, kSecond);
    two.LengthenPoll();
    two.LetSleeperLieDown();
    std::thread peer([&two] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      two.WriteByte(two.to_sleeper);
    });
    CHECK_EQ(two.ReadOrArm(two.poller), 0);
    peer.join();
    CHECK_EQ(two.polls_missed(), 0u);
    CHECK_EQ(two.ReadOrArm(two.sleeper), 1);
    // It is armed, as after a poll that was in vain.
    CHECK_EQ(two.WriteByte(two.to_poller), 1);
    CHECK(two.reading.Until([&] { return two.ReadOrArm(two.poller) == 1; }));
  });
}

// Longer than the scheduler keeps a thread from running, or the poll's window would shrink.
constexpr uint32_t kLongPollUs = 300000;

TEST(APollGoesOnIfNobodyIsRungOrTheThreadItselfWouldSleep) {
  TwoReaders two({WaitModes().front(), RoleScheme::RobustList}, kLongPollUs);
  two.LengthenPoll();
  CHECK_EQ(two.polls_missed(), 0u);
  two.LetSleeperLieDown();
  CHECK_EQ(two.WriteByte(two.to_sleeper), 1);
  // Nothing else is served before the call returns.
  CHECK_EQ(two.poller->ReadOrPark(two.bytes, 1, 1, 1), 0);
  CHECK_EQ(two.polls_missed(), 1u);
  two.LengthenPoll();
  CHECK_EQ(two.polls_missed(), 1u);
  two.LetSleeperLieDown();
  CHECK_EQ(two.ReadOrArm(two.poller), 0);
  CHECK_EQ(two.polls_missed(), 2u);
}

TEST(AChannelThatHasLeftIsNotAskedAnyMore) {
  TwoReaders two({WaitModes().front(), RoleScheme::RobustList}, kLongPollUs);
  two.LengthenPoll();
  two.LetSleeperLieDown();
  CHECK(two.reading.Close(two.sleeper));  // unmaps its doorbell
  CHECK_EQ(two.ReadOrArm(two.poller), 0);
  CHECK_EQ(two.polls_missed(), 1u);
}

}  // namespace
}  // namespace smipc
