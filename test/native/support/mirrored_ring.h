// Memory for a ring and its two positions, without a segment.
#ifndef SMIPC_TEST_MIRRORED_RING_H_
#define SMIPC_TEST_MIRRORED_RING_H_

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "core/ring.h"

namespace smipc {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kEverything = UINT64_MAX;

// Both positions and a ring that traps accesses outside of it. It is mapped twice, unless a test
// wants it once.
struct MirroredRing {
  explicit MirroredRing(uint64_t ring_capacity, uint64_t start = 0, bool mapped_twice = true)
      : capacity(ring_capacity), is_mirrored(mapped_twice), head(start), tail(start) {
    const int fd = memfd_create("ring", MFD_CLOEXEC);
    bool done = fd >= 0 && ftruncate(fd, static_cast<off_t>(capacity)) == 0;
    void* range =
        mmap(nullptr, bytes(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    done = done && range != MAP_FAILED;
    base = static_cast<uint8_t*>(range);
    for (int copy = 0; copy < (is_mirrored ? 2 : 1); copy++) {
      done = done && mmap(base + kPage + copy * capacity, capacity, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    }
    if (!done) std::abort();
    close(fd);
  }
  ~MirroredRing() { munmap(base, bytes()); }
  MirroredRing(const MirroredRing&) = delete;
  MirroredRing& operator=(const MirroredRing&) = delete;

  uint64_t bytes() const { return 2 * kPage + 2 * capacity; }
  uint8_t* data() const { return base + kPage; }
  Producer MakeProducer() { return Producer(head, tail, {data(), capacity, is_mirrored}); }
  Consumer MakeConsumer() { return Consumer(head, tail, {data(), capacity, is_mirrored}); }

  const uint64_t capacity;
  const bool is_mirrored;
  alignas(128) std::atomic<uint64_t> head;
  alignas(128) std::atomic<uint64_t> tail;
  alignas(128) uint8_t* base;
};

}  // namespace smipc

#endif  // SMIPC_TEST_MIRRORED_RING_H_
