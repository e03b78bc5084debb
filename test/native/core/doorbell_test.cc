// The words of a doorbell. handshake_test.cc has two threads at it.
#include "core/doorbell.h"

#include <sched.h>

#include <thread>

#include "check.h"

namespace smipc {
namespace {

TEST(WakesOncePerArm) {
  Doorbell bell{};
  CHECK_EQ(TakeWakeUp(bell, 10), Sleep::Awake);
  Arm(bell, 5, Sleep::AtFutex);
  CHECK_EQ(bell.sleeping.load(), Sleep::AtFutex);
  CHECK_EQ(bell.seq.load(), 0);
  CHECK_EQ(TakeWakeUp(bell, 10), Sleep::AtFutex);
  CHECK_EQ(bell.seq.load(), 1);
  CHECK_EQ(bell.sleeping.load(), Sleep::Awake);
  CHECK_EQ(TakeWakeUp(bell, 11), Sleep::Awake);
  CHECK_EQ(bell.seq.load(), 1);
  Arm(bell, 12, Sleep::AtFutex);
  Arm(bell, 12, Sleep::AtFutex);
  CHECK_EQ(TakeWakeUp(bell, 12), Sleep::AtFutex);
  CHECK_EQ(TakeWakeUp(bell, 12), Sleep::Awake);
  CHECK_EQ(bell.seq.load(), 2);
}

TEST(SaysWhereTheSleeperSleeps) {
  Doorbell bell{};
  Arm(bell, 1, Sleep::AtBell);
  CHECK_EQ(TakeWakeUp(bell, 1), Sleep::AtBell);
  Arm(bell, 1, Sleep::AtBell);
  Arm(bell, 1, Sleep::AtFutex);  // the last one counts
  CHECK_EQ(TakeWakeUp(bell, 1), Sleep::AtFutex);
  for (const uint32_t nonsense : {3u, 1000u, UINT32_MAX}) {
    bell.sleeping = nonsense;
    CHECK_EQ(TakeWakeUp(bell, 1), Sleep::AtFutex);
  }
  CHECK_EQ(bell.seq.load(), 5);
}

TEST(WakesOnlyFromWakeAtOn) {
  const uint64_t high = uint64_t{1} << 40;
  for (const uint64_t wake_at : {uint64_t{1}, uint64_t{4096}, high, UINT64_MAX}) {
    Doorbell bell{};
    Arm(bell, wake_at, Sleep::AtFutex);
    CHECK_EQ(TakeWakeUp(bell, 0), Sleep::Awake);
    CHECK_EQ(TakeWakeUp(bell, wake_at - 1), Sleep::Awake);
    CHECK_EQ(bell.sleeping.load(), Sleep::AtFutex);  // the request stays
    CHECK_EQ(bell.seq.load(), 0);
    CHECK_EQ(TakeWakeUp(bell, wake_at), Sleep::AtFutex);
  }
  Doorbell bell{};
  Arm(bell, 100, Sleep::AtFutex);
  Arm(bell, 50, Sleep::AtFutex);  // the last one counts
  CHECK_EQ(TakeWakeUp(bell, 60), Sleep::AtFutex);
}

TEST(DisarmWithdrawsTheRequest) {
  Doorbell bell{};
  Arm(bell, 1, Sleep::AtFutex);
  Disarm(bell);
  CHECK_EQ(TakeWakeUp(bell, 1), Sleep::Awake);
  CHECK_EQ(bell.seq.load(), 0);
}

TEST(ForceWakeUpNeedsNoRequest) {
  Doorbell bell{};
  ForceWakeUp(bell);
  CHECK_EQ(bell.seq.load(), 1);
  Arm(bell, 100, Sleep::AtFutex);
  ForceWakeUp(bell);
  CHECK_EQ(bell.seq.load(), 2);
  CHECK_EQ(TakeWakeUp(bell, 100), Sleep::Awake);
  bell.seq = UINT32_MAX;
  ForceWakeUp(bell);
  CHECK_EQ(bell.seq.load(), 0);
}

TEST(TwoWakersWakeOnce) {
  // The protocol has one waker, but even two wake only once for each arm.
  Doorbell bell{};
  std::atomic<uint64_t> asked{0};
  std::atomic<uint64_t> answered{0};
  std::atomic<uint64_t> wake_ups{0};
  const uint64_t rounds = check::Times(20000, 10000, 2000);
  std::thread other([&] {
    for (uint64_t i = 1; i <= rounds; i++) {
      while (asked < i) sched_yield();
      if (TakeWakeUp(bell, 1) != Sleep::Awake) wake_ups++;
      answered = i;
    }
  });
  for (uint64_t i = 1; i <= rounds; i++) {
    Arm(bell, 1, Sleep::AtFutex);
    asked = i;
    if (TakeWakeUp(bell, 1) != Sleep::Awake) wake_ups++;
    while (answered < i) sched_yield();
    CHECK_EQ(wake_ups.load(), i);
  }
  other.join();
  CHECK_EQ(bell.seq.load(), rounds);
}

}  // namespace
}  // namespace smipc
