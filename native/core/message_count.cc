#include "core/message_count.h"

#include <algorithm>

namespace smipc {

namespace {

constexpr uint32_t kLengthBytes = 4;  // layout.h: Framing::Messages

uint32_t LengthAt(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

// Which of the two is the right one at `position`. If both say the same, none has been stored yet,
// or the second is just being stored for the first time.
size_t RightOne(const MessageCount* counts, uint64_t position) {
  // acquire: its count was stored before it; partner: MessageCounter::Pass.
  const uint64_t first = counts[0].position.load(std::memory_order_acquire);
  const uint64_t second = counts[1].position.load(std::memory_order_acquire);
  if (second > position) return 0;
  return first > position || second > first ? 1 : 0;
}

}  // namespace

MessageCounter::MessageCounter(MessageCount* counts, uint64_t position) : counts_(counts) {
  if (counts == nullptr) return;
  const size_t right = RightOne(counts, position);
  next_ = 1 - right;
  messages_ = MessagesAt(counts, position);
}

void MessageCounter::Pass(const uint8_t* bytes, uint64_t size, uint64_t position) {
  const uint64_t before = messages_;
  const uint64_t start = position - size;
  uint64_t end = start;  // of the last message that is whole
  for (uint64_t at = 0; at < size;) {
    if (left_ == 0 && !TakeLength(bytes, size, &at)) break;
    const uint64_t count = std::min(left_, size - at);
    left_ -= count;
    at += count;
    if (left_ == 0) {
      messages_++;
      end = start + at;
    }
  }
  if (messages_ == before) return;
  // release, both: neither is stored before the role's position is that belongs to the other one of
  // the two, which is the right one until then; partner: RightOne, MessagesAt.
  counts_[next_].messages.store(messages_, std::memory_order_release);
  counts_[next_].position.store(end, std::memory_order_release);
  next_ = 1 - next_;
}

// False: not all of it has come.
bool MessageCounter::TakeLength(const uint8_t* bytes, uint64_t size, uint64_t* at) {
  if (length_bytes_ == 0 && size - *at >= kLengthBytes) {
    left_ = LengthAt(bytes + *at);
    *at += kLengthBytes;
    return true;
  }
  while (*at < size && length_bytes_ < kLengthBytes) length_[length_bytes_++] = bytes[(*at)++];
  if (length_bytes_ < kLengthBytes) return false;
  left_ = LengthAt(length_);
  length_bytes_ = 0;
  return true;
}

uint64_t MessagesAt(const MessageCount* counts, uint64_t position) {
  const MessageCount& right = counts[RightOne(counts, position)];
  // No honest owner has reached a position without a count, so this is of a hostile one.
  if (right.position.load(std::memory_order_relaxed) > position) return 0;
  return right.messages.load(std::memory_order_acquire);  // partner: MessageCounter::Pass
}

bool IsWithinMessage(const MessageCount* counts, uint64_t position) {
  return counts[RightOne(counts, position)].position.load(std::memory_order_relaxed) < position;
}

uint64_t CountMessages(const MessageCount* counts, const std::atomic<uint64_t>& position) {
  // While the position stays, the right one stays, too. Under a busy owner the last count has to
  // do.
  constexpr int kMostLoads = 100;
  uint64_t messages = 0;
  for (int loads = 0; loads < kMostLoads; loads++) {
    // acquire, both times; partner: Producer::Publish, Consumer::Consume.
    const uint64_t at = position.load(std::memory_order_acquire);
    messages = MessagesAt(counts, at);
    if (position.load(std::memory_order_acquire) == at) break;
  }
  return messages;
}

}  // namespace smipc
