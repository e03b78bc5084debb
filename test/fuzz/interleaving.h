// Something that happens between any two atomic accesses of the native core: what another process
// could do there. The core is compiled with ThreadSanitizer's instrumentation, which calls a
// function for each atomic access, and interleaving.cc stands in for ThreadSanitizer.
#ifndef SMIPC_FUZZ_INTERLEAVING_H_
#define SMIPC_FUZZ_INTERLEAVING_H_

#include <cstdint>

namespace smipc {

// `intrude` is called before each atomic access from now on; null: nothing is.
void SetIntruder(void (*intrude)());

// `observe` is told what each load of 64 bits has seen; null: no one is told.
void SetObserver(void (*observe)(const volatile void* word, uint64_t value));

}  // namespace smipc

#endif  // SMIPC_FUZZ_INTERLEAVING_H_
