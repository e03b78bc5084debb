// Platform seam: how the C library's heap treats memory that was freed.
#ifndef SMIPC_PLATFORM_HEAP_H_
#define SMIPC_PLATFORM_HEAP_H_

namespace smipc {

// Has the C library keep memory that is freed for what is allocated next, where it would give it
// back to the kernel. A reader's chunks are allocated one by one and freed by the garbage collector
// 32 MB at a time: giving those back and taking them again, page by page, takes a fifth to a
// quarter of a reader's time. Limits that the user has set stay. Any thread.
void KeepFreedMemory();

}  // namespace smipc

#endif  // SMIPC_PLATFORM_HEAP_H_
