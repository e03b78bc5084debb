// The part of the system that the native core has in the fuzzers, in place of linux/word_wait.cc,
// of linux/heap.cc, of linux/memory_limit.cc and of what seams.txt lists: the same input always
// does the same, and fast.
//
// - Threads are fibers. They run when the caller waits at a futex, or says so, and until they wait
//   themselves. None ever sleeps.
// - The clock goes on a little whenever it is read.
// - The kernel's boot id is always the same, and no other process holds a directory's lock.
// - What is mapped stands between two pages that cannot be touched, and may not be larger than the
//   fuzzer expects.
#ifndef SMIPC_FUZZ_SYSTEM_H_
#define SMIPC_FUZZ_SYSTEM_H_

#include <cstddef>
#include <cstdint>

namespace smipc {

// Lets each thread run until it waits.
void RunThreads();
// Such a thread is running.
bool IsInThread();

void LetTimePass(int64_t ms);

// From now on a larger mapping is a failure.
void AllowMappings(uint64_t most_bytes);
// What is mapped now.
uint64_t MappedBytes();

}  // namespace smipc

#endif  // SMIPC_FUZZ_SYSTEM_H_
