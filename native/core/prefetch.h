// Hints to the processor about lines that are about to be read or written.
//
// On x86-64 the one for writing is PREFETCHW (Intel 64 and IA-32 Architectures Software Developer's
// Manual). A compiler that may not assume it makes PREFETCHT0 of `__builtin_prefetch(address, 1)`,
// which only shares the line with the peer and is slower than no hint: the line is then moved
// twice. On other processors there are no hints, because their effect has not been measured.
#ifndef SMIPC_CORE_PREFETCH_H_
#define SMIPC_CORE_PREFETCH_H_

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace smipc {

constexpr size_t kCacheLine = 64;

#if defined(__x86_64__)

// Whether the hints help on this processor. Not to be called often: a hypervisor has to answer
// CPUID.
inline bool CanPrefetch() {
  unsigned int a = 0;
  unsigned int b = 0;
  unsigned int c = 0;
  unsigned int d = 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_PRFCHW) != 0;
}

inline void PrefetchLineToWrite(const uint8_t* address) {
  __asm__ volatile("prefetchw %0" : : "m"(*address));
}

#else

inline bool CanPrefetch() { return false; }

inline void PrefetchLineToWrite(const uint8_t*) {}

#endif

// Hints that `size` bytes in the caller's memory are about to be written.
inline void PrefetchToWrite(const uint8_t* from, size_t size) {
  for (size_t i = 0; i < size; i += kCacheLine) PrefetchLineToWrite(from + i);
  if (size > 0) PrefetchLineToWrite(from + size - 1);  // they may begin and end within a line
}

// Hints that `size` bytes in the caller's memory are about to be read.
inline void PrefetchToRead(const uint8_t* from, size_t size) {
  for (size_t i = 0; i < size; i += kCacheLine) __builtin_prefetch(from + i);
}

}  // namespace smipc

#endif  // SMIPC_CORE_PREFETCH_H_
