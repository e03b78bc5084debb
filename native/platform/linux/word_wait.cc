#include "platform/word_wait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

#include "platform/monotonic.h"
#include "platform/posix/word_wait.h"

namespace smipc {

namespace {

// Debian 12's headers have the call, older ones do not; the number is the same on every
// architecture (include/uapi/asm-generic/unistd.h).
#ifdef SYS_futex_waitv
constexpr long kFutexWaitv = SYS_futex_waitv;
#else
constexpr long kFutexWaitv = 449;
#endif

struct FutexWaitv {  // struct futex_waitv of include/uapi/linux/futex.h
  uint64_t value;
  uint64_t address;
  uint32_t flags;
  uint32_t reserved;
};
constexpr uint32_t kFutexSize32 = 2;  // FUTEX_32; shared, since FUTEX_PRIVATE_FLAG is not set

struct KernelTimespec {  // struct __kernel_timespec: 64 bits on every architecture
  int64_t seconds;
  int64_t nanoseconds;
};

// By the kernel's own clock, since the kernel compares it with that.
KernelTimespec Deadline(int64_t timeout_ms) {
  constexpr int64_t kNsPerSecond = 1000000000;
  const int64_t end_ns = MonotonicNs() + timeout_ms * 1000000;
  return {end_ns / kNsPerSecond, end_ns % kNsPerSecond};
}

}  // namespace

WaitOutcome WaitForAny(WaitMode mode, const WaitWord* words, size_t count, int64_t timeout_ms,
                       size_t* woken) {
  if (mode == WaitMode::Apart) return WaitForFirst(words, timeout_ms, woken);
  FutexWaitv waiters[kMostWords];
  for (size_t i = 0; i < count; i++) {
    waiters[i] = {words[i].expected, reinterpret_cast<uintptr_t>(words[i].word), kFutexSize32, 0};
  }
  KernelTimespec deadline;
  if (timeout_ms >= 0) deadline = Deadline(timeout_ms);
  const long index = syscall(kFutexWaitv, waiters, static_cast<unsigned>(count), 0u,
                             timeout_ms >= 0 ? &deadline : nullptr, CLOCK_MONOTONIC);
  if (woken != nullptr) *woken = index >= 0 ? static_cast<size_t>(index) : kUnknownWord;
  if (index >= 0 || errno == EAGAIN || errno == EINTR) return WaitOutcome::CheckAgain;
  if (errno == ETIMEDOUT) return WaitOutcome::TimedOut;
  return errno == EFAULT ? WaitOutcome::Unreachable : WaitOutcome::Unsupported;
}

WaitOutcome WaitForOne(const WaitWord& word, int64_t timeout_ms) {
  timespec timeout;
  timeout.tv_sec = timeout_ms / 1000;
  timeout.tv_nsec = (timeout_ms % 1000) * 1000000;
  // FUTEX_WAIT takes a duration, not a deadline.
  const long result = syscall(SYS_futex, word.word, FUTEX_WAIT, word.expected,
                              timeout_ms >= 0 ? &timeout : nullptr, nullptr, 0);
  return result < 0 && errno == ETIMEDOUT ? WaitOutcome::TimedOut : WaitOutcome::CheckAgain;
}

bool Holds(const WaitWord& word) {
  const timespec at_once{0, 0};
  long result;
  do {
    result = syscall(SYS_futex, word.word, FUTEX_WAIT, word.expected, &at_once, nullptr, 0);
  } while (result < 0 && errno == EINTR);
  return result == 0 || errno == ETIMEDOUT;  // EAGAIN: another value; EFAULT: no memory
}

bool CanWaitForAny() {
  std::atomic<uint32_t> word{1};
  const WaitWord changed{&word, 0};  // differs: the call returns at once where it exists
  return WaitForAny(WaitMode::Together, &changed, 1, 0) == WaitOutcome::CheckAgain;
}

void WakeAll(std::atomic<uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace smipc
