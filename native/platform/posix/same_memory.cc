#include "platform/posix/same_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"
#include "platform/posix/pages.h"

namespace smipc {

namespace {

// Is what is stored at one address seen at the other? They may be two addresses of one byte:
// seq_cst, so that neither the compiler nor the processor loads before the store is done.
bool IsSeen(uint8_t* stored, uint8_t* loaded, uint8_t value) {
  reinterpret_cast<std::atomic<uint8_t>*>(stored)->store(value, std::memory_order_seq_cst);
  const auto* other = reinterpret_cast<const std::atomic<uint8_t>*>(loaded);
  return other->load(std::memory_order_seq_cst) == value;
}

}  // namespace

Result CheckSameMemory(uint8_t* byte, const File& file, uint64_t offset) {
  const int fd = Descriptor(file);
  // Read first: the page is then in memory, and stays as it is if it is another one. And if the
  // file system fails, or the file is shorter here, that is an error and no SIGBUS.
  uint8_t ignored = 0;
  const ssize_t length = pread(fd, &ignored, 1, static_cast<off_t>(offset));
  if (length < 0) return ErrnoResult();
  if (length == 0) return Result(Status::UnusableDirectory);
  const uint64_t page_bytes = PageBytes();
  const uint64_t in_page = offset % page_bytes;
  void* page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                    static_cast<off_t>(offset - in_page));
  if (page == MAP_FAILED) return ErrnoResult();
  uint8_t* other = static_cast<uint8_t*>(page) + in_page;
  const bool is_same = IsSeen(byte, other, 0x5a) && IsSeen(other, byte, 0xa5);
  *byte = 0;
  munmap(page, page_bytes);
  return Result(is_same ? Status::Ok : Status::UnusableDirectory);
}

}  // namespace smipc
