#include "channel/survey.h"

#include <algorithm>
#include <cstddef>

#include "core/ring.h"
#include "platform/bell_pipe.h"
#include "platform/lifeline.h"

namespace smipc {

namespace {
constexpr int kMostLooks = 100;
}

uint64_t RoleOffset(bool is_writer) {
  return is_writer ? offsetof(Header, writer) : offsetof(Header, reader);
}

namespace {

// What looks open: does its owner live? Only the kernel's word about that very owner says no.
bool IsOwnerAlive(const RoleRecord& record, bool is_writer, const Identity& identity,
                  const Vantage& vantage) {
  // relaxed: who looks has acquired the owner's id in Observe, and these were stored before it;
  // partner: RoleClaim::Take. If another owner takes the role meanwhile, the first one has left or
  // is dead, and the next look at the record says so.
  const uint64_t lifeline = record.lifeline.load(std::memory_order_relaxed);
  const uint32_t slot = record.slot.load(std::memory_order_relaxed);
  const DirectoryId place{record.place[0].load(std::memory_order_relaxed),
                          record.place[1].load(std::memory_order_relaxed)};
  if (IsSlotMarked(vantage.directory, lifeline, slot)) return false;
  // Its locks cannot be seen from here.
  if (!(place == vantage.place)) return true;
  // RobustList too: a list may end at a word that the kernel cannot reach; an owner whose process
  // was killed while it took the role may have stored its id after the kernel had looked for it;
  // and after a reboot nobody marks anything.
  const auto scheme = static_cast<RoleScheme>(identity.role_scheme);
  if (IsLocked(scheme, (identity.flags & kResumable) != 0, lifeline)) {
    return IsLockHeld(vantage.fd, RoleOffset(is_writer));
  }
  return IsLifelineHeld(vantage.directory, lifeline);
}

}  // namespace

Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        const Vantage& vantage) {
  const Presence seen = Observe(record, is_writer);
  if (seen != Presence::Open || IsOwnerAlive(record, is_writer, identity, vantage)) return seen;
  // It may have left between the two looks.
  const Presence now = Observe(record, is_writer);
  return now == Presence::Open ? PresenceOfLost(record, is_writer) : now;
}

Scene SurveyScene(const Header& header, const Identity& identity, const Vantage& vantage) {
  Scene scene;
  scene.writer = ObserveForSure(header.writer, true, identity, vantage);
  scene.reader = ObserveForSure(header.reader, false, identity, vantage);
  scene.published = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  // Somebody who lives is proof enough of this boot.
  const bool is_used = scene.writer == Presence::Open || scene.reader == Presence::Open;
  scene.is_of_earlier_boot = !is_used && IsOfEarlierBoot(identity, vantage.fd);
  scene.is_resumable = (identity.flags & kResumable) != 0;
  return scene;
}

void RemoveTracesOfTheDead(const Directory& directory, const Header& header, const Scene& scene) {
  // Whoever leaves alive, or exits, sees to its bell and its lifeline itself: other channels may
  // still use them. Of the dead the kernel has said so, but its process may not have ended
  // entirely: it may still hold its lock, and have its bell open.
  const auto remove = [&](const RoleRecord& role, Presence presence) {
    if (presence != Presence::Died) return;
    RemoveBellPipe(directory.fd(), role.bell.load(std::memory_order_relaxed));
    RemoveLifeline(directory.fd(), role.lifeline.load(std::memory_order_relaxed));
  };
  remove(header.writer, scene.writer);
  remove(header.reader, scene.reader);
}

Status TakeSnapshot(const Header& header, const Identity& identity, const Vantage& vantage,
                    const RoleRecord* own, Snapshot* snapshot) {
  snapshot->capacity = identity.capacity;
  snapshot->framing = static_cast<Framing>(identity.framing);
  // The tail first: the head may run ahead of it meanwhile, never the other way round. The two
  // belong together only if the tail has not moved; under a busy reader some look will do.
  uint64_t tail;
  uint64_t head;
  int looks = 0;
  do {
    tail = header.tail.load(std::memory_order_acquire);  // partner: Consumer::Consume
    head = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  } while (header.tail.load(std::memory_order_acquire) != tail && ++looks < kMostLooks);
  if (looks == kMostLooks && head > tail)
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
