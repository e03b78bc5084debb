#include "waiting/watch.h"

#include <utility>

#include "platform/role_lock.h"

namespace smipc {

Presence Watch::Peer() const {
  if (peer_ == nullptr) return Presence::Absent;
  const Presence presence = Observe(*peer_, peer_is_writer_);
  if (presence != Presence::Open || !IsPeerLost()) return presence;
  return PresenceOfLost(*peer_, peer_is_writer_);
}

bool Watch::Check() {
  // acquire: partner: the releases in TakeWakeUp, ForceWakeUp and WakeOpeners.
  const uint32_t bell = bell_.load(std::memory_order_acquire);
  const bool was_woken = bell != bell_seen_;
  bell_seen_ = bell;
  return CheckPeer(was_woken) || was_woken;
}

bool Watch::CheckPeer(bool was_woken) {
  if (peer_ == nullptr) return false;
  // acquire: partner: OwnerWords::Claim and Release, and the kernel's mark of a dead owner.
  const uint32_t peer = peer_->owner.load(std::memory_order_acquire);
  const bool has_changed = peer != peer_seen_;
  peer_seen_ = peer;
  // The kernel wakes one waiter of a dead owner's word only, even if the owner had cleared it
  // before it died. A thread of this process may be parked on it too (Endpoint::Park), perhaps on
  // the id of an owner that has come and gone since the last check; when it came, it woke us.
  if (has_changed || (was_woken && IsVacant(peer))) WakeAll(peer_->owner);
  if ((has_changed || was_woken) && IsVacant(peer)) TellOpeners();
  // A new owner wakes us once all of its record is stored.
  if (has_changed || was_woken) FollowLifeline();
  return has_changed;
}

void Watch::TellOpeners() {
  // An owner that died, even while it left, may not have told openers that its role is free. (If it
  // has, they only try once more.) release: as in WakeOpeners.
  if (peer_place_.changes == nullptr) return;
  peer_place_.changes->fetch_add(1, std::memory_order_release);
  WakeAll(*peer_place_.changes);
}

void Watch::FollowLifeline() {
  if (peer_place_.directory == nullptr) return;
  if (IsVacant(peer_seen_)) {
    slot_.reset();
    lifeline_ = kNoLifeline;
    is_known_dead_ = false;
    return;
  }
  // relaxed: stored before the id that was seen in `owner`; partner: RoleClaim::Take. The
  // generation is stored after it, so an owner that is still coming is followed again when it wakes
  // us.
  const uint64_t lifeline = peer_->lifeline.load(std::memory_order_relaxed);
  const uint32_t slot = peer_->slot.load(std::memory_order_relaxed);
  slot_generation_ = peer_->generation.load(std::memory_order_acquire);
  // The same owner, whose slot has been opened already, or does not exist.
  if (lifeline == lifeline_ && slot == slot_number_) return;
  lifeline_ = lifeline;
  slot_number_ = slot;
  slot_.reset();
  is_known_dead_ = false;
  if (lifeline == kNoLifeline || slot == kNoSlot) return;
  bool is_marked = false;
  slot_ = PeerSlot::Open(peer_place_.directory, lifeline, slot, &is_marked);
  // Dead already, and its word may never say so.
  if (is_marked) NoteLoss();
}

bool Watch::CheckLifeline() {
  if (slot_ == nullptr) return false;
  const SlotState state = slot_->Check();
  if (state == SlotState::Held) return false;
  // Given back: its owner has left, and the role's word says so. Overwritten, or cut off: it says
  // nothing.
  slot_.reset();
  if (state == SlotState::Marked) NoteLoss();
  return true;
}

bool Watch::LacksSlot() const {
  return lifeline_ != kNoLifeline && slot_ == nullptr && !is_known_dead_;
}

void Watch::CheckWithoutSlot() {
  const uint64_t lifeline = lifeline_;
  // The slot may be there after all: opening it may have failed for want of a descriptor.
  lifeline_ = kNoLifeline;
  FollowLifeline();
  if (!LacksSlot() || lifeline_ != lifeline || !CanSeeLocks()) return;
  if (!IsLifelineHeld(peer_place_.directory, lifeline)) NoteLoss();
}

void Watch::NoteLoss() {
  // The owner may have stored its last state, and died before it could wake us: then that state
  // counts.
  has_news_of_death_ = true;
  is_known_dead_ = true;
  if (Observe(*peer_, peer_is_writer_) != Presence::Open) return;
  lost_peer_.store(kHasLost | slot_generation_, std::memory_order_release);  // partner: IsPeerLost
}

bool Watch::IsPeerLost() const {
  // acquire: partner: the store in CheckForLostPeer.
  const uint64_t lost = lost_peer_.load(std::memory_order_acquire);
  // A later owner is not the one that was lost. relaxed: if the older number is loaded here, there
  // is one more wake-up to come.
  return lost != 0 && lost == (kHasLost | peer_->generation.load(std::memory_order_relaxed));
}

bool Watch::CanSeeLocks() const {
  if (peer_place_.directory == nullptr) return true;
  // relaxed: a stale place is that of an earlier owner, and a loss counts for one generation only.
  return peer_place_.place == FileId{peer_->place[0].load(std::memory_order_relaxed),
                                     peer_->place[1].load(std::memory_order_relaxed)};
}

bool Watch::CheckForLostPeer() {
  if (peer_ == nullptr || scheme_ != RoleScheme::FileLock) return false;
  if (IsPeerLost()) return true;
  if (!CanSeeLocks()) return false;
  // Loaded before the lock is asked for: a later owner, which stores this word while it has the
  // lock, is then not taken for the one that was lost.
  const uint32_t generation = peer_->generation.load(std::memory_order_acquire);
  // The lock is taken before the word is set and dropped after it is cleared: a set word with a
  // free lock is a death, even of an owner that had stored its last state and could not wake us.
  // relaxed: the system call orders the two loads; what the owner published, Peer acquires.
  if (peer_->owner.load(std::memory_order_relaxed) == 0 || IsRoleLockHeld(*file_, offset_))
    return false;
  if (peer_->owner.load(std::memory_order_relaxed) == 0) return false;  // left in between
  lost_peer_.store(kHasLost | generation, std::memory_order_release);   // partner: IsPeerLost
  return IsPeerLost();
}

bool Watch::HasNewLoss() {
  bool is_new = std::exchange(has_news_of_death_, false);
  if (IsPeerLost()) {
    const uint64_t lost = lost_peer_.load(std::memory_order_relaxed);
    is_new |= lost != std::exchange(reported_loss_, lost);
  }
  if (!is_new) return false;
  // A thread of this process may be parked (Endpoint::Park), or about to be, and the peer's word
  // has not changed. So we wake it as the peer would have done. release: if that thread sees the
  // new value, IsPeerLost is true for it; partner: Endpoint::DrawTicket.
  bell_.fetch_add(1, std::memory_order_release);
  WakeAll(bell_);
  TellOpeners();
  return true;
}

}  // namespace smipc
