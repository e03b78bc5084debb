// Platform seam: whether memory can still be charged to this process, asked before it is taken.
//
// A file system in memory has room by its own count (statfs(2)) even if the process may not use so
// much: the kernel then kills a process in place of an error. So the limits are looked at first.
#ifndef SMIPC_PLATFORM_MEMORY_LIMIT_H_
#define SMIPC_PLATFORM_MEMORY_LIMIT_H_

#include <cstdint>
#include <string>

namespace smipc {

// A limit that leaves too little. All in bytes.
struct MemoryShortage {
  std::string file;  // where the limit stands
  uint64_t limit = 0;
  uint64_t used = 0;  // without what the kernel gives up when asked to, such as cached files
};

// Would `bytes` in a file on the file system of `fd` go over a limit of this process, or over what
// the machine has? Not in a file system that writes its files to a disk. What others take at the
// same time is not known. Any thread; no descriptor is left open.
bool FindMemoryShortage(int fd, uint64_t bytes, MemoryShortage* shortage);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_MEMORY_LIMIT_H_
