#include "platform/role_lock.h"

namespace smipc {

Result FileRoleLock::Take() { return Result(Status::NotSupported); }

void FileRoleLock::Drop() {
  // What a back end needs.
  static_cast<void>(file_);
  static_cast<void>(offset_);
}

bool IsRoleLockHeld(const File& /*file*/, uint64_t /*offset*/) { return true; }

}  // namespace smipc
