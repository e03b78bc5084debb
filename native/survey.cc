#include "survey.h"

#include <algorithm>
#include <cstddef>

#include "bell_pipe.h"
#include "ring.h"

namespace smipc {

namespace {
constexpr int kMostLooks = 100;
}

uint64_t RoleOffset(bool is_writer) {
  return is_writer ? offsetof(Header, writer) : offsetof(Header, reader);
}

Presence ObserveForSure(const RoleRecord& record, bool is_writer, const Identity& identity,
                        int fd) {
  const Presence seen = Observe(record, is_writer);
  if (seen != Presence::Open) return seen;
  bool is_alive = IsOfThisBoot(identity);
  // RobustList too: an owner whose process was killed while it took the role may have stored its id
  // after the kernel had looked for it, and nobody marks it dead.
  const auto scheme = static_cast<RoleScheme>(identity.role_scheme);
  if (is_alive && IsLocked(scheme, (identity.flags & kResumable) != 0)) {
    is_alive = IsLockHeld(fd, RoleOffset(is_writer));
  }
  if (is_alive) return Presence::Open;
  // It may have left between the two looks.
  const Presence now = Observe(record, is_writer);
  return now == Presence::Open ? PresenceOfLost(record, is_writer) : now;
}

Scene SurveyScene(const Header& header, const Identity& identity, int fd) {
  Scene scene;
  scene.writer = ObserveForSure(header.writer, true, identity, fd);
  scene.reader = ObserveForSure(header.reader, false, identity, fd);
  scene.published = header.head.load(std::memory_order_acquire);  // partner: Producer::Publish
  scene.is_of_earlier_boot = !IsOfThisBoot(identity);
  scene.is_resumable = (identity.flags & kResumable) != 0;
  return scene;
}

void RemoveBellsOfTheDead(int directory, const Header& header, const Scene& scene) {
  // Whoever leaves alive, or exits, sees to its bell itself: other channels may still use it.
  if (scene.writer == Presence::Died) {
    RemoveBellPipe(directory, header.writer.bell.load(std::memory_order_relaxed));
  }
  if (scene.reader == Presence::Died) {
    RemoveBellPipe(directory, header.reader.bell.load(std::memory_order_relaxed));
  }
}

Status TakeSnapshot(const Header& header, const Identity& identity, int fd, const RoleRecord* own,
                    Snapshot* snapshot) {
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
    return &role == own ? Observe(role, is_writer) : ObserveForSure(role, is_writer, identity, fd);
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
