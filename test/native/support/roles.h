// Roles in a segment of their own, and threads that own them.
#ifndef SMIPC_TEST_ROLES_H_
#define SMIPC_TEST_ROLES_H_

#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "channel/survey.h"
#include "core/role_claim.h"
#include "platform/bell_pipe.h"
#include "platform/directory.h"
#include "platform/posix/descriptor.h"
#include "platform/segment.h"
#include "platform/word_wait.h"
#include "temporary.h"

namespace smipc {

// A file, opened once more: an open file description of its own, as another process has it.
inline File OpenAgain(const File& file) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", Descriptor(file));
  return File(open(path, O_RDWR | O_CLOEXEC));
}

// A mapped segment without a name, and room for the nodes of a robust list below it.
struct RoleFixture {
  explicit RoleFixture(RoleScheme role_scheme = RoleScheme::RobustList) : scheme(role_scheme) {
    const bool done = directory.Open(place.path().c_str(), 0600).ok() &&
                      segment.Create(directory, {kMinCapacity, Framing::Bytes, scheme, 0600}).ok();
    if (!done) std::abort();
  }

  RoleRecord& writer() const { return segment.header().writer; }
  RoleRecord& reader() const { return segment.header().reader; }

  // Takes the writer's role.
  Result Take(RoleClaim& claim, RobustList& list) const {
    return Take(claim, list, segment.file());
  }
  Result Take(RoleClaim& claim, RobustList& list, const File& file) const {
    constexpr uint32_t kNoToken = 0;
    return claim.Take({writer(), scheme, segment.is_resumable(), file, RoleOffset(true)}, list,
                      {0, kNoBell, kNoToken, kNoLifeline, kNoSlot, directory.place()});
  }

  // Through another open file description than the owner's.
  Vantage From(const File& file) const { return {&directory, &file}; }

  void Leave(RoleClaim& claim, RoleState state = RoleState::Aborted) const {
    claim.Leave(state);
    claim.Settle();
  }

  const RoleScheme scheme;
  TemporaryDirectory place;
  Directory directory;
  Segment segment;
};

// The owner's id in a word, and the mark of its death, but not that of waiters.
inline uint32_t OwnerIn(const std::atomic<uint32_t>& word) { return word & ~kHasWaiters; }

// Leaves as owners do, when there is no one to wake.
inline void ReleaseFrom(RobustList& list, std::atomic<uint32_t>& word) {
  list.Release(word);
  list.Settle();
}

// A thread that has registered a robust list and does nothing until End().
class OwnerThread {
 public:
  OwnerThread() : thread_([this] { Main(); }) {
    while (state_ == 0) WaitForOne({&state_, 0}, kForever);
  }
  ~OwnerThread() { End(); }
  OwnerThread(const OwnerThread&) = delete;
  OwnerThread& operator=(const OwnerThread&) = delete;

  RobustList& list() { return list_; }
  void End() {
    if (!thread_.joinable()) return;
    SetState(2);
    thread_.join();
  }

 private:
  static constexpr int64_t kForever = -1;

  void Main() {
    if (!list_.Register()) std::abort();
    SetState(1);
    while (state_ == 1) WaitForOne({&state_, 1}, kForever);
  }
  void SetState(uint32_t state) {
    state_ = state;
    WakeAll(state_);
  }

  RobustList list_;
  std::atomic<uint32_t> state_{0};  // 1: registered, 2: is to end
  std::thread thread_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_ROLES_H_
