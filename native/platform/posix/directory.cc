#include "platform/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "platform/monotonic.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/directory_names.h"
#include "platform/posix/errno_result.h"
#include "platform/random.h"

namespace smipc {

namespace {

constexpr uint32_t kWriteByOthers = S_IWGRP | S_IWOTH;
constexpr int64_t kFirstPauseNs = 20 * 1000;
constexpr int64_t kLongestPauseNs = 1000 * 1000;

// Does the parent directory of `path` (absolute) exist?
bool HasParent(const char* path) {
  const std::string parent(path, std::strrchr(path, '/') + 1);
  struct stat info;
  return stat(parent.c_str(), &info) == 0 || errno != ENOENT;
}

// Of a failed call that opens the directory at `path`.
Result OpeningFailed(const char* path) {
  if (errno != ENOENT) return ErrnoResult();
  return HasParent(path) ? Result(Status::NotFound) : Result(Status::UnusableDirectory, ENOENT);
}

// Calls `visit` with each entry, until it returns false. Owns `directory` from now on, and does
// nothing if it is -1. False: it cannot be read; errno says why.
template <typename Visit>
bool ForEachEntry(int directory, Visit visit) {
  DIR* entries = directory < 0 ? nullptr : fdopendir(directory);
  if (entries == nullptr) {
    const int error = errno;
    if (directory >= 0) close(directory);
    errno = error;
    return false;
  }
  // readdir(3): safe as long as no two threads use the same stream.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const dirent* entry = readdir(entries);
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  while (entry != nullptr && visit(*entry)) entry = readdir(entries);
  closedir(entries);
  return true;
}

// The directory once more, to be read from its beginning.
int OpenAgain(const File& directory) {
  return openat(Descriptor(directory), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

Result Directory::Open(const char* path, uint32_t permissions) {
  file_ = File(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!file_.is_open()) return OpeningFailed(path);
  struct stat info;
  if (fstat(Descriptor(file_), &info) != 0) return ErrnoResult();
  place_ = IdOf(info);
  if (info.st_uid != geteuid() && info.st_uid != 0) return Result(Status::OpenToOthers);
  // A sticky directory would stop others from replacing files, but not from squatting on names.
  if ((info.st_mode & kWriteByOthers & ~permissions) != 0) return Result(Status::OpenToOthers);
  return {};
}

Result Directory::OpenOrMake(const char* path, uint32_t permissions) {
  Result opened = Open(path, permissions);
  if (opened.status != Status::NotFound) return opened;
  // EEXIST: another process was faster; what it made is checked like any other.
  if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) return ErrnoResult();
  opened = Open(path, permissions);
  // Removed again at once.
  return opened.status == Status::NotFound ? Result(Status::UnusableDirectory, ENOENT) : opened;
}

Result Directory::Lock(int64_t patience_ms) {
  // flock() has no time limit, and a JavaScript thread must not hang on a stopped process. By the
  // clock, not by counting pauses, which signals cut short.
  const int64_t start_ns = MonotonicNs();
  int64_t pause_ns = kFirstPauseNs;
  while (flock(Descriptor(file_), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return RefusalResult();
    if (MonotonicNs() - start_ns >= patience_ms * 1000000) return Result(Status::Locked);
    PauseNs(pause_ns);
    if (pause_ns < kLongestPauseNs) pause_ns *= 2;
  }
  return {};
}

void Directory::Unlock() { flock(Descriptor(file_), LOCK_UN); }

Result Directory::RemoveName(const char* name) {
  if (unlinkat(Descriptor(file_), name, 0) == 0) return {};
  return errno == ENOENT ? Result(Status::NotFound) : ErrnoResult();
}

Result ListNames(const Directory& directory, std::vector<std::string>* names) {
  const bool is_read = ForEachEntry(OpenAgain(directory.file()), [&](const dirent& entry) {
    const char* name = entry.d_name;
    if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) names->emplace_back(name);
    return true;
  });
  return is_read ? Result{} : ErrnoResult();
}

std::vector<std::string> NamesBeginningWith(const File& directory, const char* prefix,
                                            size_t most_read) {
  std::vector<std::string> names;
  size_t read = 0;
  ForEachEntry(OpenAgain(directory), [&](const dirent& entry) {
    const char* name = entry.d_name;
    if (std::strncmp(name, prefix, std::strlen(prefix)) == 0) names.emplace_back(name);
    return ++read < most_read;
  });
  return names;
}

std::vector<std::string> SampleNames(const Directory& directory, size_t most) {
  // They can be read in 20 ms.
  constexpr uint64_t kNowAndThen = 1 << 16;
  constexpr uint64_t kTimesMostly = 16;
  std::vector<std::string> sample;
  uint64_t random = 0;
  if (most == 0 || !MakeRandom(&random)) return sample;
  const uint64_t most_names = random % kTimesMostly == 0 ? kNowAndThen : kNamesFoundSoon;
  uint64_t count = 0;
  ForEachEntry(OpenAgain(directory.file()), [&](const dirent& entry) {
    // Not every file system tells the type.
    const bool may_be_ours =
        entry.d_type == DT_REG || entry.d_type == DT_FIFO || entry.d_type == DT_UNKNOWN;
    if (!may_be_ours) return true;
    count++;
    // Each of `count` names is in the sample with the same chance, and at each place in it.
    // (Numbers by Knuth's MMIX; nobody gains anything by guessing them.)
    random = random * 6364136223846793005 + 1442695040888963407;
    const uint64_t place = (random >> 33) % count;
    if (sample.size() < most) sample.emplace_back(place < sample.size() ? sample[place] : "");
    if (place < sample.size()) sample[place] = entry.d_name;
    return count < most_names;
  });
  return sample;
}

}  // namespace smipc
