#include "platform/bell_pipe.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <iterator>

#include "platform/directory.h"

namespace smipc {

namespace {

constexpr char kPrefix[] = ".bell-";

struct BellName {
  explicit BellName(uint64_t id) {
    std::snprintf(text, sizeof text, "%s%016llx", kPrefix, static_cast<unsigned long long>(id));
  }
  char text[32];
};

constexpr uint64_t kIdMask = (uint64_t{1} << 53) - 1;  // what a JavaScript number can hold

}  // namespace

Result MakeBellPipe(int directory, uint32_t permissions, uint64_t* id, int* fd) {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) return Result::Errno();
  number = (number & kIdMask) | 1;
  const BellName name(number);
  if (mkfifoat(directory, name.text, S_IRUSR | S_IWUSR) != 0) {
    const Result failed = Result::Errno();
    // Some file systems without FIFOs fail but leave a file behind (fusefat).
    if (failed.error != EEXIST) unlinkat(directory, name.text, 0);
    return failed;
  }
  // O_RDWR (fifo(7)): with a writer of our own there is no end of file when the last peer leaves.
  const int opened = openat(directory, name.text, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  // Other users who may open the channels may write tokens, but not read them. Not through
  // mkfifoat's mode, which the umask would cut.
  constexpr mode_t kWrite = S_IWUSR | S_IWGRP | S_IWOTH;
  const mode_t mode = S_IRUSR | S_IWUSR | (permissions & kWrite);
  if (opened < 0 || fchmod(opened, mode) != 0) {
    const Result failed = Result::Errno();
    if (opened >= 0) close(opened);
    unlinkat(directory, name.text, 0);
    return failed;
  }
  *id = number;
  *fd = opened;
  return {};
}

void RemoveBellPipe(int directory, uint64_t id) {
  if (id != kNoBell) unlinkat(directory, BellName(id).text, 0);
}

void RemoveAbandonedBells(int directory) {
  for (const std::string& name : NamesBeginningWith(directory, kPrefix)) {
    // fifo(7): opening for writing without a reader fails with ENXIO. Readers are the owner, and
    // peers that still have it open; then it is removed another time.
    const FileDescriptor bell(
        openat(directory, name.c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (bell.get() < 0 && errno == ENXIO) unlinkat(directory, name.c_str(), 0);
  }
}

std::shared_ptr<PeerBell> PeerBell::Open(int directory, uint64_t id) {
  // O_RDWR: writing to a FIFO whose reader has died raises SIGPIPE, but not if we have it open for
  // reading too. That of another user can only be opened for writing; Node ignores SIGPIPE.
  const BellName name(id);
  constexpr int kFlags = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(directory, name.text, O_RDWR | kFlags);
  if (fd < 0 && errno == EACCES) fd = openat(directory, name.text, O_WRONLY | kFlags);
  if (fd < 0) return nullptr;
  std::shared_ptr<PeerBell> bell(new PeerBell(fd));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) return nullptr;
  return bell;
}

bool PeerBell::Wake(uint32_t token) {
  ssize_t written;
  do {
    written = write(fd_.get(), &token, sizeof token);
  } while (written < 0 && errno == EINTR);
  return written == sizeof token;
}

std::shared_ptr<PeerBell> PeerBells::Find(const std::string& directory, uint64_t id) {
  if (id == kNoBell) return nullptr;
  for (auto entry = bells_.begin(); entry != bells_.end();) {
    entry = entry->second.expired() ? bells_.erase(entry) : std::next(entry);
  }
  const auto found = bells_.find({directory, id});
  if (found != bells_.end()) return found->second.lock();
  const FileDescriptor parent(
      open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (parent.get() < 0) return nullptr;
  std::shared_ptr<PeerBell> bell = PeerBell::Open(parent.get(), id);
  if (bell != nullptr) bells_[{directory, id}] = bell;
  return bell;
}

}  // namespace smipc
