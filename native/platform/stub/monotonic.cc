#include "platform/monotonic.h"

namespace smipc {

int64_t MonotonicNs() { return 0; }

void PauseNs(int64_t /*duration_ns*/) {}

}  // namespace smipc
