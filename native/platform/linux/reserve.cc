#include "platform/posix/reserve.h"

#include <fcntl.h>

#include <algorithm>
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

namespace {

// 0, or an errno.
int Allocate(const File& file, uint64_t from, uint64_t size) {
  for (;;) {
    const int done =
        fallocate(Descriptor(file), 0, static_cast<off_t>(from), static_cast<off_t>(size));
    if (done == 0) return 0;
    if (errno != EINTR) return errno;
  }
}

bool IsUnsupported(int error) { return error == EOPNOTSUPP || error == EINVAL || error == ENOSYS; }

// Is there room, also by the limits beyond which there is no error, but a SIGKILL?
Result CheckRoom(const File& file, uint64_t bytes, MemoryShortage* shortage) {
  const Result has_space = CheckSpace(file, bytes);
  if (!has_space.ok()) return has_space;
  MemoryShortage found;
  if (!FindMemoryShortage(file, bytes, &found)) return {};
  if (shortage != nullptr) *shortage = std::move(found);
  return {Status::System, ENOMEM};
}

constexpr uint64_t kPiece = uint64_t{1} << 20;

}  // namespace

// In pieces, because a signal interrupts fallocate(2) on tmpfs: if signals keep coming, a large
// call would never finish. Not posix_fallocate(3): where there is no fallocate(2), glibc writes a
// byte for each block, which takes twenty times as long, and musl fails.
Result Reserve(const File& file, uint64_t bytes, MemoryShortage* shortage) {
  const Result has_room = CheckRoom(file, bytes, shortage);
  if (!has_room.ok()) return has_room;
  bool has_fallocate = true;
  for (uint64_t from = 0; from < bytes; from += kPiece) {
    const uint64_t size = std::min(bytes - from, kPiece);
    int error = EOPNOTSUPP;
    if (has_fallocate) error = Allocate(file, from, size);
    has_fallocate = has_fallocate && !IsUnsupported(error);
    if (!has_fallocate) error = WriteZeros(file, from, size);
    if (error != 0) return {Status::System, error};
  }
  return {};
}

Result ReserveMore(const File& file, uint64_t from, uint64_t bytes, MemoryShortage* shortage) {
  const Result has_room = CheckRoom(file, bytes, shortage);
  return has_room.ok() ? ReserveAgain(file, from, bytes) : has_room;
}

Result ReserveAgain(const File& file, uint64_t from, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes; done += kPiece) {
    const int error = Allocate(file, from + done, std::min(bytes - done, kPiece));
    if (IsUnsupported(error)) return {};
    if (error != 0) return {Status::System, error};
  }
  return {};
}

bool CanReserveMore(const File& file) { return !IsUnsupported(Allocate(file, 0, 1)); }

}  // namespace smipc
