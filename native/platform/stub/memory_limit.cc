#include "platform/memory_limit.h"

namespace smipc {

bool FindMemoryShortage(const File& /*file*/, uint64_t /*bytes*/, MemoryShortage* /*shortage*/) {
  return false;
}

}  // namespace smipc
