// What a segment looks like to somebody who holds the directory's lock or only wants to look.
#ifndef SMIPC_CHANNEL_SURVEY_H_
#define SMIPC_CHANNEL_SURVEY_H_

#include <cstdint>

#include "core/admission.h"
#include "layout.h"
#include "platform/directory.h"
#include "platform/segment.h"

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

// From where a segment is looked at: its directory, and its file. -1: it cannot be asked.
struct Vantage {
  int directory = -1;
  DirectoryId place{};
  int fd = -1;
};

inline Vantage VantageOf(const Directory& directory, int fd) {
  return {directory.fd(), directory.place(), fd};
}

// The state of one role, deaths included that nobody was told of. An owner is dead if the kernel
// says so of that very owner, and lives as long as nothing is known.
Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        const Vantage& vantage);

Scene SurveyScene(const Header& header, const Identity& identity, const Vantage& vantage);

// Owners that died could not take the names of their bells and lifelines away: with the segment,
// they go too.
void RemoveTracesOfTheDead(const Directory& directory, const Header& header, const Scene& scene);

// A copy of everything a status shows. Positions that no honest peer writes: Corrupt. `own`: the
// role that `vantage.fd` itself holds, if any; its lock cannot be asked for (F_OFD_GETLK reports
// those of others).
Status TakeSnapshot(const Header& header, const Identity& identity, const Vantage& vantage,
                    const RoleRecord* own, Snapshot* snapshot);

// The place of a role's record in the segment's file, for IsLockHeld.
uint64_t RoleOffset(bool is_writer);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_SURVEY_H_
