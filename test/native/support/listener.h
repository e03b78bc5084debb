// What waits at a wake queue, as a JavaScript thread does; and the ways of waiting there are.
#ifndef SMIPC_TEST_LISTENER_H_
#define SMIPC_TEST_LISTENER_H_

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "platform/word_wait.h"
#include "waiting/wait_thread.h"
#include "waiting/wake_queue.h"

namespace smipc {

constexpr int64_t kPatienceMs = 10000;

// Counts notifications, and sleeps until there is one.
class WakeListener {
 public:
  static void Notify(void* self) {
    auto* listener = static_cast<WakeListener*>(self);
    listener->notifications_++;
    WakeAll(listener->notifications_);
  }

  uint32_t notifications() const { return notifications_; }

  // Calls `is_there` now and after each notification, until it holds. False: no notification within
  // the time has made it so, even if it does hold by now.
  template <typename IsThere>
  bool WaitUntil(IsThere is_there, int64_t patience_ms = kPatienceMs) {
    const uint32_t seen = notifications_;
    return is_there() || WaitSince(seen, is_there, patience_ms);
  }

  // As WaitUntil, but calls it only after notifications that came when there had been `seen` of
  // them.
  template <typename IsThere>
  bool WaitSince(uint32_t seen, IsThere is_there, int64_t patience_ms = kPatienceMs) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    for (;;) {
      while (notifications_ == seen) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        WaitForOne({&notifications_, seen}, left.count());
      }
      seen = notifications_;
      if (is_there()) return true;
    }
  }

 private:
  std::atomic<uint32_t> notifications_{0};
};

// What has come out of a queue, in order.
struct WakeLog {
  template <typename Source>
  void TakeFrom(Source& source) {
    std::vector<Wake> taken;
    source.Take(&taken);
    wakes.insert(wakes.end(), taken.begin(), taken.end());
  }
  ptrdiff_t Count(const Watch& watch, WakeKind kind) const {
    return std::count_if(wakes.begin(), wakes.end(), [&](const Wake& wake) {
      return wake.watch == &watch && wake.kind == kind;
    });
  }

  std::vector<Wake> wakes;
};

// The ways to wait that this kernel has.
inline std::vector<WaitMode> WaitModes() {
  if (CanWaitForAny()) return {WaitMode::Together, WaitMode::Apart};
  return {WaitMode::Apart};
}
// Whether it has robust lists (platform/marked_words.h); qemu-user and gVisor have none. By asking
// for this thread's, which the C library has made: trying one takes a thread, whose stack is kept.
inline bool MarksWords() {
  void* list = nullptr;
  size_t length = 0;
  return syscall(SYS_get_robust_list, 0, &list, &length) == 0;
}
inline std::vector<RoleScheme> RoleSchemes() {
  if (MarksWords()) return {RoleScheme::RobustList, RoleScheme::FileLock};
  return {RoleScheme::FileLock};
}
inline const char* NameOf(WaitMode mode) {
  return mode == WaitMode::Together ? "together" : "apart";
}
inline const char* NameOf(RoleScheme scheme) {
  return scheme == RoleScheme::RobustList ? "robust list" : "file lock";
}

}  // namespace smipc

#endif  // SMIPC_TEST_LISTENER_H_
