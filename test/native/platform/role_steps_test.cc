// Roles between any two instructions: a process that is killed there, and a peer that observes it
// just then. A child is run instruction by instruction, for each place from the start.
#include <algorithm>

#include "check.h"
#include "child.h"
#include "platform/marked_words.h"
#include "roles.h"

namespace smipc {
namespace {

// Every place in a plain build; the sanitizers' code is much longer.
constexpr uint64_t kStride = check::kWatchesMemory ? 13 : 1;
constexpr uint64_t kMostSteps = 20000;

// A child's words: `held` is one of them from the start.
struct OwnerProcess {
  // In the child, ahead of what is stepped through. All of it has run once, so that no step is
  // spent on the dynamic linker.
  void Prepare() {
    words = MarkedWords::Make();
    CHECK(words != nullptr);
    CHECK(words->Claim(contested.writer().owner, 0));
    ReleaseFrom(*words, contested.writer().owner);
    CHECK(words->Claim(held.writer().owner, 0));
  }
  void Reset() const {
    held.writer().owner = 0;
    contested.writer().owner = 0;
  }

  RoleFixture held;
  RoleFixture contested;
  std::unique_ptr<MarkedWords> words;
};

// Runs `body` in a child up to each of its instructions and kills it there. `judge` then checks
// the words. False: this process may not trace another.
template <typename Prepare, typename Body, typename Judge>
bool KillEverywhere(OwnerProcess* owner, Prepare prepare, Body body, Judge judge) {
  for (uint64_t steps = 0; steps < kMostSteps; steps += kStride) {
    check::KeepAlive();
    check::Context("after %d instructions", static_cast<int>(steps));
    owner->Reset();
    SteppedChild child(prepare, body);
    if (!child.can_step()) return false;
    const bool is_inside = child.Step(steps);
    child.Kill();
    judge();
    if (!is_inside || check::HasFailed()) return true;
  }
  CHECK(!"the end of the body was never reached");
  return true;
}

constexpr uint32_t kDead = kOwnerDied | kHasWaiters;

TEST(ADeathInsideClaimIsNeverMissed) {
  if (check::kWatchesThreads) return check::Skip("forks");
  OwnerProcess owner;
  std::atomic<uint32_t>& word = owner.contested.writer().owner;
  uint64_t was_free = 0;
  uint64_t was_marked = 0;
  const bool could_step = KillEverywhere(
      &owner, [&] { owner.Prepare(); }, [&] { return owner.words->Claim(word, 0) ? 0 : 1; },
      [&] {
        CHECK_EQ(owner.held.writer().owner.load(), kDead);  // the list was never broken
        CHECK(word == 0 || word == kDead);
        was_free += word == 0 ? 1 : 0;
        was_marked += word == kDead ? 1 : 0;
      });
  if (!could_step) return check::Skip("ptrace is not permitted");
  CHECK(was_free > 0 && was_marked > 0);
}

TEST(ADeathInsideReleaseIsNeverMissed) {
  if (check::kWatchesThreads) return check::Skip("forks");
  OwnerProcess owner;
  std::atomic<uint32_t>& word = owner.contested.writer().owner;
  // Once at the front of the list, and once behind another.
  for (const bool is_first : {true, false}) {
    std::atomic<uint32_t>& other = owner.held.reader().owner;
    uint64_t was_free = 0;
    uint64_t was_marked = 0;
    const bool could_step = KillEverywhere(
        &owner,
        [&] {
          owner.Prepare();
          other = 0;
          CHECK(owner.words->Claim(is_first ? other : word, 0));
          CHECK(owner.words->Claim(is_first ? word : other, 0));
        },
        [&] {
          ReleaseFrom(*owner.words, word);
          return 0;
        },
        [&] {
          CHECK_EQ(owner.held.writer().owner.load(), kDead);
          CHECK_EQ(other.load(), kDead);
          CHECK(word == 0 || word == kDead);
          was_free += word == 0 ? 1 : 0;
          was_marked += word == kDead ? 1 : 0;
        });
    if (!could_step) return check::Skip("ptrace is not permitted");
    CHECK(was_free > 0 && was_marked > 0);
  }
}

// Lets the peer do something between any two instructions of an Observe of its role. `begin` sets
// the record; what was seen must be the state before or after.
template <typename Begin, typename Change>
void ObserveDuring(Begin begin, Change change, Presence before, Presence after) {
  const RoleFixture fixture;
  RoleRecord& role = fixture.writer();
  uint64_t seen_before = 0;
  uint64_t seen_after = 0;
  const auto observe = [&] { return static_cast<int>(Observe(role, true)); };
  for (uint64_t steps = 0; steps < kMostSteps; steps += check::kWatchesMemory ? 3 : 1) {
    check::Context("after %d instructions", static_cast<int>(steps));
    begin(role);
    // Once freely, for the dynamic linker's sake.
    SteppedChild child([&] { observe(); }, observe);
    if (!child.can_step()) return check::Skip("ptrace is not permitted");
    const bool is_inside = child.Step(steps);
    change(role);
    const auto seen = static_cast<Presence>(child.Finish());
    if (seen != before) CHECK_EQ(seen, after);
    seen_before += seen == before ? 1 : 0;
    seen_after += seen == after ? 1 : 0;
    if (!is_inside) break;
  }
  CHECK(seen_before > 0 && seen_after > 0);
}

void Store(RoleRecord& role, uint32_t owner, RoleState state) {
  role.owner = owner;
  role.state = static_cast<uint32_t>(state);
}

TEST(APeerThatComesIsNotSeenToDie) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ObserveDuring([](RoleRecord& role) { Store(role, 0, RoleState::Never); },
                [](RoleRecord& role) { Store(role, 1234, RoleState::Open); },  // in this order
                Presence::Absent, Presence::Open);
}

TEST(APeerThatLeavesIsNotSeenToDie) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ObserveDuring([](RoleRecord& role) { Store(role, 1234, RoleState::Open); },
                [](RoleRecord& role) {
                  role.state = static_cast<uint32_t>(RoleState::Aborted);
                  role.owner = 0;
                },
                Presence::Open, Presence::Aborted);
}

TEST(APeerThatComesAndEndsAndLeavesIsNotSeenToDie) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ObserveDuring([](RoleRecord& role) { Store(role, 0, RoleState::Never); },
                [](RoleRecord& role) {
                  Store(role, 1234, RoleState::Open);
                  Store(role, 0, RoleState::Ended);
                },
                Presence::Absent, Presence::Ended);
}

TEST(APeerThatDiesWhileExitingIsNotSeenToDie) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ObserveDuring([](RoleRecord& role) { Store(role, 1234, RoleState::Open); },
                [](RoleRecord& role) {
                  role.state = static_cast<uint32_t>(RoleState::Exiting);
                  role.owner = kOwnerDied;
                },
                Presence::Open, Presence::Aborted);
}

}  // namespace
}  // namespace smipc
