// Whether two opens of one name reach one memory.
//
// File systems in user space that know files by their paths (libfuse's high-level interface:
// bindfs, sshfs, fuse2fs, ntfs-3g) give each path an inode of its own. What is stored through one
// hard link is then not seen through another, nor does a futex of one wake at the other, although
// both show the same st_dev and st_ino.
#ifndef SMIPC_PLATFORM_POSIX_SAME_MEMORY_H_
#define SMIPC_PLATFORM_POSIX_SAME_MEMORY_H_

#include <cstdint>

#include "platform/file.h"
#include "status.h"

namespace smipc {

// Is `byte`, which is mapped (shared, for writing), the one at `offset` of that open file?
// Stores to it, and leaves it zero. No other thread or process may use the byte meanwhile.
//   Ok; UnusableDirectory: it is another one; System.
Result CheckSameMemory(uint8_t* byte, const File& file, uint64_t offset);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_SAME_MEMORY_H_
