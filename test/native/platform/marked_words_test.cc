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
  CHECK(owner.words().Claim(word, 0));
  CHECK_EQ(word.load(), owner.words().owner_id() | kHasWaiters);
  CHECK(!owner.words().Claim(word, 0));
  CHECK(!other.words().Claim(word, 0));
  CHECK_EQ(word.load(), owner.words().owner_id() | kHasWaiters);
  // The one that failed owns nothing.
  other.End();
  CHECK_EQ(word.load(), owner.words().owner_id() | kHasWaiters);
  ReleaseFrom(owner.words(), word);
  CHECK_EQ(word.load(), 0);
  CHECK(owner.words().Claim(word, 0));
  ReleaseFrom(owner.words(), word);
}

TEST(AThreadThatEndsLeavesItsMarkAndWakesAWaiter) {
  const RoleFixture fixture;
  auto owner = std::make_unique<OwnerThread>();
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner->words()).ok());
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

TEST(AReleasedWordIsNotMarked) {
  const RoleFixture fixture;
  OwnerThread owner;
  REQUIRE(owner.words().Claim(fixture.writer().owner, 0));
  REQUIRE(owner.words().Claim(fixture.reader().owner, 0));
  ReleaseFrom(owner.words(), fixture.writer().owner);
  owner.words().Settle();
  // Were it still in the kernel's list, the kernel would take this for its word.
  fixture.writer().owner = owner.words().owner_id();
  owner.End();
  CHECK_EQ(fixture.writer().owner.load(), owner.words().owner_id());
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
    for (std::atomic<uint32_t>* word : words) REQUIRE(owner.words().Claim(*word, 0));
    std::shuffle(words.begin(), words.end(), random);
    const size_t released = random() % (kRoles + 1);
    for (size_t i = 0; i < released; i++) ReleaseFrom(owner.words(), *words[i]);
    // One of them comes back.
    const bool has_returned =
        released > 0 && random() % 2 == 0 && owner.words().Claim(*words[0], 0);
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
    const auto words = MarkedWords::Make();
    RoleClaim claim;
    CHECK(words != nullptr && fixture.Take(claim, *words).ok());
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
  REQUIRE(fixture.Take(claim, owner.words()).ok());
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
  REQUIRE(fixture.Take(claim, owner.words()).ok());
  claim.MarkExiting();
  owner.End();
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Aborted);
  CHECK_EQ(Observe(fixture.writer(), false), Presence::Closed);
}

}  // namespace
}  // namespace smipc
