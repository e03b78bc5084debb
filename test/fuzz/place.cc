#include "place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "channel/survey.h"
#include "core/ring.h"
#include "demand.h"
#include "platform/bell.h"
#include "platform/role_lock.h"
#include "system.h"

namespace smipc {

namespace {

int FirstFreeDescriptor() {
  const int free = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  close(free);
  return free;
}

std::string NameOfFifo() { return ".bell-" + std::string(15, '0') + std::to_string(kFifo); }

// Hidden, as no channel is, so that openings do not sweep them away.
constexpr const char* kSpare = ".spare-";

std::string NameOfSpare(uint64_t capacity, RoleScheme scheme) {
  return kSpare + std::to_string(capacity) + (scheme == RoleScheme::FileLock ? "-lock" : "-list");
}

}  // namespace

Place::Place() {
  DEMAND(opened_.Open(path().c_str(), kPermissions).ok(), errno);
  const std::string fifo = directory_.PathOf(NameOfFifo().c_str());
  DEMAND(mkfifo(fifo.c_str(), kPermissions) == 0, errno);
  fifo_ = open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  lifeline_holder_ = File(open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kHeldLifeline;
  lock.l_len = 1;
  DEMAND(fcntl(Descriptor(lifeline_holder_), F_OFD_SETLK, &lock) == 0, errno);
}

const Segment& Place::PutSegment(uint64_t capacity, RoleScheme scheme, Framing framing,
                                 bool is_resumable) {
  Segment* segment = nullptr;
  for (const auto& spare : spares_) {
    if (spare->identity().capacity == capacity &&
        spare->identity().role_scheme == static_cast<uint32_t>(scheme)) {
      segment = spare.get();
    }
  }
  const std::string name = NameOfSpare(capacity, scheme);
  if (segment == nullptr) {
    spares_.push_back(std::make_unique<Segment>());
    segment = spares_.back().get();
    DEMAND(segment->Create(opened_, {capacity, Framing::Bytes, scheme, kPermissions}).ok() &&
               segment->Name(opened_, name.c_str()).ok(),
           errno);
    segment->CloseFile();
    Begin();
  }
  std::memset(static_cast<void*>(&segment->header()), 0, segment->identity().header_bytes);
  std::memcpy(&segment->header().identity, &segment->identity(), sizeof(Identity));
  segment->header().identity.framing = static_cast<uint32_t>(framing);
  segment->header().identity.flags = is_resumable ? kResumable : 0;
  FillRing(*segment);
  DEMAND(linkat(directory(), name.c_str(), directory(), kName, 0) == 0, errno);
  return *segment;
}

void Place::FillRing(const Segment& segment) {
  static const std::vector<uint8_t> kPattern = [] {
    std::vector<uint8_t> bytes(2 * kMinCapacity);
    for (uint64_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<uint8_t>(i * 7 + i / 256);
    return bytes;
  }();
  DEMAND(segment.capacity() <= kPattern.size(), segment.capacity());
  std::memcpy(segment.ring(), kPattern.data(), segment.capacity());
}

void Place::Begin() {
  first_free_descriptor_ = FirstFreeDescriptor();
  mapped_before_ = MappedBytes();
}

void Place::Clean() {
  DEMAND(FirstFreeDescriptor() == first_free_descriptor_, first_free_descriptor_);
  DEMAND(MappedBytes() == mapped_before_, MappedBytes());
  for (const std::string& name : directory_.Names()) {
    if (name == NameOfFifo() || name.rfind(kSpare, 0) == 0) continue;
    DEMAND(name == kName, name.size());  // nothing half-made, and no bell
    const std::string file = directory_.PathOf(kName);
    DEMAND(unlink(file.c_str()) == 0 || rmdir(file.c_str()) == 0, errno);
  }
  // The dead's bells go with their segment: the input may have said that this was one.
  if (faccessat(directory(), NameOfFifo().c_str(), F_OK, 0) != 0) {
    close(fifo_);
    mkfifoat(directory(), NameOfFifo().c_str(), kPermissions);
    fifo_ = openat(directory(), NameOfFifo().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    DEMAND(fifo_ >= 0, errno);
  }
  char tokens[4096];
  while (read(fifo_, tokens, sizeof tokens) > 0) continue;
}

Place& ThePlace() {
  static Place place;
  return place;
}

bool HoldLock(bool of_writer, File* holder) {
  *holder =
      File(openat(ThePlace().directory(), kName, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return holder->is_open() && FileRoleLock(*holder, RoleOffset(of_writer)).Take().ok();
}

Facilities ChooseFacilities(Input& input) {
  const uint8_t bits = input.Byte();
  return {(bits & 1) == 0 ? WaitMode::Together : WaitMode::Apart, (bits & 2) == 0};
}

OpenRequest ChooseRequest(Input& input, bool is_writer) {
  const uint8_t bits = input.Byte();
  OpenRequest request{};
  request.directory = ThePlace().path();
  request.name = kName;
  request.is_writer = is_writer;
  // Mostly Auto and Bytes: the others seldom get as far.
  constexpr CreateMode kModes[] = {CreateMode::Auto, CreateMode::Always, CreateMode::Never,
                                   CreateMode::Auto};
  request.create = kModes[bits & 3];
  request.capacity = kMinCapacity << (bits >> 2 & 1);
  constexpr Framing kFramings[] = {Framing::Bytes, Framing::Bytes, Framing::Messages,
                                   Framing::Objects};
  request.framing = kFramings[bits >> 3 & 3];
  request.permissions = kPermissions;
  request.busy_poll_us = (bits & 32) != 0 ? 20 : 0;
  request.bell = (bits & 64) != 0 ? kFifo : kNoBell;
  request.is_bell_trusted = (bits & 64) != 0;
  request.is_resumable = (bits & 128) != 0;
  return request;
}

void CheckOpened(const Result& result) {
  DEMAND(IsOneOf(result.status,
                 {Status::Ok, Status::Busy, Status::Dying, Status::Undrained, Status::NotFound,
                  Status::Exists, Status::Incompatible, Status::Corrupt, Status::System}),
         result.status);
  // What a file can be: a link. Nothing that it says makes the kernel refuse.
  if (result.status == Status::System) DEMAND(result.error == ELOOP, result.error);
}

void CheckMoved(int64_t answer, uint64_t most) {
  if (answer >= 0) {
    DEMAND(static_cast<uint64_t>(answer) <= most, answer);
  } else {
    DEMAND(IsOneOf(static_cast<Status>(answer),
                   {Status::PeerEnded, Status::PeerAborted, Status::PeerDied, Status::PeerClosed,
                    Status::Corrupt, Status::Closed}),
           answer);
  }
}

void CheckPresence(Presence presence) {
  DEMAND(presence <= Presence::Died, static_cast<uint32_t>(presence));
}

void CheckSnapshot(const Snapshot& snapshot) {
  const uint64_t capacity = snapshot.capacity;
  DEMAND(capacity >= kMinCapacity && capacity <= kMaxCapacity, capacity);
  DEMAND((capacity & (capacity - 1)) == 0, capacity);
  DEMAND(snapshot.framing <= Framing::Session, static_cast<uint32_t>(snapshot.framing));
  DEMAND(PositionsAreSane(snapshot.written, snapshot.read, capacity), snapshot.written);
  CheckPresence(snapshot.writer);
  CheckPresence(snapshot.reader);
}

void CheckInspected(const Result& result, const Snapshot& snapshot) {
  DEMAND(IsOneOf(result.status, {Status::Ok, Status::NotFound, Status::Incompatible,
                                 Status::Corrupt, Status::System}),
         result.status);
  if (result.ok()) CheckSnapshot(snapshot);
  if (result.status == Status::System) DEMAND(result.error == ELOOP, result.error);
}

void CheckRemoved(const Result& result) {
  DEMAND(IsOneOf(result.status, {Status::Ok, Status::NotFound, Status::Busy, Status::Incompatible,
                                 Status::Corrupt, Status::System}),
         result.status);
  if (result.status == Status::System) DEMAND(result.error == ELOOP, result.error);
}

void TakeWakes(Environment& environment) {
  RunThreads();
  uint32_t ids[3];
  while (environment.TakeWakes(ids, 3) != 0) continue;
}

}  // namespace smipc

// Freed blocks are watched for a while, but not so long that their pages are always new ones.
// NOLINTNEXTLINE(clang-diagnostic-reserved-identifier,readability-identifier-naming)
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=1"; }
