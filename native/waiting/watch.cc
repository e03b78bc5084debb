#include "waiting/watch.h"

#include <optional>
#include <utility>

#include "platform/marked_words.h"

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
  // A thread of this process may be parked on it too (Endpoint::Park), perhaps on the id of an
  // owner that has come and gone since the last check; when it came, it woke us.
  if (has_changed || (was_woken && IsVacant(peer))) PassOnWakeUp(peer_->owner);
  if ((has_changed || was_woken) && IsVacant(peer)) TellOpeners();
  // A new owner wakes us once all of its record is stored.
  if (has_changed || was_woken) {
    if (death_watch_->Follow(peer) == Sign::Death) NoteLoss();
  }
  return has_changed;
}

void Watch::TellOpeners() {
  // An owner that died, even while it left, may not have told openers that its role is free. (If it
  // has, they only try once more.) release: as in WakeOpeners.
  if (changes_ == nullptr) return;
  changes_->fetch_add(1, std::memory_order_release);
  WakeAll(*changes_);
}

bool Watch::CheckDeathWatch() {
  if (death_watch_ == nullptr || death_watch_->word() == nullptr) return false;
  const Sign sign = death_watch_->Take();
  if (sign == Sign::Death) NoteLoss();
  return sign != Sign::None;
}

void Watch::AskForDeath() {
  if (!MustAskForDeath()) return;
  CheckForLostPeer();
  if (death_watch_->Ask(peer_seen_) == Sign::Death) NoteLoss();
}

void Watch::NoteLoss() {
  // The owner may have stored its last state, and died before it could wake us: then that state
  // counts.
  has_news_of_death_ = true;
  if (Observe(*peer_, peer_is_writer_) != Presence::Open) return;
  // partner: IsPeerLost
  lost_peer_.store(kHasLost | death_watch_->generation(), std::memory_order_release);
}

bool Watch::IsPeerLost() const {
  if (peer_ == nullptr) return false;
  // acquire: partner: the stores in NoteLoss and CheckForLostPeer.
  const uint64_t lost = lost_peer_.load(std::memory_order_acquire);
  // A later owner is not the one that was lost. relaxed: if the older number is loaded here, there
  // is one more wake-up to come.
  return lost != 0 && lost == (kHasLost | peer_->generation.load(std::memory_order_relaxed));
}

bool Watch::CheckForLostPeer() {
  if (death_watch_ == nullptr) return false;
  if (IsPeerLost()) return true;
  const std::optional<uint32_t> dead = death_watch_->FindDeath();
  if (!dead.has_value()) return false;
  lost_peer_.store(kHasLost | *dead, std::memory_order_release);  // partner: IsPeerLost
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
