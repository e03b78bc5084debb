#include "platform/heap.h"

#include <cstddef>
#include <cstdlib>

namespace smipc {

void KeepFreedMemory() {
  // Just below the largest block that counts (DEFAULT_MMAP_THRESHOLD_MAX of glibc, on 64 bits).
  constexpr size_t kBlockBytes = size_t{31} << 20;
  // volatile: a compiler may leave out an allocation that is not used.
  void* volatile block = std::malloc(kBlockBytes);
  std::free(block);
}

}  // namespace smipc
