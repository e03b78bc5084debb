#include "channel/survey.h"

#include <algorithm>

#include "core/doorbell.h"
#include "core/identity.h"
#include "core/ring.h"
#include "platform/bell.h"
#include "platform/boot.h"
#include "platform/lifeline.h"
#include "waiting/death_watch.h"

namespace smipc {

namespace {

constexpr int kMostLoads = 100;

Refusal StandingRefusal(const Header& header) {
  // Loaded once, since a hostile peer may change it. relaxed: it is only shown.
  const uint64_t word = header.refused.load(std::memory_order_relaxed);
  Refusal refusal;
  if (!ReadNote(word, &refusal)) return {};
  const RoleRecord& wanted = refusal.is_writer ? header.writer : header.reader;
  return IsStillWanted(word, wanted.generation.load(std::memory_order_relaxed)) ? refusal
                                                                                : Refusal();
}

}  // namespace

Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        const Vantage& vantage) {
  const Presence seen = Observe(record, is_writer);
  if (seen != Presence::Open || vantage.file == nullptr) return seen;
  if (IsOwnerAlive(record, is_writer, identity, *vantage.directory, *vantage.file)) return seen;
  // It may have left after the first Observe.
  const Presence now = Observe(record, is_writer);
  return now == Presence::Open ? PresenceOfLost(record, is_writer) : now;
}

bool IsOfEarlierBoot(const Identity& identity, const File& file) {
  return HasOtherBootId(identity, GetBootId()) && MayOutliveBoot(file) &&
         HasOtherBootTime(identity, BootTimeMs());
}

namespace {

// `writer`, `reader`: loaded before, so that all that an owner published before it left is seen.
Scene SceneWith(Presence writer, Presence reader, const Header& header, const Identity& identity,
                const File& file) {
  Scene scene;
  scene.writer = writer;
  scene.reader = reader;
  scene.published = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  // A living owner proves that the segment is of this boot.
  scene.is_of_earlier_boot = !IsHeld(scene) && IsOfEarlierBoot(identity, file);
  scene.is_resumable = (identity.flags & kResumable) != 0;
  return scene;
}

}  // namespace

Scene SurveyScene(const Header& header, const Identity& identity, const Vantage& vantage) {
  const Presence writer = ObserveForSure(header.writer, true, identity, vantage);
  const Presence reader = ObserveForSure(header.reader, false, identity, vantage);
  return SceneWith(writer, reader, header, identity, *vantage.file);
}

Scene SceneOf(const Snapshot& snapshot, const Header& header, const Identity& identity,
              const File& file) {
  return SceneWith(snapshot.writer, snapshot.reader, header, identity, file);
}

void RemoveFilesOfDeadOwners(const Directory& directory, const Header& header, const Scene& scene) {
  // An owner that leaves or exits removes its bell and lifeline itself, because its other channels
  // may still use them. A dead owner's process may not have ended entirely, so that its lock is
  // still held and its bell open: it is enough that the kernel has declared it dead.
  const auto remove = [&](const RoleRecord& role, Presence presence) {
    if (presence != Presence::Died) return;
    RemoveBell(directory, role.bell.load(std::memory_order_relaxed));
    RemoveLifeline(directory, role.lifeline.load(std::memory_order_relaxed));
  };
  remove(header.writer, scene.writer);
  remove(header.reader, scene.reader);
}

namespace {

// The words of a role that change with its owner. A word goes back to a value that it had only
// after `generation` has changed. acquire, all: what is loaded after them is not older; partner:
// RoleClaim::Take and Leave.
struct Hands {
  explicit Hands(const RoleRecord& role)
      : owner(role.owner.load(std::memory_order_acquire)),
        state(role.state.load(std::memory_order_acquire)),
        generation(role.generation.load(std::memory_order_acquire)) {}
  bool operator==(const Hands& other) const {
    return owner == other.owner && state == other.state && generation == other.generation;
  }

  uint32_t owner;
  uint32_t state;
  uint32_t generation;
};

// Both roles at one moment. One loaded after the other could show a channel that nobody ever left:
// without its first writer, and, since another has come meanwhile, without the reader that left
// after that.
void SnapRoles(const Header& header, const Identity& identity, const Vantage& vantage,
               const RoleRecord* own, Snapshot* snapshot) {
  const auto observe = [&](const RoleRecord& role, bool is_writer) {
    return &role == own ? Observe(role, is_writer)
                        : ObserveForSure(role, is_writer, identity, vantage);
  };
  snapshot->is_of_one_moment = false;
  for (int loads = 0; loads < kMostLoads && !snapshot->is_of_one_moment; loads++) {
    const Hands writer(header.writer);
    const Hands reader(header.reader);
    snapshot->writer = observe(header.writer, true);
    snapshot->reader = observe(header.reader, false);
    // acquire: before the words are loaded again, and compared; partner: those loads.
    snapshot->writer_pid = header.writer.pid.load(std::memory_order_acquire);
    snapshot->reader_pid = header.reader.pid.load(std::memory_order_acquire);
    snapshot->writer_tenure = ReadTenure(header.writer);
    snapshot->reader_tenure = ReadTenure(header.reader);
    snapshot->is_of_one_moment = writer == Hands(header.writer) && reader == Hands(header.reader);
  }
}

}  // namespace

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
  // Those that were read first, for the same reason.
  snapshot->messages_read = CountMessages(header.consumed, header.tail);
  snapshot->messages_written = CountMessages(header.written, header.head);
  const bool is_counted = snapshot->framing != Framing::Bytes;
  snapshot->writer_is_within_message = is_counted && IsWithinMessage(header.written, head);
  snapshot->reader_is_within_message = is_counted && IsWithinMessage(header.consumed, tail);
  SnapRoles(header, identity, vantage, own, snapshot);
  snapshot->writer_sleeps = IsArmed(header.space);
  snapshot->reader_sleeps = IsArmed(header.data);
  // relaxed: only to be shown.
  snapshot->writer_wake_ups = header.space.seq.load(std::memory_order_relaxed);
  snapshot->reader_wake_ups = header.data.seq.load(std::memory_order_relaxed);
  snapshot->is_resumable = (identity.flags & kResumable) != 0;
  snapshot->refused = StandingRefusal(header);
  return Status::Ok;
}

}  // namespace smipc
