#include "platform/heap.h"

namespace smipc {

void KeepFreedMemory() {}

}  // namespace smipc
