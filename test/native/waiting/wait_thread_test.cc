// One waiter thread: what it reports, in which order, and what it still does when it must be quiet.
#include "waiting/wait_thread.h"

#include <fcntl.h>

#include <cstdio>
#include <thread>

#include "check.h"
#include "core/doorbell.h"
#include "listener.h"
#include "roles.h"

namespace smipc {
namespace {

// A running thread, and a watch on a reader's side of a segment: the writer is the peer.
struct Watching {
  Watching(WaitMode mode, RoleScheme scheme) : fixture(scheme), thread(queue, mode) {
    check::Context("%s, %s", NameOf(mode), NameOf(scheme));
    peer_file = OpenAgain(fixture.segment.file());
    CHECK(thread.Start().ok());
  }
  ~Watching() { thread.Stop(); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  std::atomic<uint32_t>& bell() const { return fixture.segment.header().data.seq; }
  void Wake() const {
    ForceWakeUp(fixture.segment.header().data);
    WakeAll(bell());
  }
  // Reported since the last time this was asked?
  bool Has(WakeKind kind, const Watch& of, int64_t patience_ms = kPatienceMs) {
    const ptrdiff_t before = kind == WakeKind::Check ? reported : 0;
    const bool has = Until([&] { return log.Count(of, kind) > before; }, patience_ms);
    reported = log.Count(of, WakeKind::Check);
    return has;
  }

  template <typename IsDone>
  bool Until(IsDone is_done, int64_t patience_ms = kPatienceMs) {
    return listener.WaitUntil(
        [&] {
          log.TakeFrom(queue);
          return is_done();
        },
        patience_ms);
  }

  RoleFixture fixture;
  File peer_file;
  WakeListener listener;
  WakeQueue queue{WakeListener::Notify, &listener};
  WaitThread thread;
  Watch watch{7, fixture.segment.header().data.seq, fixture.SiteOf(true), nullptr};
  WakeLog log;
  ptrdiff_t reported = 0;
};

template <typename Body>
void ForEachWay(Body body) {
  for (const WaitMode mode : WaitModes()) {
    for (const RoleScheme scheme : RoleSchemes()) {
      body(mode, scheme);
    }
  }
}

TEST(AWakeUpIsReported) {
  ForEachWay([](WaitMode mode, RoleScheme scheme) {
    Watching waiting(mode, scheme);
    waiting.thread.Add(waiting.watch);
    for (int i = 0; i < 20; i++) {
      waiting.Wake();
      REQUIRE(waiting.Has(WakeKind::Check, waiting.watch));
    }
    CHECK_EQ(waiting.watch.id(), 7);
  });
}

TEST(ThePeersComingAndDeathAreReported) {
  ForEachWay([](WaitMode mode, RoleScheme scheme) {
    Watching waiting(mode, scheme);
    waiting.thread.Add(waiting.watch);
    OwnerThread owner;
    RoleClaim claim;
    CHECK_EQ(waiting.watch.Peer(), Presence::Absent);
    REQUIRE(waiting.fixture.Take(claim, owner.WordsOf(scheme), waiting.peer_file).ok());
    waiting.Wake();  // as a new owner does
    REQUIRE(waiting.Has(WakeKind::Check, waiting.watch));
    CHECK_EQ(waiting.watch.Peer(), Presence::Open);
    if (scheme == RoleScheme::RobustList) {
      CHECK(Eventually([&] { return (waiting.fixture.writer().owner & kHasWaiters) != 0; }));
    } else {
      waiting.peer_file.Close();  // the lock goes
    }
    owner.End();
    CHECK(waiting.Until([&] { return waiting.watch.Peer() == Presence::Died; }));
    CHECK(waiting.Has(WakeKind::Check, waiting.watch));
  });
}

TEST(ADeathWhileExitingIsReportedAsLeaving) {
  ForEachWay([](WaitMode mode, RoleScheme scheme) {
    Watching waiting(mode, scheme);
    waiting.thread.Add(waiting.watch);
    OwnerThread owner;
    RoleClaim claim;
    REQUIRE(waiting.fixture.Take(claim, owner.WordsOf(scheme), waiting.peer_file).ok());
    waiting.Wake();
    REQUIRE(waiting.Has(WakeKind::Check, waiting.watch));
    claim.MarkExiting();
    if (scheme == RoleScheme::RobustList) {
      CHECK(Eventually([&] { return (waiting.fixture.writer().owner & kHasWaiters) != 0; }));
    }
    waiting.peer_file.Close();
    owner.End();
    CHECK(waiting.Has(WakeKind::Check, waiting.watch));
    CHECK(waiting.Until([&] { return waiting.watch.Peer() == Presence::Aborted; }));
  });
}

TEST(RetiredComesLastAndAfterItTheWordsMayGo) {
  ForEachWay([](WaitMode mode, RoleScheme scheme) {
    for (uint64_t i = 0; i < check::Times(50, 20, 20); i++) {
      std::atomic<uint32_t> word{0};
      Watch other(8, word);
      Watching waiting(mode, scheme);
      waiting.thread.Add(waiting.watch);
      std::atomic<bool> is_over{false};
      std::thread waker([&] {
        while (!is_over) waiting.Wake();
      });
      REQUIRE(waiting.Has(WakeKind::Check, waiting.watch));
      waiting.thread.Remove(waiting.watch);
      REQUIRE(waiting.Has(WakeKind::Retired, waiting.watch));
      const ptrdiff_t checks = waiting.log.Count(waiting.watch, WakeKind::Check);
      is_over = true;
      waker.join();
      waiting.fixture.segment.Unmap();  // a touch would end the process
      CHECK(waiting.thread.is_empty());
      // The thread goes round once more, with another watch.
      waiting.thread.Add(other);
      word = 1;
      WakeAll(word);
      waiting.reported = 0;
      REQUIRE(waiting.Has(WakeKind::Check, other));
      CHECK_EQ(waiting.log.Count(waiting.watch, WakeKind::Check), checks);
      CHECK_EQ(waiting.log.Count(waiting.watch, WakeKind::Retired), 1);
      CHECK(waiting.log.wakes.back().watch == &other);
    }
  });
}

// A watch of one word tells of changes from its making on.
TEST(AWatchOfAWordMissesNothing) {
  for (const WaitMode mode : WaitModes()) {
    std::atomic<uint32_t> word{5};
    Watch before(1, word);
    Watching waiting(mode, RoleScheme::RobustList);
    word = 6;
    waiting.thread.Add(before);
    CHECK(waiting.Has(WakeKind::Check, before));
    CHECK_EQ(before.Peer(), Presence::Absent);
    waiting.thread.Remove(before);
    CHECK(waiting.Has(WakeKind::Retired, before));
  }
}

// The wake-ups of one channel must not keep the thread from noticing that another's peer has died.
TEST(ABusyChannelHidesNoDeath) {
  if (!CanWaitForAny()) return check::Skip("no futex_waitv");
  std::atomic<uint32_t> busy_word{0};
  Watch busy(1, busy_word);
  Watching waiting(WaitMode::Together, RoleScheme::FileLock);
  waiting.thread.Add(waiting.watch);
  waiting.thread.Add(busy);
  // A dead peer: its word is set, and its lock is free.
  waiting.fixture.writer().place[0] = waiting.fixture.directory.place().volume;
  waiting.fixture.writer().place[1] = waiting.fixture.directory.place().number;
  waiting.fixture.writer().owner = 1234;
  waiting.fixture.writer().state = static_cast<uint32_t>(RoleState::Open);
  std::atomic<bool> is_over{false};
  std::thread waker([&] {
    while (!is_over) {
      busy_word++;
      WakeAll(busy_word);
      SleepMs(2);
    }
  });
  CHECK(waiting.Until([&] { return waiting.watch.Peer() == Presence::Died; }, 3000));
  is_over = true;
  waker.join();
}

TEST(AQuietThreadReportsNothingButOwnsItsRoles) {
  ForEachWay([](WaitMode mode, RoleScheme scheme) {
    std::atomic<uint32_t> word{0};
    Watch late(8, word);
    Watching waiting(mode, scheme);
    const RoleFixture other;
    RoleClaim claim;
    REQUIRE(other.Take(claim, waiting.thread.WordsOf(other.scheme)).ok());
    waiting.thread.Add(waiting.watch);
    waiting.Wake();
    REQUIRE(waiting.Has(WakeKind::Check, waiting.watch));
    waiting.thread.Quiesce();
    waiting.log.TakeFrom(waiting.queue);
    const uint32_t notifications = waiting.listener.notifications();
    waiting.Wake();
    waiting.thread.Add(late);
    waiting.thread.Remove(waiting.watch);
    word = 1;
    WakeAll(word);
    SleepMs(100);
    CHECK_EQ(waiting.listener.notifications(), notifications);
    CHECK_EQ(Observe(other.writer(), true), Presence::Open);
    waiting.thread.Quiesce();  // once more does nothing
    CHECK_EQ(waiting.listener.notifications(), notifications);
  });
}

TEST(WhatAStoppedThreadOwnedIsDead) {
  for (const WaitMode mode : WaitModes()) {
    const RoleFixture fixture;
    const int threads = CountThreads();
    WakeListener listener;
    WakeQueue queue(WakeListener::Notify, &listener);
    WaitThread thread(queue, mode);
    REQUIRE(thread.Start().ok());
    CHECK(thread.marked_words() != nullptr && thread.has_room() && thread.is_empty());
    CHECK_EQ(CountThreads(), threads + 1);
    RoleClaim claim;
    REQUIRE(fixture.Take(claim, thread.WordsOf(fixture.scheme)).ok());
    CHECK_EQ(Observe(fixture.writer(), true), Presence::Open);
    thread.Stop();
    CHECK_EQ(Observe(fixture.writer(), true), Presence::Died);
    CHECK(Eventually([&] { return CountThreads() == threads; }));
  }
}

}  // namespace
}  // namespace smipc
