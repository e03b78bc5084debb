#include "platform/posix/temporary_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/hidden_name.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/directory_names.h"
#include "platform/posix/errno_result.h"
#include "platform/random.h"

namespace smipc {

namespace {

bool TryLock(const File& file) {
  int result;
  do {
    result = flock(Descriptor(file), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// Removes files whose makers were killed before they could name them: the locks of such files are
// free.
void RemoveAbandonedFiles(const Directory& directory) {
  const int place = Descriptor(directory.file());
  for (const std::string& name : NamesBeginningWith(directory.file(), kNewFilePrefix)) {
    File file(openat(place, name.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (!file.is_open() || !TryLock(file)) continue;
    // While we hold the lock, because the file may be new, and its maker about to take the lock.
    if (unlinkat(place, name.c_str(), 0) == 0) continue;
    // libfuse renames a file that is open, and the file system may not allow that.
    file.Close();
    unlinkat(place, name.c_str(), 0);
  }
}

}  // namespace

Result MakeTemporaryFile(const Directory& directory, File* file, uint64_t* temporary) {
  RemoveAbandonedFiles(directory);
  for (;;) {
    uint64_t id = 0;
    if (!MakeRandom(&id)) return ErrnoResult();
    id |= 1;  // not kNoTemporary
    const HiddenName name(kNewFilePrefix, id);
    *file = File(openat(Descriptor(directory.file()), name.text(),
                        O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file->is_open()) return RefusalResult();
    *temporary = id;
    // Ours while we hold its lock. Another process may have removed it before, as an abandoned one.
    const bool is_locked = TryLock(*file);
    if (!is_locked && errno != EWOULDBLOCK) return RefusalResult();
    struct stat info;
    if (is_locked && fstat(Descriptor(*file), &info) == 0 && info.st_nlink == 1) return {};
    *temporary = 0;
  }
}

Result NameTemporaryFile(const Directory& directory, uint64_t temporary, const char* name) {
  const int place = Descriptor(directory.file());
  const HiddenName old(kNewFilePrefix, temporary);
  if (RenameIfFree(place, old.text(), name)) return {};
  if (IsMissing(errno)) {
    // No other process can take the name meanwhile: the directory's lock is held.
    struct stat info;
    if (fstatat(place, name, &info, AT_SYMLINK_NOFOLLOW) == 0) return {Status::System, EEXIST};
    if (renameat(place, old.text(), place, name) == 0) return {};
  }
  return RefusalResult();
}

void RemoveTemporaryFile(const Directory& directory, uint64_t temporary) {
  unlinkat(Descriptor(directory.file()), HiddenName(kNewFilePrefix, temporary).text(), 0);
}

}  // namespace smipc
