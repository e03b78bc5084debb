#include "platform/word_wait.h"

namespace smipc {

WaitOutcome WaitForAny(WaitMode /*mode*/, const WaitWord* /*words*/, size_t /*count*/,
                       int64_t /*timeout_ms*/, size_t* /*woken*/) {
  return WaitOutcome::Unsupported;
}

WaitOutcome WaitForOne(const WaitWord& /*word*/, int64_t /*timeout_ms*/) {
  return WaitOutcome::Unsupported;
}

bool Holds(const WaitWord& /*word*/) { return false; }

bool CanWaitForAny() { return false; }

void WakeAll(std::atomic<uint32_t>& /*word*/) {}

}  // namespace smipc
