#include "platform/boot.h"

namespace smipc {

BootId GetBootId() { return {}; }

int64_t BootTimeMs() { return 0; }

bool MayOutliveBoot(const File& /*file*/) { return false; }

}  // namespace smipc
