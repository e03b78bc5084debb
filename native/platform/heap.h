// Platform seam: how the C library's heap treats memory that was freed.
#ifndef SMIPC_PLATFORM_HEAP_H_
#define SMIPC_PLATFORM_HEAP_H_

namespace smipc {

// A reader's chunks are allocated one by one and freed by the garbage collector 32 MB at a time. By
// default glibc gives such a heap back to the kernel each time, and takes it again page by page: a
// fifth to a quarter of a reader's time. glibc adapts its limits to the blocks that a process
// frees: once a large block has been freed, of which no page is ever touched, it keeps up to twice
// that size (mallopt(3), "dynamic mmap threshold"). Limits that the user has set stay. Any thread.
void KeepFreedMemory();

}  // namespace smipc

#endif  // SMIPC_PLATFORM_HEAP_H_
