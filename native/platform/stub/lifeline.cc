#include "platform/lifeline.h"

namespace smipc {

std::shared_ptr<Lifeline> Lifeline::Make(const Directory& /*directory*/, uint32_t /*permissions*/,
                                         MarkedWords* /*words*/) {
  return nullptr;
}

Lifeline::~Lifeline() = default;

uint32_t Lifeline::TakeSlot() { return kNoSlot; }

void Lifeline::GiveBack(uint32_t /*slot*/) {}

void Lifeline::RemoveName() {}

void PeerSlot::Open(const char* /*directory*/, uint64_t /*id*/, uint32_t /*slot*/,
                    bool* is_marked) {
  *is_marked = false;
}

void PeerSlot::Close() {}

SlotState PeerSlot::Check() const { return SlotState::Other; }

bool IsLifelineHeld(const Directory& /*directory*/, uint64_t /*id*/) { return true; }

bool IsLifelineHeld(const char* /*path*/, const FileId& /*directory*/, uint64_t /*id*/) {
  return true;
}

bool IsSlotMarked(const Directory& /*directory*/, uint64_t /*id*/, uint32_t /*slot*/) {
  return false;
}

void RemoveLifeline(const Directory& /*directory*/, uint64_t /*id*/) {}

void RemoveAbandonedLifelines(const Directory& /*directory*/) {}

bool IsAbandonedLifeline(const Directory& /*directory*/, const char* /*name*/) { return false; }

}  // namespace smipc
