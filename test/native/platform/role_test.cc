// Roles in the robust-list scheme: taken, left, lost with their owner; and how they are observed.
// role_steps_test.cc has the moments in between.
#include <algorithm>
#include <memory>
#include <vector>

#include "check.h"
#include "child.h"
#include "core/role_claim.h"
#include "roles.h"

namespace smipc {
namespace {

constexpr int64_t kPatienceMs = 20000;

TEST(AWordIsClaimedOnce) {
  const RoleFixture fixture;
  OwnerThread owner;
  OwnerThread other;
  std::atomic<uint32_t>& word = fixture.writer().owner;
  CHECK(owner.list().Claim(word));
  CHECK_EQ(word.load(), owner.list().thread_id() | kHasWaiters);
  CHECK(!owner.list().Claim(word));
  CHECK(!other.list().Claim(word));
  CHECK_EQ(word.load(), owner.list().thread_id() | kHasWaiters);
  // The one that failed has nothing in its list.
  other.End();
  CHECK_EQ(word.load(), owner.list().thread_id() | kHasWaiters);
  ReleaseFrom(owner.list(), word);
  CHECK_EQ(word.load(), 0);
  CHECK(owner.list().Claim(word));
  ReleaseFrom(owner.list(), word);
}

TEST(AThreadThatEndsLeavesItsMarkAndWakesAWaiter) {
  const RoleFixture fixture;
  auto owner = std::make_unique<OwnerThread>();
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner->list()).ok());
  RoleRecord& role = fixture.writer();
  CHECK_EQ(Observe(role, true), Presence::Open);
  // What a peer does that wants to be woken.
  const uint32_t marked = role.owner;
  CHECK_EQ(Observe(role, true), Presence::Open);
  std::atomic<bool> was_woken{false};
  std::thread waiter([&] {
    while (role.owner == marked) {
      if (WaitForOne({&role.owner, marked}, kPatienceMs) == WaitOutcome::TimedOut) return;
    }
    was_woken = true;
  });
  SleepMs(20);  // so that it sleeps, most likely
  owner->End();
  waiter.join();
  CHECK(was_woken);
  CHECK_EQ(role.owner.load(), kHasWaiters | kOwnerDied);
  CHECK_EQ(Observe(role, true), Presence::Died);
}

TEST(AReleasedWordIsOutOfTheList) {
  const RoleFixture fixture;
  OwnerThread owner;
  REQUIRE(owner.list().Claim(fixture.writer().owner));
  REQUIRE(owner.list().Claim(fixture.reader().owner));
  ReleaseFrom(owner.list(), fixture.writer().owner);
  owner.list().Settle();
  // Were it still in the list, the kernel would take this for its word.
  fixture.writer().owner = owner.list().thread_id();
  owner.End();
  CHECK_EQ(fixture.writer().owner.load(), owner.list().thread_id());
  CHECK_EQ(fixture.reader().owner.load(), kOwnerDied | kHasWaiters);
}

TEST(RolesAreReleasedInAnyOrder) {
  check::Random random(check::Seed());
  constexpr size_t kRoles = 6;
  for (uint64_t round = 0; round < check::Times(100, 40, 20); round++) {
    std::vector<std::unique_ptr<RoleFixture>> fixtures;
    std::vector<std::atomic<uint32_t>*> words;
    for (size_t i = 0; i < kRoles / 2; i++) {
      fixtures.push_back(std::make_unique<RoleFixture>());
      words.push_back(&fixtures.back()->writer().owner);
      words.push_back(&fixtures.back()->reader().owner);
    }
    OwnerThread owner;
    for (std::atomic<uint32_t>* word : words) REQUIRE(owner.list().Claim(*word));
    std::shuffle(words.begin(), words.end(), random);
    const size_t released = random() % (kRoles + 1);
    for (size_t i = 0; i < released; i++) ReleaseFrom(owner.list(), *words[i]);
    // One of them comes back.
    const bool has_returned = released > 0 && random() % 2 == 0 && owner.list().Claim(*words[0]);
    owner.End();
    for (size_t i = 0; i < kRoles; i++) {
      const bool is_held = i >= released || (i == 0 && has_returned);
      REQUIRE_EQ(words[i]->load(), is_held ? (kOwnerDied | kHasWaiters) : 0);
    }
  }
}

