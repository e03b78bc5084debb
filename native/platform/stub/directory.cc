#include "platform/directory.h"

namespace smipc {

Result Directory::Open(const char* /*path*/, uint32_t /*permissions*/) {
  return Result(Status::NotSupported);
}

Result Directory::OpenOrMake(const char* /*path*/, uint32_t /*permissions*/) {
  return Result(Status::NotSupported);
}

Result Directory::Lock(int64_t /*patience_ms*/) { return Result(Status::NotSupported); }

void Directory::Unlock() {}

Result Directory::RemoveName(const char* /*name*/) { return Result(Status::NotSupported); }

std::string DefaultDirectory() { return {}; }

Result ListNames(const Directory& /*directory*/, std::vector<std::string>* /*names*/) {
  return Result(Status::NotSupported);
}

std::vector<std::string> SampleNames(const Directory& /*directory*/, size_t /*most*/) { return {}; }

}  // namespace smipc
