#include "platform/posix/reserve.h"

#include <fcntl.h>

#include <utility>

#include "platform/linux/file_system.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"

namespace smipc {

// Not in a file system that compresses zeros away, or that does not count blocks, or leaves that to
// a server.
bool CountsBlocks(const File& file) {
  const uint32_t type = FileSystemOf(file);
  return type == kTmpfs || type == kExt || type == kXfs || type == kBtrfs;
}

// In pieces, because a signal interrupts fallocate(2) on tmpfs: if signals keep coming, a large
// call would never finish. Not posix_fallocate(3): where there is no fallocate(2), glibc writes a
// byte for each block, which takes twenty times as long, and musl fails.
Result Reserve(const File& file, uint64_t bytes, MemoryShortage* shortage) {
  const Result has_space = CheckSpace(file, bytes);
  if (!has_space.ok()) return has_space;
  // Beyond some limits there is no error, but a SIGKILL.
  MemoryShortage found;
  if (FindMemoryShortage(file, bytes, &found)) {
    if (shortage != nullptr) *shortage = std::move(found);
    return {Status::System, ENOMEM};
  }
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  bool has_fallocate = true;
  for (uint64_t from = 0; from < bytes; from += kPiece) {
    const uint64_t size = bytes - from < kPiece ? bytes - from : kPiece;
    int error = EOPNOTSUPP;
    while (has_fallocate) {
      const int done =
          fallocate(Descriptor(file), 0, static_cast<off_t>(from), static_cast<off_t>(size));
      error = done == 0 ? 0 : errno;
      if (error != EINTR) break;
    }
    has_fallocate = error != EOPNOTSUPP && error != EINVAL && error != ENOSYS;
    if (!has_fallocate) error = WriteZeros(file, from, size);
    if (error != 0) return {Status::System, error};
  }
  return {};
}

}  // namespace smipc
