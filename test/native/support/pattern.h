// Bytes that show where they belong: the byte of a stream at one position differs from those at
// most others, so that a test sees what is lost, doubled, moved or swapped, which a sum would not.
#ifndef SMIPC_TEST_PATTERN_H_
#define SMIPC_TEST_PATTERN_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "check.h"

namespace smipc {

class Pattern {
 public:
  // Calls may be for up to `most` bytes.
  Pattern(uint64_t seed, uint64_t most) : most_(most), bytes_(kPeriod + most) {
    check::Random random(seed);
    for (uint64_t i = 0; i < kPeriod; i++) bytes_[i] = static_cast<uint8_t>(random());
    for (uint64_t i = kPeriod; i < bytes_.size(); i++) bytes_[i] = bytes_[i - kPeriod];
  }

  // What a stream has from `position` on.
  const uint8_t* From(uint64_t position) const { return bytes_.data() + position % kPeriod; }

  bool Matches(const uint8_t* bytes, uint64_t size, uint64_t position) const {
    return size <= most_ && std::memcmp(bytes, From(position), size) == 0;
  }

 private:
  // A prime, so that it fits no capacity.
  static constexpr uint64_t kPeriod = 65521;

  uint64_t most_;
  std::vector<uint8_t> bytes_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_PATTERN_H_
