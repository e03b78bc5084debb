#include "platform/heap.h"

#include <cstddef>
#include <cstdlib>

namespace smipc {

// glibc adapts its limits to the blocks that a process frees: once a large block has been freed, of
// which no page is ever touched, it keeps up to twice that size (mallopt(3), "dynamic mmap
// threshold").
void KeepFreedMemory() {
  // Just below the largest block that counts (DEFAULT_MMAP_THRESHOLD_MAX of glibc, on 64 bits).
  constexpr size_t kBlockBytes = size_t{31} << 20;
  // volatile: a compiler may leave out an allocation that is not used.
  void* volatile block = std::malloc(kBlockBytes);
  std::free(block);
}

}  // namespace smipc
