// Platform seam: random numbers that cannot be guessed.
#ifndef SMIPC_PLATFORM_RANDOM_H_
#define SMIPC_PLATFORM_RANDOM_H_

#include <cstdint>

namespace smipc {

// False: the system has none.
bool MakeRandom(uint64_t* number);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_RANDOM_H_
