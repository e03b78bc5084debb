// Reserving the memory of a file, so that a full file system is an error at once and never a SIGBUS
// at a later store.
#ifndef SMIPC_PLATFORM_POSIX_RESERVE_H_
#define SMIPC_PLATFORM_POSIX_RESERVE_H_

#include <cstdint>

#include "platform/file.h"
#include "platform/memory_limit.h"
#include "status.h"

namespace smipc {

// Reserves the first `bytes` of an empty file. `shortage`, if not null, gets the limit of memory
// that was the reason for ENOMEM.
//   Ok; System (ENOSPC, ENOMEM, EFBIG…).
Result Reserve(const File& file, uint64_t bytes, MemoryShortage* shortage);

// Reserves more of a file, which may have bytes there already, and leaves those alone. Does nothing
// in a file system that cannot reserve (CanReserveMore).
//   Ok; System.
Result ReserveMore(const File& file, uint64_t from, uint64_t bytes, MemoryShortage* shortage);

// The same of what another process has most likely reserved: the limits are not looked at, because
// that would count it twice. Where it has not, there is an error all the same if the file system is
// full.
Result ReserveAgain(const File& file, uint64_t from, uint64_t bytes);

// Can memory of the file be reserved without being written?
bool CanReserveMore(const File& file);

// Does st_blocks tell whether a file is reserved in full? Each system knows its file systems.
bool CountsBlocks(const File& file);

// The steps of Reserve. Is there that much space? An attempt would take all there is before it
// fails, also from others.
//   Ok; System (ENOSPC…).
Result CheckSpace(const File& file, uint64_t bytes);
// For file systems that cannot reserve: 0, or an errno.
int WriteZeros(const File& file, uint64_t from, uint64_t size);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_RESERVE_H_
