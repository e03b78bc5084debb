// Locks on single bytes of a file or a directory, each held by an open file description and dropped
// with its last descriptor: so the descriptors of two environments in one process do not share
// their locks. POSIX itself has only locks of processes, which a close() anywhere in the process
// drops; so each system implements these in its own way.
#ifndef SMIPC_PLATFORM_POSIX_BYTE_LOCK_H_
#define SMIPC_PLATFORM_POSIX_BYTE_LOCK_H_

#include <cstdint>

#include "platform/file.h"

namespace smipc {

enum class ByteLock {
  Shared,     // of a directory too, although it cannot be opened for writing
  Exclusive,  // needs a file that is open for writing
};

// Takes the lock on the byte at that offset, from 0 to 2^63 - 1, even beyond the file's end. Does
// not wait. False: errno says why; EAGAIN or EACCES: another description has it.
bool LockByte(const File& file, uint64_t offset, ByteLock kind);
void UnlockByte(const File& file, uint64_t offset);

// Has another open file description than that of `file` a lock on that byte? A failed system call
// counts as one.
bool IsByteLocked(const File& file, uint64_t offset);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_BYTE_LOCK_H_
