// With Linux's open file description locks: fcntl(2).

#include "platform/posix/byte_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include "platform/posix/descriptor.h"

namespace smipc {

namespace {

struct flock LockOf(uint64_t offset, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = 1;
  return lock;
}

}  // namespace

bool LockByte(const File& file, uint64_t offset, ByteLock kind) {
  struct flock lock = LockOf(offset, kind == ByteLock::Shared ? F_RDLCK : F_WRLCK);
  return fcntl(Descriptor(file), F_OFD_SETLK, &lock) == 0;
}

void UnlockByte(const File& file, uint64_t offset) {
  struct flock lock = LockOf(offset, F_UNLCK);
  fcntl(Descriptor(file), F_OFD_SETLK, &lock);
}

bool IsByteLocked(const File& file, uint64_t offset) {
  struct flock lock = LockOf(offset, F_WRLCK);
  if (fcntl(Descriptor(file), F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

}  // namespace smipc
