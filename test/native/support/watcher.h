// A process that opens a channel's name all the time: all that it finds there must be complete.
#ifndef SMIPC_TEST_WATCHER_H_
#define SMIPC_TEST_WATCHER_H_

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "channel/survey.h"
#include "check.h"
#include "child.h"
#include "platform/directory.h"
#include "platform/segment.h"

namespace smipc {

class Watcher {
 public:
  // Forks: the process must have no other threads.
  explicit Watcher(const std::string& directory)
      : shared_(Share()), child_([this, directory](Child&) { return Watch(directory); }) {}
  ~Watcher() {
    child_.Kill();
    munmap(shared_, sizeof *shared_);
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // What it has seen: segments, and among them those that must never be seen.
  uint64_t seen() const { return shared_->seen; }
  uint64_t wrong() const { return shared_->wrong; }

 private:
  struct Shared {
    std::atomic<uint64_t> seen;
    std::atomic<uint64_t> wrong;
  };
  static Shared* Share() {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    return static_cast<Shared*>(memory);
  }

  [[noreturn]] int Watch(const std::string& path) const {
    for (;;) {
      check::KeepAlive();
      Directory directory;
      // Long enough for some thousand openings, and not for ever: the directory may be another by
      // then.
      const bool is_there = directory.Open(path.c_str(), 0600).ok();
      for (int i = 0; is_there && i < 1000; i++) Inspect(directory);
    }
  }
  void Inspect(const Directory& directory) const {
    Segment segment;
    const Result attached = segment.Attach(directory, "a");
    if (attached.status == Status::NotFound) return;
    shared_->seen++;
    if (!attached.ok()) {
      shared_->wrong++;
      return;
    }
    // It has its name, so its maker has its role.
    const Header& header = segment.header();
    const bool has_owner = header.writer.owner != 0 || header.reader.owner != 0 ||
                           header.writer.state != 0 || header.reader.state != 0;
    Snapshot snapshot{};
    const Status status = TakeSnapshot(header, segment.identity(),
                                       VantageOf(directory, segment.file()), nullptr, &snapshot);
    if (!has_owner || status != Status::Ok) shared_->wrong++;
  }

  Shared* const shared_;
  Child child_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_WATCHER_H_
