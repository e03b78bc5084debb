// What a segment looks like to somebody who holds the directory's lock or only wants to look.
#ifndef SMIPC_SURVEY_H_
#define SMIPC_SURVEY_H_

#include <cstdint>

#include "admission.h"
#include "layout.h"
#include "segment.h"

namespace smipc {

struct Snapshot {
  uint64_t capacity;
  Framing framing;
  uint64_t written;
  uint64_t read;
  Presence writer;
  Presence reader;
  uint32_t writer_pid;
  uint32_t reader_pid;
  bool is_resumable;
  Tenure writer_tenure;
  Tenure reader_tenure;
};

// The state of one role, deaths under every scheme and before a reboot included. `fd` is the
// segment's file.
Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity, int fd);

Scene SurveyScene(const Header& header, const Identity& identity, int fd);

// Owners that died could not take their bells' names away: with the segment, they go too.
void RemoveBellsOfTheDead(int directory, const Header& header, const Scene& scene);

// A copy of everything a status shows. Positions that no honest peer writes: Corrupt. `own`: the
// role that `fd` itself holds, if any; its lock cannot be asked for (F_OFD_GETLK reports those of
// others).
Status TakeSnapshot(const Header& header, const Identity& identity, int fd, const RoleRecord* own,
                    Snapshot* snapshot);

// The place of a role's record in the segment's file, for IsLockHeld.
uint64_t RoleOffset(bool is_writer);

}  // namespace smipc

#endif  // SMIPC_SURVEY_H_
