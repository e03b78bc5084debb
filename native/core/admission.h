// Who may enter an existing segment, and when a segment is of no more use. Pure decisions over what
// was seen under the directory's lock; docs/protocol.md has them as a table.
//
// A segment carries one stream. A role that was left is not taken again in the same segment: a
// later owner of the role gets a new segment under the same name, so that bytes of two streams
// cannot mix, and a writer's end stays an end. A resumable segment carries one stream too, but
// across owners: the next one goes on where the last one stopped. Its stream is over when the
// writer has ended and a reader has read to the end; until then it is neither replaced nor removed,
// unless by force.
#ifndef SMIPC_CORE_ADMISSION_H_
#define SMIPC_CORE_ADMISSION_H_

#include <cstdint>

#include "core/role_state.h"

namespace smipc {

struct Scene {
  Presence writer;
  Presence reader;
  uint64_t published;  // head: bytes written since creation
  // It was made before the machine was started last, so every owner is dead.
  bool is_of_earlier_boot = false;
  bool is_resumable = false;
};

enum class Admission {
  Take,       // enter this segment; if it is resumable, perhaps in the place of an owner that left
  Replace,    // of no use to the opener or to a later one: make another under the same name
  Busy,       // a live owner holds the role
  Undrained,  // a whole stream is in it, and waits for its reader
};

// Resumable: the whole stream has been read, and its end seen.
inline bool IsOver(const Scene& scene) { return scene.reader == Presence::Ended; }

// Is this a stream that broke off before its first byte? Then a reader waits for the next writer,
// instead of an error for a crash that lost nothing.
inline bool IsBrokenAndEmpty(const Scene& scene) {
  return (scene.writer == Presence::Aborted || scene.writer == Presence::Died) &&
         scene.published == 0;
}

inline bool IsHeld(const Scene& scene) {
  return scene.writer == Presence::Open || scene.reader == Presence::Open;
}

// Does no live process hold the segment, and is nothing in it that anybody could still read or go
// on from? Then every opener replaces it, so whoever comes across it may remove it: the last owner
// that leaves, or anyone who sweeps the directory (channel/sweep.h). It makes no difference to an
// opener whether that has been done.
inline bool IsSpent(const Scene& scene) {
  if (scene.is_of_earlier_boot) return true;
  if (IsHeld(scene)) return false;
  if (scene.is_resumable) {
    // If nothing was ever written, there is no position to go on from.
    return IsOver(scene) || (scene.published == 0 && scene.writer != Presence::Ended);
  }
  if (HasLeft(scene.reader)) return true;
  return !HasLeft(scene.writer) || IsBrokenAndEmpty(scene);
}

inline Admission AdmitWriter(const Scene& scene) {
  if (IsSpent(scene)) return Admission::Replace;
  if (scene.writer == Presence::Open) return Admission::Busy;
  if (scene.is_resumable) {
    if (scene.writer != Presence::Ended) return Admission::Take;
    return IsOver(scene) ? Admission::Replace : Admission::Undrained;
  }
  if (scene.writer == Presence::Absent) {
    return HasLeft(scene.reader) ? Admission::Replace : Admission::Take;
  }
  const bool is_awaited = scene.writer == Presence::Ended && scene.reader == Presence::Absent;
  return is_awaited ? Admission::Undrained : Admission::Replace;
}

inline Admission AdmitReader(const Scene& scene) {
  if (IsSpent(scene)) return Admission::Replace;
  if (scene.reader == Presence::Open) return Admission::Busy;
  if (scene.is_resumable) return IsOver(scene) ? Admission::Replace : Admission::Take;
  if (HasLeft(scene.reader) || IsBrokenAndEmpty(scene)) return Admission::Replace;
  return Admission::Take;
}

}  // namespace smipc

#endif  // SMIPC_CORE_ADMISSION_H_
