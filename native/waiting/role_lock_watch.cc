#include "waiting/role_lock_watch.h"

#include "platform/role_lock.h"

namespace smipc {

std::optional<uint32_t> RoleLockWatch::FindDeath() const {
  if (!CanSeeLocks(role_, place_)) return std::nullopt;
  // Loaded before the lock is asked for: a later owner, which stores this word while it has the
  // lock, is then not taken for the one that was lost.
  const uint32_t generation = role_.generation.load(std::memory_order_acquire);
  // The lock is taken before the word is set and dropped after it is cleared: a set word with a
  // free lock is a death, even of an owner that had stored its last state and could not wake us.
  // relaxed: the system call orders the two loads; what the owner published, Watch::Peer acquires.
  if (role_.owner.load(std::memory_order_relaxed) == 0) return std::nullopt;
  if (IsRoleLockHeld(file_, RoleOffset(is_writer_))) return std::nullopt;
  if (role_.owner.load(std::memory_order_relaxed) == 0) return std::nullopt;  // left in between
  return generation;
}

}  // namespace smipc
