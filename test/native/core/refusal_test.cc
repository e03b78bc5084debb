// The note about an opener that was turned away: what is written is read, and nothing else is.
#include "core/refusal.h"

#include <initializer_list>

#include "check.h"

namespace smipc {
namespace {

bool Same(const Refusal& a, const Refusal& b) {
  return a.pid == b.pid && a.is_writer == b.is_writer && a.framing == b.framing &&
         a.is_resumable == b.is_resumable;
}

TEST(EachNoteIsReadAsItWasLeft) {
  std::atomic<uint64_t> refused{0};
  for (const uint32_t pid : {1u, 4194304u, UINT32_MAX}) {
    for (const Framing framing : {Framing::Bytes, Framing::Messages, Framing::Objects}) {
      for (const bool is_writer : {false, true}) {
        for (const bool is_resumable : {false, true}) {
          const Refusal left{pid, is_writer, framing, is_resumable};
          const uint64_t before = refused.load();
          LeaveNote(refused, left, pid);
          CHECK(refused.load() != before);
          Refusal read;
          CHECK(ReadNote(refused.load(), &read));
          CHECK(Same(left, read));
        }
      }
    }
  }
}

TEST(TheSameNoteLeftAgainIsAnother) {
  std::atomic<uint64_t> refused{0};
  const Refusal left{77, true, Framing::Objects, true};
  // The count has 7 bits.
  for (int i = 0; i < 3 << 7; i++) {
    const uint64_t before = refused.load();
    LeaveNote(refused, left, 255);
    CHECK(refused.load() != before);
  }
  Refusal read;
  CHECK(ReadNote(refused.load(), &read));
  CHECK(Same(left, read));
}

TEST(ARoleThatWasTakenSinceIsNotWantedStill) {
  for (const uint32_t generation : {0u, 1u, 255u, 256u, UINT32_MAX}) {
    std::atomic<uint64_t> refused{0};
    // Many, so that the count runs over.
    for (int i = 0; i < 200; i++)
      LeaveNote(refused, {77, true, Framing::Objects, true}, generation);
    CHECK(IsStillWanted(refused.load(), generation));
    CHECK(!IsStillWanted(refused.load(), generation + 1));
    CHECK(!IsStillWanted(refused.load(), generation + 255));
  }
}

TEST(NonsenseIsNoNote) {
  std::atomic<uint64_t> refused{0};
  LeaveNote(refused, {77, false, Framing::Bytes, false}, 0);
  const uint64_t sound = refused.load();
  Refusal read;
  CHECK(ReadNote(sound, &read));
  CHECK(!ReadNote(0, &read));
  CHECK(!ReadNote(sound & ~uint64_t{UINT32_MAX}, &read));  // nobody
  for (uint64_t framing = 0; framing < 256; framing++) {
    CHECK_EQ(ReadNote(sound | (framing << 32), &read), framing <= 2);
  }
  for (uint64_t flags = 0; flags < 256; flags++) {
    CHECK_EQ(ReadNote(sound | (flags << 40), &read), flags <= kKnownFlags);
  }
}

}  // namespace
}  // namespace smipc
