// Platform seam: the lock of a role, on a byte of the segment's file, which the kernel drops when
// the last descriptor through which it is held has gone: that is, when the last thread of its
// process has. It can be asked for, but wakes no one.
#ifndef SMIPC_PLATFORM_ROLE_LOCK_H_
#define SMIPC_PLATFORM_ROLE_LOCK_H_

#include <cstdint>

#include "core/role_claim.h"
#include "platform/file.h"
#include "status.h"

namespace smipc {

class FileRoleLock final : public RoleLock {
 public:
  // `offset` is the place of the role's record in the segment's file, which must be open while the
  // lock is held.
  FileRoleLock(const File& file, uint64_t offset) : file_(file), offset_(offset) {}

  Result Take() override;
  void Drop() override;

 private:
  const File& file_;
  const uint64_t offset_;
};

// Is the lock held through another opening of the file? A failed system call counts as held, so
// that no owner is declared dead by mistake. Any thread.
bool IsRoleLockHeld(const File& file, uint64_t offset);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_ROLE_LOCK_H_
