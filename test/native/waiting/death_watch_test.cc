// The ways to hear of an owner's death that its word does not tell: what each says, and when it
// must be asked.
#include "waiting/death_watch.h"

#include <unistd.h>

#include "check.h"
#include "platform/lifeline.h"
#include "roles.h"

namespace smipc {
namespace {

// A writer's role that is held with a lifeline, and a reader that follows its owner.
struct Followed {
  Followed() {
    lifeline = Lifeline::Make(fixture.directory, 0600, &owner.words());
    if (!CHECK(lifeline != nullptr)) std::abort();
    slot = lifeline->TakeSlot();
    CHECK(slot != kNoSlot);
    role.place[0] = fixture.directory.place().volume;
    role.place[1] = fixture.directory.place().number;
    role.lifeline = lifeline->id();
    role.slot = slot;
    role.owner = owner.words().owner_id() | kHasWaiters;
    role.generation = 1;
  }
  Sign Follow() const { return watch->Follow(role.owner); }
  // So that its file cannot be opened.
  void RemoveFile() const { lifeline->RemoveName(); }

  RoleFixture fixture;
  OwnerThread owner;
  RoleRecord& role = fixture.writer();
  std::shared_ptr<Lifeline> lifeline;
  uint32_t slot = kNoSlot;
  std::unique_ptr<DeathWatch> watch = MakeDeathWatch(fixture.SiteOf(true));
};

TEST(ASlotTellsOfADeathAtItsWord) {
  Followed followed;
  DeathWatch& watch = *followed.watch;
  CHECK(watch.word() == nullptr && !watch.must_be_asked());
  CHECK(followed.Follow() == Sign::None);
  REQUIRE(watch.word() != nullptr);
  CHECK(!watch.must_be_asked());
  CHECK_EQ(watch.generation(), 1);
  CHECK(Holds(*watch.word()));
  CHECK(watch.Take() == Sign::None);
  // It is the same owner, whose generation is complete only now.
  followed.role.generation = 2;
  const WaitWord* word = watch.word();
  CHECK(followed.Follow() == Sign::None);
  CHECK(watch.word() == word);
  CHECK_EQ(watch.generation(), 2);
  followed.owner.End();
  CHECK(!Holds(*watch.word()));
  CHECK(watch.Take() == Sign::Death);
  CHECK(watch.word() == nullptr && !watch.must_be_asked());
  // Said once.
  CHECK(followed.Follow() == Sign::None);
  CHECK(watch.word() == nullptr && !watch.must_be_asked());
}

TEST(ADeathBeforeItIsFollowedIsFoundAtOnce) {
  Followed followed;
  followed.owner.End();
  CHECK(followed.Follow() == Sign::Death);
  CHECK(followed.watch->word() == nullptr && !followed.watch->must_be_asked());
}

TEST(ASlotThatSaysNothingMakesItAsk) {
  Followed followed;
  DeathWatch& watch = *followed.watch;
  CHECK(followed.Follow() == Sign::None);
  followed.lifeline->GiveBack(followed.slot);
  CHECK(watch.Take() == Sign::Lost);
  CHECK(watch.word() == nullptr && watch.must_be_asked());
  // Its owner has left.
  followed.role.owner = 0;
  CHECK(followed.Follow() == Sign::None);
  CHECK(watch.word() == nullptr && !watch.must_be_asked());
}

TEST(WithoutASlotTheLifelinesLockIsAskedFor) {
  for (const bool is_elsewhere : {false, true}) {
    Followed followed;
    DeathWatch& watch = *followed.watch;
    if (is_elsewhere) followed.role.place[1]++;
    followed.RemoveFile();
    CHECK(followed.Follow() == Sign::None);
    CHECK(watch.word() == nullptr && watch.must_be_asked());
    CHECK(watch.Ask(followed.role.owner) == Sign::None);
    CHECK(watch.must_be_asked());
    followed.lifeline->GiveBack(followed.slot);
    followed.lifeline.reset();
    // Where the lock cannot be seen, nothing proves the death.
    CHECK(watch.Ask(followed.role.owner) == (is_elsewhere ? Sign::None : Sign::Death));
    CHECK_EQ(watch.must_be_asked(), is_elsewhere);
  }
}

TEST(ASlotThatIsThereAfterAllIsFollowed) {
  Followed followed;
  DeathWatch& watch = *followed.watch;
  const uint32_t slot = followed.role.slot;
  followed.role.slot = kNoSlot;
  CHECK(followed.Follow() == Sign::None);
  CHECK(watch.word() == nullptr && watch.must_be_asked());
  followed.role.slot = slot;
  CHECK(watch.Ask(followed.role.owner) == Sign::None);
  CHECK(watch.word() != nullptr && !watch.must_be_asked());
  watch.Release();
  CHECK(watch.word() == nullptr);
}

TEST(ARolesLockTellsOnlyWhenAsked) {
  const RoleFixture fixture(RoleScheme::FileLock);
  const auto watch = MakeDeathWatch(fixture.SiteOf(true));
  File holder = OpenAgain(fixture.segment.file());
  OwnerThread owner;
  RoleClaim claim;
  CHECK(!watch->FindDeath().has_value());  // it has no owner
  REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme), holder).ok());
  CHECK(watch->Follow(fixture.writer().owner) == Sign::None);
  CHECK(watch->word() == nullptr && watch->must_be_asked());
  CHECK(!watch->FindDeath().has_value());
  holder.Close();
  CHECK(watch->FindDeath() == std::optional<uint32_t>(1));
  fixture.writer().place[0]++;
  CHECK(!watch->FindDeath().has_value());
  fixture.writer().place[0]--;
  fixture.writer().owner = 0;
  CHECK(!watch->FindDeath().has_value());
  CHECK(watch->must_be_asked());
}

}  // namespace
}  // namespace smipc
