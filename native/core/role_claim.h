// Platform seam: taking a role, leaving it, and seeing what has become of the peer's.
//
// A channel that takes a role is its owner until it leaves, or until the kernel says that it is
// dead. After that the role is not taken again, unless the segment is resumable. There are two
// schemes; the segment's header says which one it uses:
//
// - RobustList: `owner` holds the id of a thread whose kernel-side robust list the word is in.
//   When that thread ends, for any reason, the kernel sets FUTEX_OWNER_DIED in the word and wakes
//   one waiter (get_robust_list(2); Documentation/locking/robust-futex-ABI.rst).
// - FileLock: the owner holds a write lock on the word's first byte of the segment's file, through
//   an open file description of its own (F_OFD_SETLK, fcntl(2)). The kernel drops it with the last
//   descriptor, but wakes no one: the peer must ask for the lock from time to time.
//
// A word alone proves nothing. lifeline.h has the proof that an owner lives, for those who come
// later, and a second way to hear of its death.
//
// In a resumable segment the owner holds the lock in both schemes. The kernel declares a robust
// list's owner dead when that one thread has ended; other threads of the process may still run for
// a moment and store what the next owner would not expect. The lock is free only when the last of
// them has gone (exit_files in kernel/exit.c), and a process that takes a role over must have it.
#ifndef SMIPC_CORE_ROLE_CLAIM_H_
#define SMIPC_CORE_ROLE_CLAIM_H_

#include <cstdint>

#include "layout.h"
#include "platform/directory.h"
#include "platform/file.h"
#include "status.h"

namespace smipc {

// The head of one thread's robust list. The owner thread calls Register() first and must live as
// long as any role in the list. After that only the JavaScript thread changes the list; the kernel
// reads it when the owner thread ends, which may be between any two instructions of ours.
//
// A node stands one memory page below its word (segment.h), in private memory, so that a hostile
// peer cannot bend the list; the kernel adds the same distance to every node to find its word.
class RobustList {
 public:
  // Owner thread: hands the list to the kernel, if it may. False: there are no robust lists here.
  bool Register(bool may_use_lists = true);

  uint32_t thread_id() const { return thread_id_; }

  // JavaScript thread: swaps the word from `before` to the owner thread's id, marked as waited for,
  // so that the kernel wakes a waiter whenever the owner dies. False: it was not `before`.
  bool Claim(std::atomic<uint32_t>& word, uint32_t before = 0);
  // JavaScript thread: takes the word out of the list and sets it to 0. Until Settle() the kernel
  // still wakes a waiter if the owner dies: the caller wakes all of them in between.
  void Release(std::atomic<uint32_t>& word);
  void Settle();

  // The steps of Claim and Release, for a word that the caller stores itself (lifeline.h). To
  // claim: Announce(), store the owner thread's id, Link(), Settle(). To release: Unlink(), store
  // 0.
  void Announce(std::atomic<uint32_t>& word);
  void Link(std::atomic<uint32_t>& word);
  void Unlink(std::atomic<uint32_t>& word);

 private:
  struct Node {  // struct robust_list of include/uapi/linux/futex.h
    std::atomic<Node*> next;
  };
  struct Head {  // struct robust_list_head
    Node list;
    long futex_offset;
    std::atomic<Node*> list_op_pending;
  };
  static Node* NodeOf(std::atomic<uint32_t>& word);

  Head head_{};
  uint32_t thread_id_ = 0;
};

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

// Reads a role without any system call. In the FileLock scheme an owner that died still looks
// Open; see IsLockHeld. `is_writer` decides what leaving at process exit means.
// acquire: what the owner published before it left is visible; partner: RoleClaim::Leave, and the
// kernel's store of FUTEX_OWNER_DIED.
Presence Observe(const RoleRecord& record, bool is_writer);

// What has become of an owner whose role seems Open, but which is known to be dead.
inline Presence PresenceOfLost(const RoleRecord& record, bool is_writer) {
  const auto state = static_cast<RoleState>(record.state.load(std::memory_order_acquire));
  if (state != RoleState::Exiting) return Presence::Died;
  return is_writer ? Presence::Aborted : Presence::Closed;
}

// Which of a role's owners it is, and the position at which it began.
struct Tenure {
  uint32_t generation = 0;  // 0: the role has not been taken yet
  uint64_t since = 0;
};

// The tenure of one owner, its two words never mixed with those of another. What a hostile peer
// stores there is not checked.
Tenure ReadTenure(const RoleRecord& record);

// FileLock scheme: is the lock of this role held? `offset` is the record's place in the segment's
// file. A failed system call counts as held, so that no owner is declared dead by mistake.
bool IsLockHeld(const File& file, uint64_t offset);

// Where a role is to be taken.
struct RoleSite {
  RoleRecord& record;
  RoleScheme scheme;
  bool is_resumable;
  const File& file;  // the segment's; must stay open while the role is held, if it is locked
  uint64_t offset;   // the record's place in it
};

// What the next owner writes down.
struct RoleEntry {
  uint64_t position;  // head or tail, from which it goes on
  uint64_t bell;      // where it can be woken (bell_pipe.h)
  uint32_t token;
  // Its sign of life, and the directory in which it has locked that, or the role.
  uint64_t lifeline = kNoLifeline;
  uint32_t slot = kNoSlot;
  FileId place{};
};

// Must the owner hold the lock? An owner without a lifeline has no other proof that it lives.
inline bool IsLocked(RoleScheme scheme, bool is_resumable, uint64_t lifeline) {
  return scheme == RoleScheme::FileLock || is_resumable || lifeline == kNoLifeline;
}

// Takes the lock of a role, for as long as the file is open or until it is given back. Ok even if
// the same open file has the lock already.
//   Ok; Busy: another open file has it; System.
Result LockRole(const File& file, uint64_t offset);

// The claim to one role, held by one channel of this process.
class RoleClaim {
 public:
  RoleClaim() = default;
  RoleClaim(const RoleClaim&) = delete;
  RoleClaim& operator=(const RoleClaim&) = delete;

  // Takes the role, and its lock, under the directory's lock. `list` is for the RobustList scheme.
  //   Ok; Busy: it has an owner or, if it is not resumable, had one, or threads of its dead owner
  //   still run; System.
  Result Take(const RoleSite& site, RobustList& list, const RoleEntry& entry);

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
  RobustList* list_ = nullptr;    // null: FileLock
  const File* locked_ = nullptr;  // null: no lock is held
  uint64_t offset_ = 0;
  bool has_ended_ = false;
};

}  // namespace smipc

#endif  // SMIPC_CORE_ROLE_CLAIM_H_
