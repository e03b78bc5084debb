#include "core/role_claim.h"

namespace smipc {

namespace {

// May a new owner take the role while its word holds this value?
bool IsFree(uint32_t owner, const RoleSite& site) {
  // Resumable: we hold the lock, so the owner whose id is there is dead, marked or not.
  return owner == 0 || site.is_resumable;
}

}  // namespace

Result RoleClaim::Take(const RoleSite& site, const RoleEntry& entry) {
  const bool is_locked = IsLocked(site.scheme, site.is_resumable, entry.lifeline);
  if (is_locked) {
    const Result locked = site.lock.Take();
    if (!locked.ok()) return locked;
  }
  RoleRecord& record = site.record;
  uint32_t before = record.owner.load(std::memory_order_relaxed);  // the exchange acquires
  bool is_ours = IsFree(before, site);
  if (is_ours) {
    // Those who see our id in the word must find our sign of life, and not that of the previous
    // owner: the exchange in OwnerWords::Claim releases these. Partner: DeathWatch::Follow, and
    // IsOwnerAlive (death_watch.cc).
    record.slot.store(entry.slot, std::memory_order_relaxed);
    record.place[0].store(entry.place[0], std::memory_order_relaxed);
    record.place[1].store(entry.place[1], std::memory_order_relaxed);
    record.lifeline.store(entry.lifeline, std::memory_order_relaxed);
    is_ours = site.words.Claim(record.owner, before);
  }
  if (!is_ours) {
    if (is_locked) site.lock.Drop();
    return Result(Status::Busy);
  }
  record_ = &record;
  words_ = &site.words;
  if (is_locked) lock_ = &site.lock;
  record.pid.store(entry.pid, std::memory_order_relaxed);  // for messages
  // relaxed: a peer loads them only when the owner sleeps at its bell, and Arm publishes both.
  record.token.store(entry.token, std::memory_order_relaxed);
  record.bell.store(entry.bell, std::memory_order_relaxed);
  // Only owners store it, one after the other, so it does not change between this load and the
  // store.
  const uint32_t generation = record.generation.load(std::memory_order_relaxed) + 1;
  // release, both: a load that sees one is followed by one that sees the generation change;
  // partner: ReadTenure.
  record.since_messages[generation & 1].store(entry.messages, std::memory_order_release);
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
  words_->Release(record_->owner);
  record_ = nullptr;
}

void RoleClaim::Settle() {
  words_->Settle();
  if (lock_ == nullptr) return;
  lock_->Drop();
  lock_ = nullptr;
}

void RoleClaim::SetState(RoleState state) {
  // release: every byte is published before the end is; partner: Observe, after which the reader
  // loads `head` once more (Endpoint::Readable).
  record_->state.store(static_cast<uint32_t>(state), std::memory_order_release);
}

}  // namespace smipc
