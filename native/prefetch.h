// Hints to the processor about memory that is about to be read or written. Any address will do: a
// prefetch never faults.
//
// To write is PREFETCHW on x86 (Intel 64 and IA-32 Architectures Software Developer's Manual). A
// compiler that may not assume it makes PREFETCHT0 of `__builtin_prefetch(address, 1)`, which only
// shares the line with the other side and is slower than nothing: the line is then moved twice.
#ifndef SMIPC_PREFETCH_H_
#define SMIPC_PREFETCH_H_

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace smipc {

#if defined(__x86_64__) || defined(__i386__)

// CPUID, which a hypervisor has to answer: not to be called often.
inline bool CanPrefetchToWrite() {
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

inline bool CanPrefetchToWrite() { return true; }

inline void PrefetchLineToWrite(const uint8_t* address) { __builtin_prefetch(address, 1); }

#endif

constexpr size_t kCacheLine = 64;

inline void PrefetchToWrite(const uint8_t* from, size_t size) {
  for (size_t i = 0; i < size; i += kCacheLine) PrefetchLineToWrite(from + i);
}

inline void PrefetchToRead(const uint8_t* from, size_t size) {
  for (size_t i = 0; i < size; i += kCacheLine) __builtin_prefetch(from + i);
}

}  // namespace smipc

#endif  // SMIPC_PREFETCH_H_
