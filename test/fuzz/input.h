// The bytes that the fuzzer tries, taken as choices. There are always more: past the end they are
// zeros, so every input means something, and a shorter one does less.
#ifndef SMIPC_FUZZ_INPUT_H_
#define SMIPC_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace smipc {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}

  size_t left() const { return static_cast<size_t>(end_ - next_); }

  uint8_t Byte() { return left() == 0 ? uint8_t{0} : *next_++; }
  bool Bit() { return (Byte() & 1) != 0; }
  // Below `limit`, which is at most 256.
  uint32_t Below(uint32_t limit) { return Byte() % limit; }
  uint32_t Short() {
    const uint32_t low = Byte();
    return low | static_cast<uint32_t>(Byte()) << 8;
  }

  // From the end, for what happens beside what the bytes from the start say: either part can then
  // grow without a change of the other's meaning.
  uint8_t ByteFromEnd() { return left() == 0 ? uint8_t{0} : *--end_; }

  // Copies up to `most` bytes, as they stand; returns how many there were.
  size_t Copy(uint8_t* target, size_t most) {
    const size_t count = left() < most ? left() : most;
    if (count > 0) std::memcpy(target, next_, count);
    next_ += count;
    return count;
  }

 private:
  const uint8_t* next_;
  const uint8_t* end_;
};

}  // namespace smipc

#endif  // SMIPC_FUZZ_INPUT_H_
