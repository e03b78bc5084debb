// The waiter of an environment: how many threads it has, and when they let go of a watch.
#include "waiting/waiter.h"

#include <sys/resource.h>

#include <cerrno>
#include <deque>
#include <memory>

#include "check.h"
#include "child.h"
#include "listener.h"
#include "roles.h"
#include "temporary.h"

namespace smipc {
namespace {

// Words to watch, of which each can be changed.
class Words {
 public:
  Watch& Add() {
    words_.emplace_back(0);
    watches_.emplace_back(static_cast<uint32_t>(watches_.size()), words_.back());
    return watches_.back();
  }
  void Change(size_t i) {
    words_[i]++;
    WakeAll(words_[i]);
  }
  Watch& operator[](size_t i) { return watches_[i]; }

 private:
  std::deque<std::atomic<uint32_t>> words_;
  std::deque<Watch> watches_;
};

// Unmaps the words of a watch in the very call that says that it is retired.
struct Unmapper {
  static void Notify(void* self) {
    auto* unmapper = static_cast<Unmapper*>(self);
    std::vector<Wake> wakes;
    unmapper->queue.Take(&wakes);
    for (const Wake& wake : wakes) {
      if (wake.kind != WakeKind::Retired) continue;
      unmapper->fixture.segment.Unmap();
      unmapper->has_unmapped = true;
    }
  }

