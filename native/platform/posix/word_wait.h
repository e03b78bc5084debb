// WaitMode::Apart, for systems that can wait for one word alone, and for Linux where its kernel or
// a filter allows no more.
#ifndef SMIPC_PLATFORM_POSIX_WORD_WAIT_H_
#define SMIPC_PLATFORM_POSIX_WORD_WAIT_H_

#include <cstddef>
#include <cstdint>

#include "platform/word_wait.h"

namespace smipc {

// As WaitForAny, but only a wake-up at the first word ends the wait.
WaitOutcome WaitForFirst(const WaitWord* words, int64_t timeout_ms, size_t* woken);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_WORD_WAIT_H_
