// What a role's record says about its owner, as others read it: without a system call, and without
// trust in what a hostile peer may store there.
#ifndef SMIPC_CORE_ROLE_STATE_H_
#define SMIPC_CORE_ROLE_STATE_H_

#include <cstddef>
#include <cstdint>

#include "layout.h"

namespace smipc {

// Has the role, or the slot, that this word stands for no living owner?
constexpr bool IsVacant(uint32_t owner) { return owner == 0 || (owner & kOwnerDied) != 0; }

// The place of a role's record in the segment's file.
constexpr uint64_t RoleOffset(bool is_writer) {
  return is_writer ? offsetof(Header, writer) : offsetof(Header, reader);
}

// The state of a role, as others see it.
enum class Presence : uint32_t {
  Absent = 0,
  Open = 1,
  Ended = 2,
  Aborted = 3,
  Closed = 4,
  Died = 5
};

inline bool HasLeft(Presence presence) { return presence > Presence::Open; }

// Reads a role. An owner whose death is not marked in its word still looks Open: see
// RoleScheme::FileLock, and death_watch.h. `is_writer` decides what leaving at process exit means.
// acquire: what the owner published before it left is visible; partner: RoleClaim::Leave, and the
// kernel's store of kOwnerDied.
Presence Observe(const RoleRecord& record, bool is_writer);

// What has become of an owner whose role seems Open, but which is known to be dead.
inline Presence PresenceOfLost(const RoleRecord& record, bool is_writer) {
  const auto state = static_cast<RoleState>(record.state.load(std::memory_order_acquire));
  if (state != RoleState::Exiting) return Presence::Died;
  return is_writer ? Presence::Aborted : Presence::Closed;
}

// Which of a role's owners it is, and where it began: the position, and the messages before it.
struct Tenure {
  uint32_t generation = 0;  // 0: the role has not been taken yet
  uint64_t since = 0;
  uint64_t since_messages = 0;
};

// The tenure of one owner, its words never mixed with those of another. What a hostile peer
// stores there is not checked.
Tenure ReadTenure(const RoleRecord& record);

}  // namespace smipc

#endif  // SMIPC_CORE_ROLE_STATE_H_
