#include "../role.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "../futex.h"

namespace smipc {

// --- RobustList
//
// Every store to the list is a release store: the kernel reads it on the dying thread's processor,
// which may be another than ours, and must not see a node linked before the node's own `next`.

bool RobustList::Register() {
  thread_id_ = static_cast<uint32_t>(syscall(SYS_gettid));
  head_.list.next.store(&head_.list, std::memory_order_relaxed);
  head_.futex_offset = sysconf(_SC_PAGESIZE);
  head_.list_op_pending.store(nullptr, std::memory_order_relaxed);
  // This replaces the list that the C library has registered for the thread: it must not use
  // robust mutexes of pthreads, and the waiter's thread does not.
  return syscall(SYS_set_robust_list, &head_, sizeof head_) == 0;
}

RobustList::Node* RobustList::NodeOf(std::atomic<uint32_t>& word) {
  return reinterpret_cast<Node*>(reinterpret_cast<uint8_t*>(&word) - sysconf(_SC_PAGESIZE));
}

bool RobustList::Claim(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  // While pending, the kernel looks at this node too: death between the exchange and the link is
  // covered. It acts only if the word holds our thread's id.
  head_.list_op_pending.store(node, std::memory_order_release);
  uint32_t free = 0;
  // acq_rel: acquires what the segment's maker stored; releases nothing but the id. Partner:
  // Observe and Watch::Look.
  const bool is_ours =
      word.compare_exchange_strong(free, thread_id_ | kHasWaiters, std::memory_order_acq_rel);
  if (is_ours) {
    node->next.store(head_.list.next.load(std::memory_order_relaxed), std::memory_order_release);
    head_.list.next.store(node, std::memory_order_release);
  }
  head_.list_op_pending.store(nullptr, std::memory_order_release);
  return is_ours;
}

void RobustList::Release(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  // While pending, the kernel wakes a waiter even if the word is 0 already (handle_futex_death in
  // kernel/futex/core.c): nobody is left asleep by a death between the store and the wake-ups.
  head_.list_op_pending.store(node, std::memory_order_release);
  Node* before = &head_.list;
  while (before->next.load(std::memory_order_relaxed) != node) {
    before = before->next.load(std::memory_order_relaxed);
  }
  before->next.store(node->next.load(std::memory_order_relaxed), std::memory_order_release);
  // release: the state stored by RoleClaim::Leave comes first; partner: Observe.
  word.store(0, std::memory_order_release);
}

void RobustList::Settle() { head_.list_op_pending.store(nullptr, std::memory_order_release); }

// --- what a role looks like

Presence Observe(const RoleRecord& record, bool is_writer) {
  // No honest peer shows the same impossible pair twice; a hostile one shall not keep us here.
  constexpr int kMostLooks = 100;
  for (int looks = 0; looks < kMostLooks; looks++) {
    // The word first: an owner that leaves stores its state before it clears the word, so a cleared
    // word is never read together with the state of before.
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
    // Open, Exiting, or a number that no honest peer writes. Without an owner: it has come since
    // the word was read.
    if (owner == 0) continue;
    if ((owner & kOwnerDied) == 0) return Presence::Open;
    if (state != RoleState::Exiting) return Presence::Died;
    return is_writer ? Presence::Aborted : Presence::Closed;
  }
  return Presence::Died;
}

bool IsLockHeld(int fd, uint64_t offset) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = 1;
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

// --- the claim

Result RoleClaim::Take(RoleRecord& record, RoleScheme scheme, RobustList& list, int fd,
                       uint64_t offset, uint64_t bell, uint32_t token) {
  if (scheme == RoleScheme::RobustList) {
    if (!list.Claim(record.owner)) return {Status::Busy, 0};
    list_ = &list;
  } else {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(offset);
    lock.l_len = 1;
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
      if (errno == EAGAIN || errno == EACCES) return {Status::Busy, 0};
      return Result::Errno();
    }
    uint32_t free = 0;
    // acq_rel: as in RobustList::Claim.
    if (!record.owner.compare_exchange_strong(free, list.thread_id(), std::memory_order_acq_rel)) {
      return {Status::Busy, 0};  // the lock goes with the descriptor
    }
  }
  record_ = &record;
  record.pid.store(static_cast<uint32_t>(getpid()), std::memory_order_relaxed);  // for messages
  // relaxed: nobody looks for a bell before the owner sleeps at it; Arm publishes both.
  record.token.store(token, std::memory_order_relaxed);
  record.bell.store(bell, std::memory_order_relaxed);
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
}

void RoleClaim::SetState(RoleState state) {
  // release: every byte is published before the end is; partner: Observe, after which the reader
  // looks at `head` once more (Channel::Read).
  record_->state.store(static_cast<uint32_t>(state), std::memory_order_release);
}

}  // namespace smipc
