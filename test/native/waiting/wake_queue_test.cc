// The queue through which waiter threads reach their environment.
#include "waiting/wake_queue.h"

#include <thread>
#include <vector>

#include "check.h"
#include "listener.h"

namespace smipc {
namespace {

TEST(TheQueueNotifiesOnceAndHoldsEachWakeOnce) {
  WakeListener listener;
  WakeQueue queue(WakeListener::Notify, &listener);
  std::atomic<uint32_t> word{0};
  Watch first(1, word);
  Watch second(2, word);
  for (int i = 0; i < 10; i++) queue.Push(&first, WakeKind::Check);
  queue.Push(&second, WakeKind::Check);
  queue.Push(&first, WakeKind::Retired);
  queue.Push(&first, WakeKind::Retired);
  CHECK_EQ(listener.notifications(), 1);
  std::vector<Wake> wakes(50);
  queue.Take(&wakes);
  REQUIRE_EQ(wakes.size(), 3);
  CHECK(wakes[0].watch == &first && wakes[0].kind == WakeKind::Check);
  CHECK(wakes[1].watch == &second && wakes[1].kind == WakeKind::Check);
  CHECK(wakes[2].watch == &first && wakes[2].kind == WakeKind::Retired);
  queue.Take(&wakes);
  CHECK(wakes.empty());
  CHECK_EQ(listener.notifications(), 1);
  queue.Push(&first, WakeKind::Check);
  CHECK_EQ(listener.notifications(), 2);
}

TEST(NoNotificationIsLostBetweenPushAndTake) {
  WakeListener listener;
  WakeQueue queue(WakeListener::Notify, &listener);
  std::atomic<uint32_t> word{0};
  Watch watch(1, word);
  const uint64_t rounds = check::Times(20000, 10000, 2000);
  std::atomic<uint64_t> sent{0};
  std::thread waiter([&] {
    for (uint64_t i = 1; i <= rounds; i++) {
      sent = i;
      queue.Push(&watch, WakeKind::Check);
      if (i % 64 == 0) std::this_thread::yield();
    }
  });
  // Whoever takes a wake-up has seen what was stored before its last push.
  uint64_t seen = 0;
  CHECK(listener.WaitUntil([&] {
    std::vector<Wake> wakes;
    queue.Take(&wakes);
    if (!wakes.empty()) seen = sent;
    return seen == rounds;
  }));
  waiter.join();
}

}  // namespace
}  // namespace smipc