  RoleFixture fixture;
  WakeQueue queue{Notify, this};
  std::atomic<bool> has_unmapped{false};
};

TEST(ARetiredWatchIsNotTouchedAgain) {
  for (const WaitMode mode : WaitModes()) {
    for (int i = 0; i < 10; i++) {
      Unmapper unmapper;
      Header& header = unmapper.fixture.segment.header();
      Watch watch(1, header.data.seq, unmapper.fixture.SiteOf(true), nullptr);
      WaitThread thread(unmapper.queue, mode);
      REQUIRE(thread.Start().ok());
      thread.Add(watch);
      thread.Remove(watch);
      CHECK(Eventually([&] { return unmapper.has_unmapped.load(); }));
      thread.Stop();
    }
  }
}

TEST(OneThreadWatchesManyAndAnotherTheRest) {
  for (const WaitMode mode : WaitModes()) {
    check::Context("%s", NameOf(mode));
    const int threads = CountThreads();
    WakeListener listener;
    Words words;
    Waiter waiter({mode, true}, WakeListener::Notify, &listener);
    CHECK_EQ(CountThreads(), threads);  // none before there is something to do
    const int others = threads + 1;     // one for the lifelines
    const size_t most = mode == WaitMode::Together ? WaitThread::kMostWatches : 1;
    const size_t count = 2 * most + 1;
    if (mode == WaitMode::Together) CHECK_EQ(most, 42);

    std::vector<WaitThread*> places;
    for (size_t i = 0; i < count; i++) {
      places.emplace_back();
      REQUIRE(waiter.Place(&places.back()).ok());
      places.back()->Add(words.Add());
      CHECK_EQ(CountThreads(), others + 1 + static_cast<int>(i / most));
    }
    // Each of them is heard.
    WakeLog log;
    for (size_t i = 0; i < count; i++) words.Change(i);
    CHECK(listener.WaitUntil([&] {
      log.TakeFrom(waiter);
      for (size_t i = 0; i < count; i++) {
        if (log.Count(words[i], WakeKind::Check) == 0) return false;
      }
      return true;
    }));

    // The second thread has nothing left to do.
    for (size_t i = most; i < 2 * most; i++) places[i]->Remove(words[i]);
    waiter.Trim();  // may be too early, and must do no harm
    CHECK(listener.WaitUntil([&] {
      log.TakeFrom(waiter);
      for (size_t i = most; i < 2 * most; i++) {
        if (log.Count(words[i], WakeKind::Retired) == 0) return false;
      }
      return true;
    }));
    waiter.Trim();
    CHECK(Eventually([&] { return CountThreads() == others + 2; }));
    // Neither has the first, but it stays; the third goes.
    for (size_t i = 0; i < count; i++) {
      if (i < most || i >= 2 * most) places[i]->Remove(words[i]);
    }
    CHECK(listener.WaitUntil([&] {
      log.TakeFrom(waiter);
      return log.Count(words[0], WakeKind::Retired) +
                 log.Count(words[count - 1], WakeKind::Retired) ==
             2;
    }));
    CHECK(listener.WaitUntil([&] {
      waiter.Trim();
      return CountThreads() == others + 1;
    }));
    WaitThread* again = nullptr;
    REQUIRE(waiter.Place(&again).ok());
    CHECK(again == places[0]);
    waiter.Stop();
    waiter.Stop();
    CHECK(Eventually([&] { return CountThreads() == threads; }));
  }
}

TEST(AQuietWaiterOfManyThreadsSaysNothing) {
  for (const WaitMode mode : WaitModes()) {
    WakeListener listener;
    Words words;
    Waiter waiter({mode, true}, WakeListener::Notify, &listener);
    constexpr size_t kCount = 70;
    for (size_t i = 0; i < kCount; i++) {
      WaitThread* thread = nullptr;
      REQUIRE(waiter.Place(&thread).ok());
      thread->Add(words.Add());
    }
    waiter.Quiesce();
    const uint32_t notifications = listener.notifications();
    for (size_t i = 0; i < kCount; i++) words.Change(i);
    SleepMs(100);
    CHECK_EQ(listener.notifications(), notifications);
  }
}

TEST(TheSchemeIsWhatTheThreadAndTheUserAllow) {
  WakeListener listener;
  for (const WaitMode mode : WaitModes()) {
    Waiter with({mode, true}, WakeListener::Notify, &listener);
    Waiter without({mode, false}, WakeListener::Notify, &listener);
    WaitThread* thread = nullptr;
    REQUIRE(with.Place(&thread).ok() && without.Place(&thread).ok());
    CHECK_EQ(with.PreferredScheme(), RoleScheme::RobustList);
    CHECK_EQ(without.PreferredScheme(), RoleScheme::FileLock);
    CHECK(with.CanUse(RoleScheme::RobustList) && with.CanUse(RoleScheme::FileLock));
    CHECK(!without.CanUse(RoleScheme::RobustList) && without.CanUse(RoleScheme::FileLock));
    CHECK(thread->marked_words() == nullptr);
    for (const uint32_t unknown : {0u, 3u, UINT32_MAX}) {
      CHECK(!with.CanUse(static_cast<RoleScheme>(unknown)));
    }
  }
  const Facilities detected = Facilities::Detect(true, true);
  CHECK_EQ(detected.wait_mode, CanWaitForAny() ? WaitMode::Together : WaitMode::Apart);
  CHECK(detected.may_mark_words);
  const Facilities switched_off = Facilities::Detect(false, false);
  CHECK_EQ(switched_off.wait_mode, WaitMode::Apart);
  CHECK(!switched_off.may_mark_words);
}

TEST(NoMoreThreadsAreAnError) {
  if (check::kWatchesThreads || check::kWatchesMemory) return check::Skip("limits memory");
  Child child([](Child&) {
    WakeListener listener;
    Words words;
    Waiter waiter({WaitMode::Apart, true}, WakeListener::Notify, &listener);
    // The C library keeps a few stacks of threads that have ended.
    constexpr int kMost = 1000;
    Limit(RLIMIT_AS, 1);
    for (int i = 0; i < kMost; i++) {
      WaitThread* thread = nullptr;
      const Result placed = waiter.Place(&thread);
      if (placed.ok()) {
        thread->Add(words.Add());
        continue;
      }
      CHECK_EQ(placed.status, Status::System);
      CHECK_EQ(placed.error, EAGAIN);
      waiter.Stop();
      return 0;
    }
    return 1;
  });
  CHECK_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace smipc
