// Platform seam: the kernel's monotonic clock, for waits and for giving up.
//
// The C library's clock can be replaced under a program: libfaketime moves it, slows it down, or
// stops it. A wait whose end is told by that clock may never end. Reading this one is a system
// call, so code that reads a clock every few microseconds reads a std::chrono clock instead, and
// limits how often (busy_poll.h).
#ifndef SMIPC_PLATFORM_MONOTONIC_H_
#define SMIPC_PLATFORM_MONOTONIC_H_

#include <cstdint>

namespace smipc {

// Nanoseconds since some moment before this process began. Any thread.
int64_t MonotonicNs();

inline int64_t MonotonicMs() { return MonotonicNs() / 1000000; }

// Sleeps for that time, which must be less than a second, or less if a signal comes.
void PauseNs(int64_t duration_ns);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_MONOTONIC_H_
