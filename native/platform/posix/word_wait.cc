#include "platform/posix/word_wait.h"

namespace smipc {

WaitOutcome WaitForFirst(const WaitWord* words, int64_t timeout_ms, size_t* woken) {
  if (woken != nullptr) *woken = 0;
  return WaitForOne(words[0], timeout_ms);
}

}  // namespace smipc
