#include "platform/role_lock.h"

#include <cerrno>

#include "platform/posix/byte_lock.h"

namespace smipc {

Result FileRoleLock::Take() {
  if (LockByte(file_, offset_, ByteLock::Exclusive)) return {};
  if (errno == EAGAIN || errno == EACCES) return Result(Status::Busy);
  return Result::Errno();
}

void FileRoleLock::Drop() { UnlockByte(file_, offset_); }

bool IsRoleLockHeld(const File& file, uint64_t offset) { return IsByteLocked(file, offset); }

}  // namespace smipc
