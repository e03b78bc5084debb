// One writer, one reader, one byte ring. No operating system, no Node, no allocation.
//
// A Producer may be used by one thread at a time, and so may a Consumer; the two may run in
// different threads or processes. The caller owns the memory of the ring, and keeps it mapped. It
// may be mapped twice in a row, so that any `capacity` bytes from any position are contiguous
// (RingMemory::is_mirrored); otherwise what lies across its end is copied in two pieces.
//
// Each side keeps its own position and the peer's position as it was loaded last in private memory:
// a peer can overwrite what is shared, but not what we compute with, and the peer's cache line is
// read only when the private copy says full or empty (the idea of rigtorp/SPSCQueue). A position is
// checked once, when it has been loaded.
#ifndef SMIPC_CORE_RING_H_
#define SMIPC_CORE_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/message_count.h"
#include "status.h"

namespace smipc {

// The bytes of a ring.
struct RingMemory {
  RingMemory(uint8_t* first, uint64_t size, bool is_mapped_twice = true)
      : data(first), capacity(size), is_mirrored(is_mapped_twice) {}

  uint8_t* data;
  uint64_t capacity;
  bool is_mirrored;  // mapped a second time, behind the first
};

class Producer {
 public:
  // Takes over at the positions in shared memory. `counts`: the writer's two, of a mirrored ring;
  // null: the bytes are no messages.
  Producer(std::atomic<uint64_t>& head, const std::atomic<uint64_t>& tail, const RingMemory& memory,
           MessageCount* counts = nullptr);

  // Space for writing. Ok: `*free` bytes (loading the reader's position only if fewer than `wanted`
  // were known to be free). Corrupt: the reader's position is impossible.
  Status Free(uint64_t wanted, uint64_t* free);

  // Where the next bytes go: in a mirrored ring, as many as Free returned.
  uint8_t* space() const { return data_ + (head_ & (capacity_ - 1)); }
  // Publishes `size` bytes that stand there. `size` must not exceed what Free returned.
  void Publish(uint64_t size);
  // Copies `size` bytes in and publishes them. `size` must not exceed what Free returned.
  void Write(const uint8_t* source, uint64_t size);

  uint64_t head() const { return head_; }                     // bytes written since creation
  uint64_t tail() const { return tail_; }                     // bytes read, as loaded last
  uint64_t messages() const { return messages_.messages(); }  // written since creation

 private:
  std::atomic<uint64_t>& shared_head_;
  const std::atomic<uint64_t>& shared_tail_;
  uint8_t* data_;
  uint64_t capacity_;
  uint64_t mapped_;  // so many bytes are contiguous from `data_` on
  uint64_t head_;
  uint64_t tail_;
  MessageCounter messages_;
};

class Consumer {
 public:
  // As a Producer, at the other end. `counts`: the reader's two.
  Consumer(const std::atomic<uint64_t>& head, std::atomic<uint64_t>& tail, const RingMemory& memory,
           MessageCount* counts = nullptr);

  // Bytes to read. Ok: `*used` bytes (loading the writer's position only if fewer than `wanted`
  // were known to be there). Corrupt: the writer's position is impossible.
  Status Used(uint64_t wanted, uint64_t* used);

  // Where the next bytes are: in a mirrored ring, as many as Used returned.
  const uint8_t* bytes() const { return data_ + (tail_ & (capacity_ - 1)); }
  // Copies `size` bytes out, and leaves them in. `size` must not exceed what Used returned.
  void Peek(uint8_t* target, uint64_t size) const;
  // Consumes `size` bytes: their space is the writer's again. `size` must not exceed what Used
  // returned.
  void Consume(uint64_t size);
  // Copies `size` bytes out and consumes them.
  void Read(uint8_t* target, uint64_t size) {
    Peek(target, size);
    Consume(size);
  }

  uint64_t tail() const { return tail_; }                     // bytes read since creation
  uint64_t head() const { return head_; }                     // bytes written, as loaded last
  uint64_t messages() const { return messages_.messages(); }  // read since creation

 private:
  const std::atomic<uint64_t>& shared_head_;
  std::atomic<uint64_t>& shared_tail_;
  const uint8_t* data_;
  uint64_t capacity_;
  uint64_t mapped_;  // as the Producer's
  uint64_t head_;
  uint64_t tail_;
  MessageCounter messages_;
};

// May a ring of `capacity` bytes have these positions?
inline bool PositionsAreSane(uint64_t head, uint64_t tail, uint64_t capacity) {
  return head >= tail && head - tail <= capacity;
}

}  // namespace smipc

#endif  // SMIPC_CORE_RING_H_
