#include "platform/monotonic.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace smipc {

namespace {

constexpr int64_t kNsPerSecond = 1000000000;

struct KernelTimespec {  // struct __kernel_old_timespec of include/uapi/linux/time_types.h
  long seconds;
  long nanoseconds;
};

}  // namespace

int64_t MonotonicNs() {
#ifdef SYS_clock_gettime
  KernelTimespec now;
  if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0) {
    return now.seconds * kNsPerSecond + now.nanoseconds;
  }
#endif
  // A seccomp filter may refuse the call, which the C library makes only where there is no vDSO.
  timespec from_library;
  clock_gettime(CLOCK_MONOTONIC, &from_library);
  return from_library.tv_sec * kNsPerSecond + from_library.tv_nsec;
}

void PauseNs(int64_t duration_ns) {
#ifdef SYS_clock_nanosleep
  // The call that nanosleep() makes; libfaketime prolongs that where it slows the clock down.
  const KernelTimespec pause{0, static_cast<long>(duration_ns)};
  syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, nullptr);
#else
  const timespec pause{0, static_cast<long>(duration_ns)};
  nanosleep(&pause, nullptr);
#endif
}

}  // namespace smipc
