// A bell is a FIFO. fifo(7): writes of up to PIPE_BUF bytes are atomic.

#include "platform/bell.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/hidden_name.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/directory_names.h"
#include "platform/posix/errno_result.h"
#include "platform/random.h"

namespace smipc {

namespace {

constexpr uint64_t kIdMask = (uint64_t{1} << 53) - 1;  // what a JavaScript number can hold

}  // namespace

Result MakeBell(const Directory& directory, uint32_t permissions, uint64_t* id, File* bell) {
  uint64_t number = 0;
  if (!MakeRandom(&number)) return ErrnoResult();
  number = (number & kIdMask) | 1;
  const HiddenName name(kBellPrefix, number);
  const int place = Descriptor(directory.file());
  if (mkfifoat(place, name.text(), S_IRUSR | S_IWUSR) != 0) {
    const Result failed = ErrnoResult();
    // Some file systems without FIFOs fail but leave a file behind (fusefat).
    if (failed.error != EEXIST) unlinkat(place, name.text(), 0);
    return failed;
  }
  // O_RDWR (fifo(7)): with a writer of our own there is no end of file when the last peer leaves.
  const int opened = openat(place, name.text(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  // Other users who may open the channels may write tokens, but not read them. Not through
  // mkfifoat's mode, which the umask would cut.
  constexpr mode_t kWrite = S_IWUSR | S_IWGRP | S_IWOTH;
  const mode_t mode = S_IRUSR | S_IWUSR | (permissions & kWrite);
  if (opened < 0 || fchmod(opened, mode) != 0) {
    const Result failed = ErrnoResult();
    if (opened >= 0) close(opened);
    unlinkat(place, name.text(), 0);
    return failed;
  }
  *id = number;
  *bell = File(opened);
  return {};
}

bool WriteToken(const File& bell, uint32_t token) {
  ssize_t written;
  do {
    written = write(Descriptor(bell), &token, sizeof token);
  } while (written < 0 && errno == EINTR);
  return written == sizeof token;
}

bool IsBellThere(const std::string& directory, uint64_t id) {
  const std::string path = directory + '/' + HiddenName(kBellPrefix, id).text();
  struct stat info;
  return fstatat(AT_FDCWD, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISFIFO(info.st_mode);
}

void RemoveBell(const Directory& directory, uint64_t id) {
  if (id != kNoBell) unlinkat(Descriptor(directory.file()), HiddenName(kBellPrefix, id).text(), 0);
}

bool IsAbandonedBell(const Directory& directory, const char* name) {
  uint64_t id = kNoBell;
  if (!HiddenName::Parse(kBellPrefix, name, &id)) return false;
  // fifo(7): opening for writing without a reader fails with ENXIO. Readers are the owner, and
  // peers that still have it open; then it is removed another time.
  const File bell(
      openat(Descriptor(directory.file()), name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  return !bell.is_open() && errno == ENXIO;
}

void RemoveAbandonedBells(const Directory& directory) {
  const File& file = directory.file();
  for (const std::string& name : NamesBeginningWith(file, kBellPrefix, kNamesFoundSoon)) {
    if (IsAbandonedBell(directory, name.c_str())) unlinkat(Descriptor(file), name.c_str(), 0);
  }
}

namespace {

// Not open: there is no such bell, or it is no FIFO.
File OpenBell(int directory, uint64_t id) {
  // O_RDWR: writing to a FIFO whose reader has died raises SIGPIPE, but not if we have it open for
  // reading too. That of another user can only be opened for writing; Node ignores SIGPIPE.
  const HiddenName name(kBellPrefix, id);
  constexpr int kFlags = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  File bell(openat(directory, name.text(), O_RDWR | kFlags));
  if (!bell.is_open() && errno == EACCES) {
    bell = File(openat(directory, name.text(), O_WRONLY | kFlags));
  }
  struct stat info;
  const bool is_bell =
      bell.is_open() && fstat(Descriptor(bell), &info) == 0 && S_ISFIFO(info.st_mode);
  return is_bell ? std::move(bell) : File();
}

}  // namespace

std::shared_ptr<PeerBell> PeerBell::Open(const std::string& directory, uint64_t id) {
  const File place(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!place.is_open()) return nullptr;
  File bell = OpenBell(Descriptor(place), id);
  if (!bell.is_open()) return nullptr;
  return std::shared_ptr<PeerBell>(new PeerBell(std::move(bell)));
}

}  // namespace smipc
