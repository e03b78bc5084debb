// BusyPoll: how the time to poll adapts. With a clock that goes only where the test says.
#include "core/busy_poll.h"

#include "check.h"

namespace smipc {
namespace {

using std::chrono::microseconds;

thread_local std::chrono::nanoseconds fake_time{};
// What reading the clock takes, so that polling ends.
thread_local std::chrono::nanoseconds fake_read = microseconds(1);

// The names are those of every clock.
// NOLINTBEGIN(readability-identifier-naming)
struct FakeClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<FakeClock>;

  static time_point now() {
    fake_time += fake_read;
    return time();
  }
  static void Advance(duration time) { fake_time += time; }
  static time_point time() { return time_point(fake_time); }
};
// NOLINTEND(readability-identifier-naming)

using Poll = BasicBusyPoll<FakeClock>;

constexpr auto kNever = [] { return false; };
constexpr auto kNoOthers = [](FakeClock::time_point) { return false; };

// Waits for something that comes `after` so long: polls, and if that is in vain, parks.
// How long it has polled.
FakeClock::duration Wait(Poll* poll, FakeClock::duration after) {
  const FakeClock::time_point start = FakeClock::time();
  const FakeClock::time_point ready = start + after;
  FakeClock::duration budget = poll->most();
  const bool is_hit =
      poll->Poll([ready] { return FakeClock::time() >= ready; }, kNoOthers, &budget);
  const FakeClock::duration polled = FakeClock::time() - start;
  if (!is_hit) {
    poll->Park();
    if (FakeClock::time() < ready) FakeClock::Advance(ready - FakeClock::time());
  }
  poll->Wake();
  return polled;
}

// What comes within the wake-up of a parked thread lets it poll the next time.
void Grow(Poll* poll) {
  while (poll->window() < poll->most()) Wait(poll, poll->window() + microseconds(5));
}

TEST(BeginsWithoutPolling) {
  Poll poll(microseconds(50));
  CHECK(poll.window() == microseconds(0));
  FakeClock::duration budget = poll.most();
  int looks = 0;
  const auto count = [&] { return ++looks > 0; };
  CHECK(!poll.Poll(count, kNoOthers, &budget));
  CHECK_EQ(looks, 0);
  CHECK_EQ(poll.hits() + poll.misses(), 0u);
}

TEST(TheWindowGrowsWhenAParkedThreadIsWokenSoon) {
  Poll poll(microseconds(50));
  FakeClock::duration last = microseconds(0);
  while (poll.window() < microseconds(50)) {
    Wait(&poll, poll.window() + microseconds(5));
    REQUIRE(poll.window() > last);
    last = poll.window();
  }
}

TEST(TheWindowGrowsOnHits) {
  Poll poll(microseconds(1000));
  Wait(&poll, microseconds(5));
  REQUIRE(poll.window() > microseconds(0));
  uint64_t hits = 0;
  while (poll.window() < microseconds(1000)) {
    const FakeClock::duration before = poll.window();
    Wait(&poll, microseconds(3));
    REQUIRE_EQ(poll.hits(), ++hits);
    REQUIRE(poll.window() > before);
  }
  CHECK_EQ(poll.misses(), 0u);
}

TEST(TheWindowIsNeverAboveBusyPoll) {
  for (const int most : {0, 1, 7, 50, 1000}) {
    Poll poll{microseconds(most)};
    for (int i = 0; i < 1000; i++) {
      // Comes now, or a little after the poll has ended, or much later.
      const int kind = i % 7;
      const FakeClock::duration polled =
          Wait(&poll, kind == 6 ? microseconds(most + 300) : microseconds(kind * most / 4));
      REQUIRE(poll.window() <= microseconds(most));
      REQUIRE(polled <= microseconds(most + 2));  // what reading the clock takes
      if (most == 0) REQUIRE(polled == microseconds(0));
    }
  }
}

TEST(TheWindowGoesToZeroOnAMiss) {
  Poll poll(microseconds(50));
  Grow(&poll);
  CHECK(poll.window() == microseconds(50));
  CHECK(Wait(&poll, microseconds(10000)) >= microseconds(50));
  CHECK_EQ(poll.misses(), 4u);  // 10, 20 and 40 µs while it grew
  CHECK(poll.window() == microseconds(0));
  CHECK(Wait(&poll, microseconds(10000)) == microseconds(0));
  CHECK_EQ(poll.misses(), 4u);
}

TEST(APeerThatIsAlwaysALittleSlowerCostsASmallShare) {
  Poll poll(microseconds(50));
  Grow(&poll);
  FakeClock::duration polled{};
  const FakeClock::time_point start = FakeClock::time();
  for (int i = 0; i < 1000; i++) polled += Wait(&poll, microseconds(100));
  CHECK(polled < (FakeClock::time() - start) / 50);
}

TEST(APeerThatHasBecomeFasterIsPolledForAgain) {
  Poll poll(microseconds(50));
  Grow(&poll);
  for (int i = 0; i < 1000; i++) Wait(&poll, microseconds(100));
  int parked = 0;
  for (uint64_t hits = poll.hits(); poll.hits() == hits; parked++) Wait(&poll, microseconds(30));
  CHECK(parked <= 3);
}

// Polls in parts of 10 µs, between which the caller does something else for 20.
FakeClock::duration WaitInParts(Poll* poll, FakeClock::duration after) {
  const FakeClock::time_point ready = FakeClock::time() + after;
  FakeClock::duration polled{};
  for (;;) {
    const FakeClock::time_point start = FakeClock::time();
    const Poll::Part part =
        poll->PollPart([ready] { return FakeClock::time() >= ready; }, kNoOthers, microseconds(10));
    polled += FakeClock::time() - start;
    if (part == Poll::Part::GoOn) {
      FakeClock::Advance(microseconds(20));
      continue;
    }
    if (part == Poll::Part::Over) {
      poll->Park();
      if (FakeClock::time() < ready) FakeClock::Advance(ready - FakeClock::time());
    }
    poll->Wake();
    return polled;
  }
}

TEST(APollInPartsIsOnePoll) {
  Poll poll(microseconds(50));
  Grow(&poll);
  const uint64_t hits = poll.hits();
  const uint64_t misses = poll.misses();
  // What others take between does not count: 90 µs are three parts.
  CHECK(WaitInParts(&poll, microseconds(90)) <= microseconds(40));
  CHECK_EQ(poll.hits(), hits + 1);
  CHECK_EQ(poll.misses(), misses);
  const FakeClock::duration polled = WaitInParts(&poll, microseconds(10000));
  CHECK(polled >= microseconds(50) && polled <= microseconds(60));
  CHECK_EQ(poll.misses(), misses + 1);
  CHECK(poll.window() == microseconds(0));
}

TEST(WhatComesBetweenThePartsOfAPollIsAHit) {
  Poll poll(microseconds(50));
  Grow(&poll);
  const uint64_t hits = poll.hits();
  CHECK(poll.PollPart(kNever, kNoOthers, microseconds(10)) == Poll::Part::GoOn);
  poll.Wake();  // the caller has found it by itself
  CHECK_EQ(poll.hits(), hits + 1);
  // The next poll begins anew.
  CHECK(WaitInParts(&poll, microseconds(10000)) >= microseconds(50));
}

TEST(WhatIsServedJustInTimeUsesUpItsBudget) {
  Poll poll(microseconds(50));
  Grow(&poll);
  FakeClock::duration budget = poll.most();
  int served = 0;
  for (;;) {
    const FakeClock::time_point ready = FakeClock::time() + microseconds(9);
    if (!poll.Poll([ready] { return FakeClock::time() >= ready; }, kNoOthers, &budget)) break;
    served++;
  }
  CHECK(served >= 4 && served <= 6);
}

TEST(StopsWhenOthersAreToBeServedAndThatIsNoMiss) {
  Poll poll(microseconds(1000));
  Grow(&poll);
  const uint64_t misses = poll.misses();
  for (const int calls : {1, 5}) {
    FakeClock::duration budget = poll.most();
    int asked = 0;
    const FakeClock::time_point start = FakeClock::time();
    const auto on_call = [&](FakeClock::time_point now) {
      CHECK(now == FakeClock::time());
      return ++asked == calls;
    };
    CHECK(!poll.Poll(kNever, on_call, &budget));
    const FakeClock::duration polled = FakeClock::time() - start;
    CHECK_EQ(asked, calls);
    CHECK(polled < microseconds(20));
    CHECK(budget < poll.most() && budget >= poll.most() - polled);
    // How long the others take is no measure of this one.
    poll.Park();
    FakeClock::Advance(microseconds(10000));
    poll.Wake();
    CHECK(poll.window() == microseconds(1000));
  }
  CHECK_EQ(poll.misses(), misses);
  // The next wait is measured again.
  FakeClock::duration budget = poll.most();
  CHECK(!poll.Poll(kNever, kNoOthers, &budget));
  CHECK_EQ(poll.misses(), misses + 1);
  poll.Park();
  FakeClock::Advance(microseconds(10000));
  poll.Wake();
  CHECK(poll.window() == microseconds(0));
}

TEST(AClockThatStandsStillOrGoesBackEndsNoLater) {
  for (const auto look : {microseconds(0), microseconds(-1)}) {
    Poll poll(microseconds(50));
    Grow(&poll);
    fake_read = look;
    FakeClock::duration budget = poll.most();
    int looks = 0;
    constexpr int kMany = 1000 * 1000;
    CHECK(!poll.Poll([&] { return ++looks > kMany; }, kNoOthers, &budget));
    // Far more often than a clock that goes would let it.
    CHECK(looks > 10 * 1000);
    CHECK(budget <= microseconds(0));
    // And a caller that is served at the first check again and again returns to its event loop at
    // last.
    Poll served(microseconds(50));
    fake_read = microseconds(1);
    Grow(&served);
    fake_read = look;
    budget = served.most();
    int times = 0;
    while (times < kMany && served.Poll([] { return true; }, kNoOthers, &budget)) times++;
    CHECK(times < kMany);
    fake_read = microseconds(1);
  }
}

TEST(ZeroTurnsItOff) {
  Poll poll(microseconds(0));
  for (int i = 0; i < 10; i++) Wait(&poll, microseconds(1));
  FakeClock::duration budget = microseconds(1000);
  CHECK(!poll.Poll(kNever, kNoOthers, &budget));
  CHECK_EQ(poll.hits() + poll.misses(), 0u);
}

}  // namespace
}  // namespace smipc
