#include "core/role_claim.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "platform/linux/byte_lock.h"
#include "platform/posix/descriptor.h"
#include "platform/word_wait.h"

namespace smipc {

// --- RobustList
//
// Every store to the list is a release store: the kernel reads it on the dying thread's processor,
// which may be another than ours, and must not see a node linked before the node's own `next`.

bool RobustList::Register(bool may_use_lists) {
  thread_id_ = static_cast<uint32_t>(syscall(SYS_gettid));
  // A seccomp filter may kill the process for the call below.
  if (!may_use_lists) return false;
  head_.list.next.store(&head_.list, std::memory_order_relaxed);
  head_.futex_offset = sysconf(_SC_PAGESIZE);
  head_.list_op_pending.store(nullptr, std::memory_order_relaxed);
  // This replaces the list that the C library has registered for the thread: it must not use
  // robust mutexes of pthreads, and the waiter thread does not.
  return syscall(SYS_set_robust_list, &head_, sizeof head_) == 0;
}

RobustList::Node* RobustList::NodeOf(std::atomic<uint32_t>& word) {
  return reinterpret_cast<Node*>(reinterpret_cast<uint8_t*>(&word) - sysconf(_SC_PAGESIZE));
}

void RobustList::Announce(std::atomic<uint32_t>& word) {
  head_.list_op_pending.store(NodeOf(word), std::memory_order_release);
}

void RobustList::Link(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  node->next.store(head_.list.next.load(std::memory_order_relaxed), std::memory_order_release);
  head_.list.next.store(node, std::memory_order_release);
}

void RobustList::Unlink(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  Node* before = &head_.list;
  while (before->next.load(std::memory_order_relaxed) != node) {
    before = before->next.load(std::memory_order_relaxed);
  }
  before->next.store(node->next.load(std::memory_order_relaxed), std::memory_order_release);
}

bool RobustList::Claim(std::atomic<uint32_t>& word, uint32_t before) {
  // While pending, the kernel checks this node too: a death between the exchange and the link is
  // covered. It acts only if the word holds our thread's id.
  Announce(word);
  // acq_rel: acquires what the segment's maker stored, and the owner before; releases nothing but
  // the id. Partner: Observe and Watch::Check.
  const bool is_ours =
      word.compare_exchange_strong(before, thread_id_ | kHasWaiters, std::memory_order_acq_rel);
  if (is_ours) Link(word);
  Settle();
  return is_ours;
}

void RobustList::Release(std::atomic<uint32_t>& word) {
  // While pending, the kernel wakes a waiter even if the word is 0 already (handle_futex_death in
  // kernel/futex/core.c): a death between the store and the wake-ups leaves no one asleep.
  Announce(word);
  Unlink(word);
  // release: the state stored by RoleClaim::Leave comes first; partner: Observe.
  word.store(0, std::memory_order_release);
}

void RobustList::Settle() { head_.list_op_pending.store(nullptr, std::memory_order_release); }

// --- the state of a role

Presence Observe(const RoleRecord& record, bool is_writer) {
  // No honest peer shows an impossible pair for long, and a hostile one must not keep us here.
  constexpr int kMostLoads = 100;
  for (int loads = 0; loads < kMostLoads; loads++) {
    // The word first: an owner that leaves stores its state before it clears the word, so a cleared
    // word is never seen together with the state before leaving.
    const uint32_t owner = record.owner.load(std::memory_order_acquire);
    const auto state = static_cast<RoleState>(record.state.load(std::memory_order_acquire));
    switch (state) {
      case RoleState::Ended:
        return Presence::Ended;
      case RoleState::Aborted:
        return Presence::Aborted;
      case RoleState::Closed:
        return Presence::Closed;
      case RoleState::Never:
        // The word is taken before the state is set.
        if (owner == 0) return Presence::Absent;
        return (owner & kOwnerDied) == 0 ? Presence::Open : Presence::Died;
      case RoleState::Open:
      case RoleState::Exiting:
        break;
    }
    // Open, Exiting, or a number that no honest peer writes. If there was no owner, one has come
    // since the word was loaded.
    if (owner == 0) continue;
    if ((owner & kOwnerDied) == 0) return Presence::Open;
    if (state != RoleState::Exiting) return Presence::Died;
    return is_writer ? Presence::Aborted : Presence::Closed;
  }
  return Presence::Died;
}

Tenure ReadTenure(const RoleRecord& record) {
  // An owner may die and be replaced between two loads, but honest owners not a hundred times.
  constexpr int kMostLoads = 100;
  Tenure tenure;
  for (int loads = 0; loads < kMostLoads; loads++) {
    // acquire: `since` was stored before; partner: RoleClaim::Take.
    tenure.generation = record.generation.load(std::memory_order_acquire);
    tenure.since = record.since[tenure.generation & 1].load(std::memory_order_acquire);
    // The word of `since` is stored again by the owner after the next, after `generation` has
    // changed.
    if (record.generation.load(std::memory_order_relaxed) == tenure.generation) break;
  }
  return tenure;
}

namespace {

void UnlockRole(const File& file, uint64_t offset) {
  struct flock lock = ByteLock(offset, F_UNLCK);
  fcntl(Descriptor(file), F_OFD_SETLK, &lock);
}

// May a new owner take the role while its word holds this value?
bool IsFree(uint32_t owner, const RoleSite& site) {
  // Resumable: we hold the lock, so the owner whose id is there is dead, marked or not.
  return owner == 0 || site.is_resumable;
}

}  // namespace

bool IsLockHeld(const File& file, uint64_t offset) {
  struct flock lock = ByteLock(offset, F_WRLCK);
  if (fcntl(Descriptor(file), F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

Result LockRole(const File& file, uint64_t offset) {
  struct flock lock = ByteLock(offset, F_WRLCK);
  if (fcntl(Descriptor(file), F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES) return Result(Status::Busy);
  return Result::Errno();
}

// --- the claim

Result RoleClaim::Take(const RoleSite& site, RobustList& list, const RoleEntry& entry) {
  const bool is_locked = IsLocked(site.scheme, site.is_resumable, entry.lifeline);
  if (is_locked) {
    const Result locked = LockRole(site.file, site.offset);
    if (!locked.ok()) return locked;
  }
  RoleRecord& record = site.record;
  uint32_t before = record.owner.load(std::memory_order_relaxed);  // the exchange acquires
  bool is_ours = IsFree(before, site);
  if (is_ours) {
    // Those who see our id in the word must find our sign of life, and not that of the previous
    // owner: the exchange releases these. Partner: Watch::FollowLifeline, and IsOwnerAlive
    // (survey.cc).
    record.slot.store(entry.slot, std::memory_order_relaxed);
    record.place[0].store(entry.place.volume, std::memory_order_relaxed);
    record.place[1].store(entry.place.number, std::memory_order_relaxed);
    record.lifeline.store(entry.lifeline, std::memory_order_relaxed);
  }
  if (is_ours && site.scheme == RoleScheme::RobustList) {
    is_ours = list.Claim(record.owner, before);
  } else if (is_ours) {
    // acq_rel: as in RobustList::Claim.
    is_ours =
        record.owner.compare_exchange_strong(before, list.thread_id(), std::memory_order_acq_rel);
  }
  if (!is_ours) {
    if (is_locked) UnlockRole(site.file, site.offset);
    return Result(Status::Busy);
  }
  record_ = &record;
  if (site.scheme == RoleScheme::RobustList) list_ = &list;
  if (is_locked) locked_ = &site.file;
  offset_ = site.offset;
  record.pid.store(static_cast<uint32_t>(getpid()), std::memory_order_relaxed);  // for messages
  // relaxed: a peer loads them only when the owner sleeps at its bell, and Arm publishes both.
  record.token.store(entry.token, std::memory_order_relaxed);
  record.bell.store(entry.bell, std::memory_order_relaxed);
  // Only owners store it, one after the other, so it does not change between this load and the
  // store.
  const uint32_t generation = record.generation.load(std::memory_order_relaxed) + 1;
  // release: a load that sees it is followed by one that sees the generation change; partner:
  // ReadTenure.
  record.since[generation & 1].store(entry.position, std::memory_order_release);
  record.generation.store(generation, std::memory_order_release);  // likewise
  SetState(RoleState::Open);
  return {};
}

void RoleClaim::MarkExiting() {
  if (!has_ended_) SetState(RoleState::Exiting);
}

void RoleClaim::MarkEnded() {
  has_ended_ = true;
  SetState(RoleState::Ended);
}

void RoleClaim::Leave(RoleState state) {
  if (!has_ended_) SetState(state);
  if (list_ != nullptr) {
    list_->Release(record_->owner);
  } else {
    record_->owner.store(0, std::memory_order_release);  // partner: Observe
  }
  record_ = nullptr;
}

void RoleClaim::Settle() {
  if (list_ != nullptr) list_->Settle();
  if (locked_ == nullptr) return;
  UnlockRole(*locked_, offset_);
  locked_ = nullptr;
}

void RoleClaim::SetState(RoleState state) {
  // release: every byte is published before the end is; partner: Observe, after which the reader
  // loads `head` once more (Endpoint::Readable).
  record_->state.store(static_cast<uint32_t>(state), std::memory_order_release);
}

}  // namespace smipc
