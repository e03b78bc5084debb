#include "platform/bell.h"

namespace smipc {

Result MakeBell(const Directory& /*directory*/, uint32_t /*permissions*/, uint64_t* /*id*/,
                File* /*bell*/) {
  return Result(Status::NotSupported);
}

void RemoveBell(const Directory& /*directory*/, uint64_t /*id*/) {}

void RemoveAbandonedBells(const Directory& /*directory*/) {}

std::shared_ptr<PeerBell> PeerBell::Open(const std::string& /*directory*/, uint64_t /*id*/) {
  return nullptr;
}

bool PeerBell::Wake(uint32_t /*token*/) { return false; }

}  // namespace smipc
