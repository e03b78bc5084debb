// Platform seam: whether memory can still be charged to this process, asked before it is taken.
//
// A file system in memory may have room by its own count, although the process may not use that
// much: then the kernel kills a process instead of returning an error. So the limits are checked
// first.
#ifndef SMIPC_PLATFORM_MEMORY_LIMIT_H_
#define SMIPC_PLATFORM_MEMORY_LIMIT_H_

#include <cstdint>
#include <string>

#include "platform/file.h"

namespace smipc {

// A limit that leaves too little, in bytes.
struct MemoryShortage {
  std::string file;  // of the kernel, where the limit can be read
  uint64_t limit = 0;
  uint64_t used = 0;  // without what the kernel gives up when asked to, such as cached files
};

// Would `bytes` in a file on the file system of `file` exceed a limit of this process, or the
// memory of the machine? Always false in a file system that writes its files to a disk. Memory that
// others take at the same time is not counted. Any thread; no file is left open.
bool FindMemoryShortage(const File& file, uint64_t bytes, MemoryShortage* shortage);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_MEMORY_LIMIT_H_
