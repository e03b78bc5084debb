// Roles in the file-lock scheme.
#include "check.h"
#include "child.h"
#include "core/role_claim.h"
#include "platform/posix/descriptor.h"
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
  CHECK(!IsLockHeld(other, RoleOffset(true)));
  REQUIRE(fixture.Take(claim, owner.list()).ok());
  CHECK(IsLockHeld(other, RoleOffset(true)));
  CHECK(!IsLockHeld(other, RoleOffset(false)));
  CHECK(fixture.writer().owner.load() != 0);
  RoleClaim second;
  CHECK_EQ(fixture.Take(second, owner.list(), other).status, Status::Busy);
  CHECK(!second.held());
  fixture.Leave(claim);
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Aborted);
  CHECK(IsLockHeld(File(), RoleOffset(true)));  // a failed call declares no owner dead
}

TEST(ALockIsDroppedWithItsProcess) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const RoleFixture fixture(RoleScheme::FileLock);
  Child child([&](Child& parent) {
    // The inherited descriptor would share its description with the parent.
    const File own = OpenAgain(fixture.segment.file());
    RobustList list;
    list.Register();
    RoleClaim claim;
    CHECK(fixture.Take(claim, list, own).ok());
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
  REQUIRE(child.Hear());
  CHECK(IsLockHeld(fixture.segment.file(), RoleOffset(true)));
  const Identity& identity = fixture.segment.identity();
  const auto observe = [&] {
    return ObserveForSure(fixture.writer(), true, identity, fixture.From(fixture.segment.file()));
  };
  CHECK_EQ(observe(), Presence::Open);
  child.Kill();
  CHECK(!IsLockHeld(fixture.segment.file(), RoleOffset(true)));
  CHECK_EQ(Observe(fixture.writer(), true), Presence::Open);  // the word alone does not tell
  CHECK_EQ(observe(), Presence::Died);
}

}  // namespace
}  // namespace smipc
