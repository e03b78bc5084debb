#include "platform/role_lock.h"

#include "platform/posix/byte_lock.h"
#include "platform/posix/errno_result.h"

namespace smipc {

Result FileRoleLock::Take() {
  if (LockByte(file_, offset_, ByteLock::Exclusive)) return {};
  if (errno == EAGAIN || errno == EACCES) return Result(Status::Busy);
  return ErrnoResult();
}

void FileRoleLock::Drop() { UnlockByte(file_, offset_); }

bool IsRoleLockHeld(const File& file, uint64_t offset) { return IsByteLocked(file, offset); }

}  // namespace smipc
