#include "platform/random.h"

#include <sys/random.h>

namespace smipc {

bool MakeRandom(uint64_t* number) {
  return getrandom(number, sizeof *number, 0) == static_cast<ssize_t>(sizeof *number);
}

}  // namespace smipc
