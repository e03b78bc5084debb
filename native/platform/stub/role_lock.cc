#include "platform/role_lock.h"

namespace smipc {

Result FileRoleLock::Take() { return Result(Status::NotSupported); }

void FileRoleLock::Drop() {}

bool IsRoleLockHeld(const File& /*file*/, uint64_t /*offset*/) { return true; }

}  // namespace smipc
