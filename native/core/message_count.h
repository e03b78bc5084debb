// How many messages have gone through a ring of messages, up to a position.
//
// The owner of a role counts them, in the bytes that it publishes or consumes, and keeps the count
// in shared memory for its successor and for those who look on. A process may be killed between any
// two stores, and the count must belong to the position all the same. So there are two counts, each
// with the position from which on it is true, the end of the last message that it counts, and they
// are stored in turn, before the position is:
// the one with the larger position that has been reached is the right one. The other one belongs to
// the time before, or was never reached, or is half stored.
#ifndef SMIPC_CORE_MESSAGE_COUNT_H_
#define SMIPC_CORE_MESSAGE_COUNT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "layout.h"

namespace smipc {

// The counts of one role, for its owner. Used by one thread at a time.
class MessageCounter {
 public:
  // Goes on at `position`, where a message begins. `counts`: two of them; null: nothing is counted.
  MessageCounter(MessageCount* counts, uint64_t position);

  bool is_on() const { return counts_ != nullptr; }
  uint64_t messages() const { return messages_; }

  // The next `size` bytes, which end at `position`, are about to be published or consumed. A peer
  // may overwrite them meanwhile: then the count is wrong, and nothing else.
  void Pass(const uint8_t* bytes, uint64_t size, uint64_t position);

 private:
  bool TakeLength(const uint8_t* bytes, uint64_t size, uint64_t* at);

  MessageCount* counts_;
  size_t next_ = 0;  // which of the two is stored next
  uint64_t messages_ = 0;
  uint64_t left_ = 0;          // bytes of a message that are to come
  uint8_t length_[4] = {};     // of a message: as much of it as has come
  uint32_t length_bytes_ = 0;  // how much that is
};

// How many messages there were at a position that was reached.
uint64_t MessagesAt(const MessageCount* counts, uint64_t position);

// Whether a position that was reached, in a ring of messages, is not the end of one.
bool IsWithinMessage(const MessageCount* counts, uint64_t position);

// How many messages there are now, by one who holds no role, while the owner goes on.
uint64_t CountMessages(const MessageCount* counts, const std::atomic<uint64_t>& position);

}  // namespace smipc

#endif  // SMIPC_CORE_MESSAGE_COUNT_H_
