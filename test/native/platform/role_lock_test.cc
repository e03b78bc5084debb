// Roles in the file-lock scheme, and the lock itself.
#include "platform/role_lock.h"

#include "check.h"
#include "child.h"
#include "roles.h"

namespace smipc {
namespace {

TEST(ALockIsHeldByItsDescription) {
  const RoleFixture fixture(RoleScheme::FileLock);
  REQUIRE(fixture.segment.file().is_open());
  const File other = OpenAgain(fixture.segment.file());
  REQUIRE(other.is_open());

  OwnerThread owner;
  RoleClaim claim;
  CHECK(!IsRoleLockHeld(other, RoleOffset(true)));
  REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme)).ok());
  CHECK(IsRoleLockHeld(other, RoleOffset(true)));
  CHECK(!IsRoleLockHeld(other, RoleOffset(false)));
  CHECK(fixture.writer().owner.load() != 0);
  RoleClaim second;
  CHECK_EQ(fixture.Take(second, owner.WordsOf(fixture.scheme), other).status, Status::Busy);
  CHECK(!second.held());
  fixture.Leave(claim);
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Aborted);
  CHECK(IsRoleLockHeld(File(), RoleOffset(true)));  // a failed call declares no owner dead
}

TEST(ALockIsDroppedWithItsProcess) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const RoleFixture fixture(RoleScheme::FileLock);
  Child child([&](Child& parent) {
    // The inherited descriptor would share its description with the parent.
    const File own = OpenAgain(fixture.segment.file());
    UnmarkedWords words(CurrentThreadId());
    RoleClaim claim;
    CHECK(fixture.Take(claim, words, own).ok());
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
  REQUIRE(child.Hear());
  CHECK(IsRoleLockHeld(fixture.segment.file(), RoleOffset(true)));
  const Identity& identity = fixture.segment.identity();
  const auto observe = [&] {
    return ObserveForSure(fixture.writer(), true, identity, fixture.From(fixture.segment.file()));
  };
  CHECK_EQ(observe(), Presence::Open);
  child.Kill();
  CHECK(!IsRoleLockHeld(fixture.segment.file(), RoleOffset(true)));
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Open);  // the word alone does not tell
  CHECK_EQ(observe(), Presence::Died);
}

}  // namespace
}  // namespace smipc
