#include "core/ring.h"

#include <algorithm>
#include <cstring>

#include "core/prefetch.h"

namespace smipc {

namespace {

const bool kCanPrefetch = CanPrefetch();

// A line that is written anew has last been read by the peer, and must be taken from its cache,
// which takes longer than a small write. The publishing store would wait for it; a prefetch does
// not. Larger writes gain nothing: in the middle of a copy the processor has many such lines on
// their way at once. In bytes, as the constants below.
constexpr uint64_t kMostWrittenAhead = 2048;

// A large copy out is bound by two misses a line: the source is in the writer's cache, and the
// target is often in none. The processor's own prefetching stops at the end of each page, and does
// not ask for a line to write. Both are asked for; one alone gains nothing. Measured: blocks of 512
// to 2048 bytes, and 2 to 4 KiB ahead, are alike (docs/benchmarks.md).
constexpr uint64_t kLeastReadAhead = 4096;
constexpr uint64_t kBlock = 1024;
constexpr uint64_t kAhead = 2 * kBlock;

void CopyOut(uint8_t* target, const uint8_t* source, uint64_t size) {
  if (!kCanPrefetch || size < kLeastReadAhead) {
    std::memcpy(target, source, size);
    return;
  }
  for (uint64_t i = 0; i < size; i += kBlock) {
    if (i + kAhead < size) {
      // Not beyond `size`: those lines may be the writer's.
      const uint64_t count = std::min(kBlock, size - i - kAhead);
      PrefetchToRead(source + i + kAhead, count);
      PrefetchToWrite(target + i + kAhead, count);
    }
    std::memcpy(target + i, source + i, std::min(kBlock, size - i));
  }
}

uint64_t MappedBytes(const RingMemory& memory) {
  return memory.is_mirrored ? 2 * memory.capacity : memory.capacity;
}

}  // namespace

// Stores to a position are sequentially consistent, not just release, because the doorbell's
// handshake needs them in the one total order (doorbell.h). They also release the bytes copied
// before them. Loads of the peer's position are sequentially consistent for the same reason.

Producer::Producer(std::atomic<uint64_t>& head, const std::atomic<uint64_t>& tail,
                   const RingMemory& memory, MessageCount* counts)
    : shared_head_(head),
      shared_tail_(tail),
      data_(memory.data),
      capacity_(memory.capacity),
      mapped_(MappedBytes(memory)),
      head_(head.load(std::memory_order_relaxed)),  // ours
      // acquire: space that is given back may be written over; partner: Consumer::Consume.
      tail_(tail.load(std::memory_order_acquire)),
      messages_(counts, head_) {}

Status Producer::Free(uint64_t wanted, uint64_t* free) {
  if (capacity_ - (head_ - tail_) < wanted) {
    const uint64_t tail =
        shared_tail_.load(std::memory_order_seq_cst);          // partner: Consumer::Consume
    if (tail < tail_ || tail > head_) return Status::Corrupt;  // it never goes back, nor past us
    tail_ = tail;
  }
  *free = capacity_ - (head_ - tail_);
  return Status::Ok;
}

void Producer::Write(const uint8_t* source, uint64_t size) {
  const uint64_t room = mapped_ - (head_ & (capacity_ - 1));
  if (size > room) {
    std::memcpy(space(), source, room);
    std::memcpy(data_, source + room, size - room);
  } else {
    std::memcpy(space(), source, size);
    if (kCanPrefetch && size <= kMostWrittenAhead) {
      // Before the store that waits: the next write is probably like this one. No further ahead,
      // where the reader's processor would fetch the lines back; and not what it has still to read.
      const uint64_t free = capacity_ - (head_ + size - tail_);
      PrefetchToWrite(space() + size, std::min({size, free, room - size}));
    }
  }
  Publish(size);
}

void Producer::Publish(uint64_t size) {
  if (messages_.is_on()) messages_.Pass(space(), size, head_ + size);
  head_ += size;
  shared_head_.store(head_, std::memory_order_seq_cst);  // partner: Consumer::Used
}

Consumer::Consumer(const std::atomic<uint64_t>& head, std::atomic<uint64_t>& tail,
                   const RingMemory& memory, MessageCount* counts)
    : shared_head_(head),
      shared_tail_(tail),
      data_(memory.data),
      capacity_(memory.capacity),
      mapped_(MappedBytes(memory)),
      head_(head.load(std::memory_order_acquire)),  // partner: Producer::Publish
      tail_(tail.load(std::memory_order_relaxed)),  // ours
      messages_(counts, tail_) {}

Status Consumer::Used(uint64_t wanted, uint64_t* used) {
  if (head_ - tail_ < wanted) {
    // partner: Producer::Publish
    const uint64_t head = shared_head_.load(std::memory_order_seq_cst);
    if (head < head_ || head - tail_ > capacity_) return Status::Corrupt;
    head_ = head;
  }
  *used = head_ - tail_;
  return Status::Ok;
}

void Consumer::Peek(uint8_t* target, uint64_t size) const {
  const uint64_t room = std::min(size, mapped_ - (tail_ & (capacity_ - 1)));
  CopyOut(target, bytes(), room);
  if (room < size) CopyOut(target + room, data_, size - room);
}

void Consumer::Consume(uint64_t size) {
  if (messages_.is_on()) messages_.Pass(bytes(), size, tail_ + size);
  tail_ += size;
  shared_tail_.store(tail_, std::memory_order_seq_cst);  // partner: Producer::Free
}

}  // namespace smipc
