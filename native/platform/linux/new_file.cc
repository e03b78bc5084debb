#include "platform/posix/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "platform/linux/file_system.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"
#include "platform/posix/temporary_file.h"

namespace smipc {

Result MakeNewFile(const Directory& directory, File* file, uint64_t* temporary) {
  *temporary = kNoTemporary;
  // O_TMPFILE: a file that has no name yet, and vanishes with this process if it never gets one.
  *file = File(
      openat(Descriptor(directory.file()), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file->is_open()) {
    // Such a file gets its name as a link, which in FUSE may lead to other memory (same_memory.h).
    if (FileSystemOf(*file) != kFuse) return {};
  } else if (errno != EISDIR && !IsMissing(errno)) {
    return ErrnoResult();
  }
  return MakeTemporaryFile(directory, file, temporary);
}

Result NameNamelessFile(const File& file, const Directory& directory, const char* name) {
  const int place = Descriptor(directory.file());
  const int fd = Descriptor(file);
  // linkat(2): AT_EMPTY_PATH needs a capability on older kernels, a path in /proc does not.
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (linkat(AT_FDCWD, path, place, name, AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno != ENOENT) return ErrnoResult();  // ENOENT: no /proc here
  if (linkat(fd, "", place, name, AT_EMPTY_PATH) == 0) return {};
  return ErrnoResult();
}

bool RenameIfFree(int directory, const char* from, const char* to) {
  // renameat2(2) by its number: not every C library has it.
  constexpr unsigned kNoReplace = 1;
  return syscall(SYS_renameat2, directory, from, directory, to, kNoReplace) == 0;
}

}  // namespace smipc
