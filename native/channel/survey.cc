#include "channel/survey.h"

#include <algorithm>
#include <cstddef>

#include "core/identity.h"
#include "core/ring.h"
#include "core/role_claim.h"
#include "platform/bell_pipe.h"
#include "platform/boot.h"
#include "platform/lifeline.h"
#include "platform/role_lock.h"

namespace smipc {

namespace {
constexpr int kMostLoads = 100;
}

uint64_t RoleOffset(bool is_writer) {
  return is_writer ? offsetof(Header, writer) : offsetof(Header, reader);
}

namespace {

// Does the owner of a role that seems open live? False only if the kernel says so of that very
// owner.
bool IsOwnerAlive(const RoleRecord& record, bool is_writer, const Identity& identity,
                  const Vantage& vantage) {
  if (vantage.file == nullptr) return true;
  // relaxed: the caller has acquired the owner's id in Observe, and these were stored before it;
  // partner: RoleClaim::Take. If another owner takes the role meanwhile, the first one has left or
  // is dead, and the next Observe says so.
  const uint64_t lifeline = record.lifeline.load(std::memory_order_relaxed);
  const uint32_t slot = record.slot.load(std::memory_order_relaxed);
  const FileId place{record.place[0].load(std::memory_order_relaxed),
                     record.place[1].load(std::memory_order_relaxed)};
  if (IsSlotMarked(*vantage.directory, lifeline, slot)) return false;
  // The owner's locks cannot be seen from here.
  if (!(place == vantage.directory->place())) return true;
  // Under RobustList too: the kernel's walk may end at a word that it cannot reach; an owner whose
  // process was killed while it took the role may have stored its id after that walk; and after a
  // reboot no word is marked.
  const auto scheme = static_cast<RoleScheme>(identity.role_scheme);
  if (IsLocked(scheme, (identity.flags & kResumable) != 0, lifeline)) {
    return IsRoleLockHeld(*vantage.file, RoleOffset(is_writer));
  }
  return IsLifelineHeld(*vantage.directory, lifeline);
}

}  // namespace

Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        const Vantage& vantage) {
  const Presence seen = Observe(record, is_writer);
  if (seen != Presence::Open || IsOwnerAlive(record, is_writer, identity, vantage)) return seen;
  // It may have left after the first Observe.
  const Presence now = Observe(record, is_writer);
  return now == Presence::Open ? PresenceOfLost(record, is_writer) : now;
}

bool IsOfEarlierBoot(const Identity& identity, const File& file) {
  return HasOtherBootId(identity, GetBootId()) && MayOutliveBoot(file) &&
         HasOtherBootTime(identity, BootTimeMs());
}

Scene SurveyScene(const Header& header, const Identity& identity, const Vantage& vantage) {
  Scene scene;
  scene.writer = ObserveForSure(header.writer, true, identity, vantage);
  scene.reader = ObserveForSure(header.reader, false, identity, vantage);
  scene.published = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  // A living owner proves that the segment is of this boot.
  const bool is_used = scene.writer == Presence::Open || scene.reader == Presence::Open;
  scene.is_of_earlier_boot = !is_used && IsOfEarlierBoot(identity, *vantage.file);
  scene.is_resumable = (identity.flags & kResumable) != 0;
  return scene;
}

void RemoveFilesOfDeadOwners(const Directory& directory, const Header& header, const Scene& scene) {
  // An owner that leaves or exits removes its bell and lifeline itself, because its other channels
  // may still use them. A dead owner's process may not have ended entirely, so that its lock is
  // still held and its bell open: it is enough that the kernel has declared it dead.
  const auto remove = [&](const RoleRecord& role, Presence presence) {
    if (presence != Presence::Died) return;
    RemoveBellPipe(directory, role.bell.load(std::memory_order_relaxed));
    RemoveLifeline(directory, role.lifeline.load(std::memory_order_relaxed));
  };
  remove(header.writer, scene.writer);
  remove(header.reader, scene.reader);
}

Status TakeSnapshot(const Header& header, const Identity& identity, const Vantage& vantage,
                    const RoleRecord* own, Snapshot* snapshot) {
  snapshot->capacity = identity.capacity;
  snapshot->framing = static_cast<Framing>(identity.framing);
  // The tail first: the head may run ahead of it meanwhile, never the other way round. The two
  // belong together only if the tail has not moved; under a busy reader, the last pair has to do.
  uint64_t tail;
  uint64_t head;
  int loads = 0;
  do {
    tail = header.tail.load(std::memory_order_acquire);  // partner: Consumer::Consume
    head = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  } while (header.tail.load(std::memory_order_acquire) != tail && ++loads < kMostLoads);
  if (loads == kMostLoads && head > tail)
    tail = std::max(tail, head - std::min(head, identity.capacity));
  if (!PositionsAreSane(head, tail, identity.capacity)) return Status::Corrupt;
  snapshot->written = head;
  snapshot->read = tail;
  const auto observe = [&](const RoleRecord& role, bool is_writer) {
    return &role == own ? Observe(role, is_writer)
                        : ObserveForSure(role, is_writer, identity, vantage);
  };
  snapshot->writer = observe(header.writer, true);
  snapshot->reader = observe(header.reader, false);
  snapshot->writer_pid = header.writer.pid.load(std::memory_order_relaxed);
  snapshot->reader_pid = header.reader.pid.load(std::memory_order_relaxed);
  snapshot->is_resumable = (identity.flags & kResumable) != 0;
  snapshot->writer_tenure = ReadTenure(header.writer);
  snapshot->reader_tenure = ReadTenure(header.reader);
  return Status::Ok;
}

}  // namespace smipc
