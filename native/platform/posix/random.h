// Random numbers, of which POSIX has none that cannot be guessed.
#ifndef SMIPC_PLATFORM_POSIX_RANDOM_H_
#define SMIPC_PLATFORM_POSIX_RANDOM_H_

#include <cstdint>

namespace smipc {

// False: errno says why.
bool MakeRandom(uint64_t* number);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_RANDOM_H_
