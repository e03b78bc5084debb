// The note about an opener that was turned away because it wanted another framing, other flags, or
// cannot hold roles as the segment says: whoever holds a role there is told of it. The opener may
// take no role, so the note is all that it leaves.
//
// It is one word, stored at once: an opener that is killed has left all of it or nothing. Openers
// are turned away under the directory's lock, so they store one after the other; an owner that
// looks after several have come sees the last one.
#ifndef SMIPC_CORE_REFUSAL_H_
#define SMIPC_CORE_REFUSAL_H_

#include <cstdint>

#include "layout.h"

namespace smipc {

// What the opener wanted, and who it was.
struct Refusal {
  uint32_t pid = 0;  // as its own PID namespace counts
  bool is_writer = false;
  Framing framing = Framing::Bytes;
  bool is_resumable = false;
};

// Leaves the note in Header::refused. `generation`: of the role that was wanted. The directory's
// lock must be held.
void LeaveNote(std::atomic<uint64_t>& refused, const Refusal& refusal, uint32_t generation);

// The note that this word holds, of which nothing is trusted. False: none that an honest opener
// leaves.
bool ReadNote(uint64_t word, Refusal* refusal);

// Has nobody taken the role since then, whose generation is this one now? (After 256 takings it
// looks so, too.)
bool IsStillWanted(uint64_t word, uint32_t generation);

}  // namespace smipc

#endif  // SMIPC_CORE_REFUSAL_H_
