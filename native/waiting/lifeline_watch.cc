#include "waiting/lifeline_watch.h"

namespace smipc {

Sign LifelineWatch::Begin() {
  bool is_marked = false;
  if (slot_ != kNoSlot) peer_slot_.Open(directory_, lifeline_, slot_, &is_marked);
  word_ = peer_slot_.is_open() ? &peer_slot_.word() : nullptr;
  must_be_asked_ = !peer_slot_.is_open() && !is_marked;
  // Dead already, and its word may never say so.
  return is_marked ? Sign::Death : Sign::None;
}

void LifelineWatch::End() {
  peer_slot_.Close();
  word_ = nullptr;
  must_be_asked_ = false;
}

Sign LifelineWatch::Take() {
  const SlotState state = peer_slot_.Check();
  if (state == SlotState::Held) return Sign::None;
  // Given back: its owner has left, and the role's word says so. Overwritten, or cut off: it says
  // nothing.
  peer_slot_.Close();
  word_ = nullptr;
  must_be_asked_ = state != SlotState::Marked;
  return state == SlotState::Marked ? Sign::Death : Sign::Lost;
}

Sign LifelineWatch::Ask(uint32_t owner) {
  const uint64_t lifeline = lifeline_;
  // The slot may be there after all: opening it may have failed for want of a descriptor.
  Release();
  const Sign sign = Follow(owner);
  if (!must_be_asked_ || lifeline_ != lifeline || !CanSeeLocks(role_, place_)) return sign;
  if (IsLifelineHeld(directory_, place_, lifeline)) return Sign::None;
  must_be_asked_ = false;
  return Sign::Death;
}

}  // namespace smipc
