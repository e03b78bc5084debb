// Roles in a segment of their own, and threads that own them.
#ifndef SMIPC_TEST_ROLES_H_
#define SMIPC_TEST_ROLES_H_

#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <thread>

#include "channel/survey.h"
#include "core/role_claim.h"
#include "listener.h"
#include "platform/bell.h"
#include "platform/directory.h"
#include "platform/marked_words.h"
#include "platform/posix/descriptor.h"
#include "platform/role_lock.h"
#include "platform/segment.h"
#include "platform/thread.h"
#include "platform/word_wait.h"
#include "temporary.h"
#include "waiting/death_watch.h"

namespace smipc {

// A file, opened once more: an open file description of its own, as another process has it.
inline File OpenAgain(const File& file) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", Descriptor(file));
  return File(open(path, O_RDWR | O_CLOEXEC));
}

// A mapped segment without a name, and room for what marks words, a page below it.
struct RoleFixture {
  explicit RoleFixture(RoleScheme role_scheme = RoleSchemes().front()) : scheme(role_scheme) {
    const bool done = directory.Open(place.path().c_str(), 0600).ok() &&
                      segment.Create(directory, {kMinCapacity, Framing::Bytes, scheme, 0600}).ok();
    if (!done) std::abort();
  }

  RoleRecord& writer() const { return segment.header().writer; }
  RoleRecord& reader() const { return segment.header().reader; }

  // Takes the writer's role.
  Result Take(RoleClaim& claim, OwnerWords& words) const {
    return Take(claim, words, segment.file());
  }
  Result Take(RoleClaim& claim, OwnerWords& words, const File& file) const {
    constexpr uint32_t kNoToken = 0;
    locks.emplace_back(file, RoleOffset(true));
    return claim.Take({writer(), scheme, segment.is_resumable(), words, locks.back()},
                      {0,
                       0,
                       kNoBell,
                       kNoToken,
                       CurrentProcessId(),
                       kNoLifeline,
                       kNoSlot,
                       {directory.place().volume, directory.place().number}});
  }

  // For one who watches the owner of a role.
  PeerSite SiteOf(bool is_writer) const {
    return {is_writer ? writer() : reader(),
            is_writer,
            scheme,
            segment.file(),
            place.path().c_str(),
            directory.place()};
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
  mutable std::deque<FileRoleLock> locks;  // of all claims that were tried
};

// The owner's id in a word, and the mark of its death, but not that of waiters.
inline uint32_t OwnerIn(const std::atomic<uint32_t>& word) { return word & ~kHasWaiters; }

// Leaves as owners do, when there is no one to wake.
inline void ReleaseFrom(OwnerWords& words, std::atomic<uint32_t>& word) {
  words.Release(word);
  words.Settle();
}

// A thread that owns words, and does nothing until End().
class OwnerThread {
 public:
  OwnerThread() : thread_([this] { Main(); }) {
    while (state_ == 0) WaitForOne({&state_, 0}, kForever);
  }
  ~OwnerThread() { End(); }
  OwnerThread(const OwnerThread&) = delete;
  OwnerThread& operator=(const OwnerThread&) = delete;

  // Only where the kernel marks words.
  MarkedWords& words() {
    if (words_ == nullptr) std::abort();
    return *words_;
  }
  OwnerWords& WordsOf(RoleScheme scheme) {
    if (scheme == RoleScheme::RobustList) return words();
    return *unmarked_words_;
  }
  void End() {
    if (!thread_.joinable()) return;
    SetState(2);
    thread_.join();
  }

 private:
  static constexpr int64_t kForever = -1;

  void Main() {
    words_ = MarkedWords::Make();
    unmarked_words_ = std::make_unique<UnmarkedWords>(CurrentThreadId());
    SetState(1);
    while (state_ == 1) WaitForOne({&state_, 1}, kForever);
  }
  void SetState(uint32_t state) {
    state_ = state;
    WakeAll(state_);
  }

  std::unique_ptr<MarkedWords> words_;
  std::unique_ptr<UnmarkedWords> unmarked_words_;
  std::atomic<uint32_t> state_{0};  // 1: owns words, 2: is to end
  std::thread thread_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_ROLES_H_