TEST(AKilledProcessLeavesItsMarkAndWakesAWaiter) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const RoleFixture fixture;
  RoleRecord& role = fixture.writer();
  Child child([&](Child& parent) {
    RobustList list;
    RoleClaim claim;
    CHECK(list.Register());
    CHECK(fixture.Take(claim, list).ok());
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
  REQUIRE(child.Hear());
  CHECK_EQ(role.owner.load(), child.pid() | kHasWaiters);
  CHECK_EQ(role.pid.load(), child.pid());
  const uint32_t marked = role.owner;
  std::atomic<bool> was_woken{false};
  std::thread waiter([&] {
    while (role.owner == marked) {
      if (WaitForOne({&role.owner, marked}, kPatienceMs) == WaitOutcome::TimedOut) return;
    }
    was_woken = true;
  });
  SleepMs(20);
  child.Kill();
  waiter.join();
  CHECK(was_woken);
  CHECK_EQ(role.owner.load(), kHasWaiters | kOwnerDied);
  CHECK_EQ(Observe(role, true), Presence::Died);
  CHECK_EQ(Observe(role, false), Presence::Died);
}

TEST(LeavingIsNotDying) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.list()).ok());
  CHECK(claim.held());
  claim.MarkExiting();
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Open);
  claim.MarkEnded();
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Ended);
  claim.MarkExiting();  // too late to matter
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Ended);
  fixture.Leave(claim);
  CHECK(!claim.held());
  CHECK_EQ(fixture.writer().owner.load(), 0);
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Ended);
  owner.End();
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Ended);
}

TEST(DyingWhileExitingIsLeaving) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.list()).ok());
  claim.MarkExiting();
  owner.End();
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Aborted);
  CHECK_EQ(Observe(fixture.writer(), false), Presence::Closed);
}

struct Expectation {
  uint32_t owner;
  uint32_t state;
  Presence as_writer;
  Presence as_reader;
};

TEST(EachPairOfWordsIsObservedRightly) {
  const uint32_t alive = 1234;
  const uint32_t watched = 1234 | kHasWaiters;
  const uint32_t dead = kOwnerDied;
  using P = Presence;
  const Expectation expectations[] = {
      {0, 0, P::Absent, P::Absent},  // never taken
      {alive, 0, P::Open, P::Open},  // taken this moment
      {dead, 0, P::Died, P::Died},   // and died in it
      {0, 1, P::Died, P::Died},      // no honest owner leaves like this
      {alive, 1, P::Open, P::Open},
      {watched, 1, P::Open, P::Open},
      {dead, 1, P::Died, P::Died},
      {dead | kHasWaiters, 1, P::Died, P::Died},
      {alive, 2, P::Ended, P::Ended},  // end() was called, the role is held
      {0, 2, P::Ended, P::Ended},
      {dead, 2, P::Ended, P::Ended},
      {alive, 3, P::Aborted, P::Aborted},
      {0, 3, P::Aborted, P::Aborted},
      {dead, 3, P::Aborted, P::Aborted},
      {alive, 4, P::Closed, P::Closed},
      {0, 4, P::Closed, P::Closed},
      {dead, 4, P::Closed, P::Closed},
      {alive, 5, P::Open, P::Open},  // exiting
      {dead, 5, P::Aborted, P::Closed},
      // No honest owner writes these; nothing must follow but a known value.
      {alive, 6, P::Open, P::Open},
      {dead, 6, P::Died, P::Died},
      {alive, UINT32_MAX, P::Open, P::Open},
      {UINT32_MAX, UINT32_MAX, P::Died, P::Died},
      {kHasWaiters | 1, 1, P::Open, P::Open},
  };
  RoleRecord record{};
  for (const Expectation& expected : expectations) {
    check::Context("owner 0x%x, state %u", expected.owner, expected.state);
    record.owner = expected.owner;
    record.state = expected.state;
    CHECK_EQ(Observe(record, true), expected.as_writer);
    CHECK_EQ(Observe(record, false), expected.as_reader);
  }
}

}  // namespace
}  // namespace smipc
