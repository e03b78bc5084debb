// The claim to a role: taking it, and leaving it.
//
// A channel that takes a role is its owner until it leaves, or until the kernel says that it is
// dead. After that the role is not taken again, unless the segment is resumable. There are two
// schemes; the segment's header says which one it uses:
//
// - RobustList: `owner` holds the id of a thread, and is one of its MarkedWords. When that thread
//   ends, for any reason, the kernel sets kOwnerDied in the word and wakes one waiter.
// - FileLock: the owner holds a lock on the word's first byte of the segment's file (RoleLock). The
//   kernel drops it with the owner's process, but wakes no one: the peer must ask for the lock from
//   time to time.
//
// A word alone proves nothing. lifeline.h has the proof that an owner lives, for those who come
// later, and a second way to hear of its death.
//
// In a resumable segment the owner holds the lock in both schemes. The kernel declares a robust
// list's owner dead when that one thread has ended; other threads of the process may still run for
// a moment and store what the next owner would not expect. The lock is free only when the last of
// them has gone, and a process that takes a role over must have it.
//
// Nothing here calls the system: OwnerWords and RoleLock do.
#ifndef SMIPC_CORE_ROLE_CLAIM_H_
#define SMIPC_CORE_ROLE_CLAIM_H_

#include <cstdint>

#include "core/owner_words.h"
#include "layout.h"
#include "status.h"

namespace smipc {

// The lock of one role, which the kernel drops when the process of its holder has ended, and not
// before. Implemented by the platform.
class RoleLock {
 public:
  virtual ~RoleLock() = default;

  // Ok even if this end has the lock already.
  //   Ok; Busy: another has it; System.
  virtual Result Take() = 0;
  virtual void Drop() = 0;
};

// Where a role is to be taken, and with what. All of it must stay while the role is held.
struct RoleSite {
  RoleRecord& record;
  RoleScheme scheme;
  bool is_resumable;
  OwnerWords& words;  // those of the scheme
  RoleLock& lock;
};

// What the next owner writes down.
struct RoleEntry {
  uint64_t position;  // head or tail, from which it goes on
  uint64_t messages;  // how many there were before that
  uint64_t bell;      // where it can be woken (bell.h)
  uint32_t token;
  uint32_t pid;
  // Its sign of life, and the directory in which it has locked that, or the role
  // (RoleRecord::place).
  uint64_t lifeline = kNoLifeline;
  uint32_t slot = kNoSlot;
  uint64_t place[2] = {0, 0};
};

// Must the owner hold the lock? An owner without a lifeline has no other proof that it lives.
inline bool IsLocked(RoleScheme scheme, bool is_resumable, uint64_t lifeline) {
  return scheme == RoleScheme::FileLock || is_resumable || lifeline == kNoLifeline;
}

// The claim to one role, held by one channel of this process.
class RoleClaim {
 public:
  RoleClaim() = default;
  RoleClaim(const RoleClaim&) = delete;
  RoleClaim& operator=(const RoleClaim&) = delete;

  // Takes the role, and its lock, under the directory's lock.
  //   Ok; Busy: it has an owner or, if it is not resumable, had one, or threads of its dead owner
  //   still run; System.
  Result Take(const RoleSite& site, const RoleEntry& entry);

  // The role stays open, but if this process ends now, that is an exit and not a death.
  void MarkExiting();
  // The writer's clean end, after its last byte. The role is still held.
  void MarkEnded();
  // Leaves: stores the state (Ended stays), then clears the word. The caller then wakes all who
  // sleep at the word, and calls Settle(), which drops the lock.
  void Leave(RoleState state);
  void Settle();

  bool held() const { return record_ != nullptr; }
  bool has_ended() const { return has_ended_; }

 private:
  void SetState(RoleState state);

  RoleRecord* record_ = nullptr;
  OwnerWords* words_ = nullptr;
  RoleLock* lock_ = nullptr;  // null: no lock is held
  bool has_ended_ = false;
};

}  // namespace smipc

#endif  // SMIPC_CORE_ROLE_CLAIM_H_
