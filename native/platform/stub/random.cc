#include "platform/random.h"

namespace smipc {

bool MakeRandom(uint64_t* /*number*/) { return false; }

}  // namespace smipc
