#include "waiting/death_watch.h"

#include "core/role_claim.h"
#include "platform/lifeline.h"
#include "platform/role_lock.h"
#include "waiting/lifeline_watch.h"
#include "waiting/role_lock_watch.h"

namespace smipc {

std::unique_ptr<DeathWatch> MakeDeathWatch(const PeerSite& site) {
  if (site.scheme == RoleScheme::FileLock) return std::make_unique<RoleLockWatch>(site);
  return std::make_unique<LifelineWatch>(site);
}

bool IsOwnerAlive(const RoleRecord& role, bool is_writer, const Identity& identity,
                  const Directory& directory, const File& file) {
  // relaxed: the caller has acquired the owner's id in Observe, and these were stored before it;
  // partner: RoleClaim::Take. If another owner takes the role meanwhile, the first one has left or
  // is dead, and the next Observe says so.
  const uint64_t lifeline = role.lifeline.load(std::memory_order_relaxed);
  const uint32_t slot = role.slot.load(std::memory_order_relaxed);
  const bool can_see_locks = CanSeeLocks(role, directory.place());
  if (IsSlotMarked(directory, lifeline, slot)) return false;
  if (!can_see_locks) return true;
  // Under RobustList too: the kernel's walk may end at a word that it cannot reach; an owner whose
  // process was killed while it took the role may have stored its id after that walk; and after a
  // reboot no word is marked.
  const auto scheme = static_cast<RoleScheme>(identity.role_scheme);
  if (IsLocked(scheme, (identity.flags & kResumable) != 0, lifeline)) {
    return IsRoleLockHeld(file, RoleOffset(is_writer));
  }
  return IsLifelineHeld(directory, lifeline);
}

}  // namespace smipc
