#include "platform/posix/reserve.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"

namespace smipc {

Result CheckSpace(const File& file, uint64_t bytes) {
  struct statvfs info;
  if (fstatvfs(Descriptor(file), &info) != 0) return ErrnoResult();
  // No blocks at all: a file system without a limit (ramfs).
  const bool is_limited = info.f_blocks != 0;
  if (is_limited && bytes / info.f_frsize >= info.f_bavail) return {Status::System, ENOSPC};
  return {};
}

int WriteZeros(const File& file, uint64_t from, uint64_t size) {
  static constexpr uint8_t kZeros[64 * 1024] = {};
  while (size > 0) {
    const ssize_t written =
        pwrite(Descriptor(file), kZeros, size < sizeof kZeros ? size : sizeof kZeros,
               static_cast<off_t>(from));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    from += static_cast<uint64_t>(written);
    size -= static_cast<uint64_t>(written);
  }
  return 0;
}

}  // namespace smipc
