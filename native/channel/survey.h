// The state of a segment, for those who hold the directory's lock and for those who only inspect
// it.
#ifndef SMIPC_CHANNEL_SURVEY_H_
#define SMIPC_CHANNEL_SURVEY_H_

#include <cstdint>

#include "core/admission.h"
#include "core/refusal.h"
#include "core/role_state.h"
#include "layout.h"
#include "platform/directory.h"
#include "platform/segment.h"

namespace smipc {

struct Snapshot {
  uint64_t capacity;
  Framing framing;
  uint64_t written;
  uint64_t read;
  // 0 if the channel carries bytes.
  uint64_t messages_written;
  uint64_t messages_read;
  // Whose the roles were at one moment, unless `is_of_one_moment` says that it could not be had.
  Presence writer;
  Presence reader;
  uint32_t writer_pid;
  uint32_t reader_pid;
  Tenure writer_tenure;
  Tenure reader_tenure;
  bool is_of_one_moment;
  // Has gone to sleep until its peer wakes it. Of an owner that has left or died it says nothing.
  bool writer_sleeps;
  bool reader_sleeps;
  // How often its doorbell was rung, modulo 2^32: by its peer, or for a role that changed hands.
  uint32_t writer_wake_ups;
  uint32_t reader_wake_ups;
  // Has put in, or taken out, only a part of a message. False if the channel carries bytes.
  bool writer_is_within_message;
  bool reader_is_within_message;
  bool is_resumable;
  Refusal refused;  // the last one, if the role that it wanted was not taken since; otherwise pid 0
  // Only of a channel that is looked at from outside (Inspect):
  bool is_spent = false;     // was of no more use to anyone at that moment (IsSpent)
  uint64_t file_number = 0;  // which of the files it is that the name has had, if more than one
};

// What is needed to ask the kernel about a segment's owners: its directory, and its file. Null: the
// kernel is not asked.
struct Vantage {
  const Directory* directory = nullptr;
  const File* file = nullptr;
};

inline Vantage VantageOf(const Directory& directory, const File& file) {
  return {&directory, &file};
}

// The state of one role. It includes deaths that no one has reported. An owner is dead only if the
// kernel says so of that very owner; in doubt it lives.
Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        const Vantage& vantage);

// Was the segment made before the machine was started last? Then its contents may be torn, and all
// who used it are dead. True only if every sign says so.
bool IsOfEarlierBoot(const Identity& identity, const File& file);

Scene SurveyScene(const Header& header, const Identity& identity, const Vantage& vantage);

// The same, of roles that a snapshot has just shown.
Scene SceneOf(const Snapshot& snapshot, const Header& header, const Identity& identity,
              const File& file);

// Removes the bells and lifelines of owners that died, which could not do so themselves.
void RemoveFilesOfDeadOwners(const Directory& directory, const Header& header, const Scene& scene);

// A copy of everything that a status shows. `own`: the role that is held through `vantage.file`
// itself, if any; its lock cannot be asked for (IsRoleLockHeld).
//   Ok; Corrupt: positions that no honest peer writes.
Status TakeSnapshot(const Header& header, const Identity& identity, const Vantage& vantage,
                    const RoleRecord* own, Snapshot* snapshot);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_SURVEY_H_
