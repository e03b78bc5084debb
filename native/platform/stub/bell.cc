#include "platform/bell.h"

namespace smipc {

Result MakeBell(const Directory& /*directory*/, uint32_t /*permissions*/, uint64_t* /*id*/,
                File* /*bell*/) {
  return Result(Status::NotSupported);
}

bool WriteToken(const File& /*bell*/, uint32_t /*token*/) { return false; }

bool IsBellThere(const std::string& /*directory*/, uint64_t /*id*/) { return false; }

void RemoveBell(const Directory& /*directory*/, uint64_t /*id*/) {}

void RemoveAbandonedBells(const Directory& /*directory*/) {}

bool IsAbandonedBell(const Directory& /*directory*/, const char* /*name*/) { return false; }

std::shared_ptr<PeerBell> PeerBell::Open(const std::string& /*directory*/, uint64_t /*id*/) {
  return nullptr;
}

}  // namespace smipc
