// The size of a page of memory.
#ifndef SMIPC_PLATFORM_POSIX_PAGES_H_
#define SMIPC_PLATFORM_POSIX_PAGES_H_

#include <unistd.h>

#include <cstddef>

namespace smipc {

inline size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_PAGES_H_
