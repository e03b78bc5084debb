#include "core/refusal.h"

namespace smipc {

namespace {

// See Header::refused.
constexpr int kFramingShift = 32;
constexpr int kFlagsShift = 40;
constexpr int kRoleShift = 48;
constexpr int kCountShift = 49;
constexpr int kGenerationShift = 56;
constexpr uint64_t kByte = 0xff;
constexpr uint64_t kMostCount = 0x7f;

}  // namespace

void LeaveNote(std::atomic<uint64_t>& refused, const Refusal& refusal, uint32_t generation) {
  // Another count than before, so that an opener which comes a second time is noticed. relaxed: the
  // lock orders those who store.
  const uint64_t old = refused.load(std::memory_order_relaxed);
  const uint64_t count = ((old >> kCountShift) + 1) & kMostCount;
  const uint64_t flags = refusal.is_resumable ? kResumable : 0;
  const uint64_t word =
      uint64_t{refusal.pid} | (static_cast<uint64_t>(refusal.framing) << kFramingShift) |
      (flags << kFlagsShift) | (static_cast<uint64_t>(refusal.is_writer) << kRoleShift) |
      (count << kCountShift) | (uint64_t{generation} << kGenerationShift);
  // relaxed: the word is all there is to see, and `seq` is changed after it, with release; partner:
  // Endpoint::TakeRefusal.
  refused.store(word, std::memory_order_relaxed);
}

bool ReadNote(uint64_t word, Refusal* refusal) {
  const uint64_t framing = (word >> kFramingShift) & kByte;
  const uint64_t flags = (word >> kFlagsShift) & kByte;
  const auto pid = static_cast<uint32_t>(word);
  if (pid == 0 || framing > static_cast<uint64_t>(Framing::Objects) ||
      (flags & ~uint64_t{kKnownFlags}) != 0) {
    return false;
  }
  *refusal = {pid, ((word >> kRoleShift) & 1) != 0, static_cast<Framing>(framing),
              (flags & kResumable) != 0};
  return true;
}

bool IsStillWanted(uint64_t word, uint32_t generation) {
  return word >> kGenerationShift == (generation & kByte);
}

}  // namespace smipc
