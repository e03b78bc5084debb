// Locks on single bytes: fcntl(2), "Open file description locks". Of Linux only; used by
// role_claim.cc and lifeline.cc.
#ifndef SMIPC_PLATFORM_LINUX_BYTE_LOCK_H_
#define SMIPC_PLATFORM_LINUX_BYTE_LOCK_H_

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

namespace smipc {

// The lock on the byte at that offset, from 0 to 2^63 - 1, even beyond the file's end. Directories
// have such locks too, but for reading only (F_RDLCK), because no directory can be opened for
// writing.
inline struct flock ByteLock(uint64_t offset, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = 1;
  return lock;
}

}  // namespace smipc

#endif  // SMIPC_PLATFORM_LINUX_BYTE_LOCK_H_
