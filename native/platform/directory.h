// Platform seam: the directory that holds the segments of one user, and the lock under which
// channels get their names, are taken, and are removed.
//
// All calls are made by the JavaScript thread of one environment; nothing is shared between
// threads.
#ifndef SMIPC_PLATFORM_DIRECTORY_H_
#define SMIPC_PLATFORM_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/file.h"
#include "status.h"

namespace smipc {

class Directory {
 public:
  Directory() = default;
  ~Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Opens `path` (absolute). It must be a directory, not a link to one, owned by this user or by
  // root, and writable by group or others only as far as `permissions` (a file mode) lets them into
  // the channels too: a user who can write in it can put another file under a channel's name.
  //   Ok; NotFound; OpenToOthers; UnusableDirectory: its parent is not there either; System (no
  //   directory, a link, not allowed, no more handles…).
  Result Open(const char* path, uint32_t permissions);

  // Opens `path` as Open does, but makes the directory, with mode 0700, if it is not there.
  //   As Open, but for NotFound.
  Result OpenOrMake(const char* path, uint32_t permissions);

  // Takes the lock, waiting at most `patience_ms`: it is held for microseconds, unless its holder
  // was stopped (SIGSTOP) while it had it. The kernel drops it with its holder.
  //   Ok; Locked; UnusableDirectory; System.
  static constexpr int64_t kPatienceMs = 2000;
  Result Lock(int64_t patience_ms = kPatienceMs);
  void Unlock();

  // Takes a channel's name away. The lock must be held.
  //   Ok; NotFound; System.
  Result RemoveName(const char* name);

  const File& file() const { return file_; }
  // Two paths to the same files may still be two places, whose locks do not affect each other
  // (overlayfs and what is below it).
  const FileId& place() const { return place_; }

 private:
  File file_;
  FileId place_;
};

// Where a user's channels are, unless a program chooses a directory: an absolute path. Any thread.
std::string DefaultDirectory();

// The names in a directory, hidden ones included, in any order.
//   Ok; System.
Result ListNames(const Directory& directory, std::vector<std::string>* names);

// Up to `most` names of files and bells in a directory, drawn at random and in random order. Hidden
// ones are included. Mostly only those that are read first are drawn from, which takes some 100 µs
// at most; now and then all.
std::vector<std::string> SampleNames(const Directory& directory, size_t most);

// Holds the lock for a scope.
class DirectoryLock {
 public:
  explicit DirectoryLock(Directory& directory, int64_t patience_ms = Directory::kPatienceMs)
      : directory_(directory), result_(directory.Lock(patience_ms)) {}
  ~DirectoryLock() {
    if (result_.ok()) directory_.Unlock();
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  const Result& result() const { return result_; }

 private:
  Directory& directory_;
  Result result_;
};

}  // namespace smipc

#endif  // SMIPC_PLATFORM_DIRECTORY_H_
