// Any bytes as a channel's file: opened, read, written, inspected, removed; and changed meanwhile.
// The input is either a file's content as it stands, or changes to a sound file: its header is made
// first, and then single words of it are stored over. What opening must come to is worked out here
// once more, from the tables of docs/protocol.md.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "demand.h"
#include "place.h"
#include "platform/lifeline.h"
#include "system.h"

namespace smipc {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kMostFileBytes = 6 * kPageBytes;
constexpr int kMostSteps = 24;
constexpr uint32_t kMostChannels = 4;
constexpr uint32_t kFirstWait = 10;

// The state of a role, by docs/protocol.md ("Looking at the peer").
enum class State { Absent, Alive, Ended, Left };

// What is in the file of a channel when it is opened.
struct Found {
  Header header;
  bool is_there;
  bool is_sound;
  bool is_writer_locked;
  bool is_reader_locked;
  bool has_writer_lifeline;
  bool has_reader_lifeline;
};

// The header of a segment as the core makes it.
const std::vector<uint8_t>& SoundHeader() {
  static const std::vector<uint8_t> kBytes = [] {
    Segment segment;
    DEMAND(segment
               .Create(ThePlace().opened(),
                       {kMinCapacity, Framing::Bytes, RoleScheme::RobustList, kPermissions})
               .ok(),
           errno);
    std::vector<uint8_t> header(kPageBytes);
    std::memcpy(header.data(), &segment.header(), header.size());
    return header;
  }();
  return kBytes;
}

class NamedFile {
 public:
  NamedFile() : path_(ThePlace().path() + "/" + kName) {}

  void Make(Input& input) {
    switch (input.Below(16)) {
      case 0:
        DEMAND(mkfifo(path_.c_str(), kPermissions) == 0, errno);
        return;
      case 1:
        DEMAND(mkdir(path_.c_str(), 0700) == 0, errno);
        return;
      case 2:
        DEMAND(symlink(input.Bit() ? "nowhere" : "/dev/null", path_.c_str()) == 0, errno);
        return;
      case 3:
        return;  // no file
      case 4:
      case 5:
      case 6:
        return MakeRaw(input);
      default:
        return MakeNearlySound(input);
    }
  }

  // As it is now. `*found` is zeros.
  void Find(Found* found) const {
    struct stat info {};
    found->is_there = lstat(path_.c_str(), &info) == 0;
    const File file(open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open() || fstat(Descriptor(file), &info) != 0 || !S_ISREG(info.st_mode)) return;
    const ssize_t size = pread(Descriptor(file), &found->header, sizeof found->header, 0);
    if (size < 0 || static_cast<size_t>(size) < sizeof(Identity)) return;
    found->is_sound = IsSound(found->header.identity, info);
    found->is_writer_locked = IsRoleLockHeld(file, offsetof(Header, writer));
    found->is_reader_locked = IsRoleLockHeld(file, offsetof(Header, reader));
    const Directory& directory = ThePlace().opened();
    found->has_writer_lifeline = IsLifelineHeld(directory, found->header.writer.lifeline);
    found->has_reader_lifeline = IsLifelineHeld(directory, found->header.reader.lifeline);
  }

  // Is it sound? As docs/protocol.md says it ("Checks").
  static bool IsSound(const Identity& identity, const struct stat& info) {
    bool is_power_of_two = false;
    for (uint64_t size = kMinCapacity; size <= kMaxCapacity; size *= 2) {
      is_power_of_two |= identity.capacity == size;
    }
    return identity.magic == kMagic && identity.version == kLayoutVersion && is_power_of_two &&
           identity.header_bytes == kPageBytes && identity.framing <= kLastFraming &&
           (identity.role_scheme == 1 || identity.role_scheme == 2) && identity.flags <= 1 &&
           identity.reserved == 0 &&
           static_cast<uint64_t>(info.st_size) == kPageBytes + identity.capacity &&
           (identity.framing == static_cast<uint32_t>(Framing::Session) ||
            info.st_blocks * 512 >= info.st_size);
  }

  // As another process changes it while it is in use. It does not shrink: that would end a process
  // that has it mapped (docs/protocol.md).
  void Change(Input& input) {
    Header header;
    const File file(open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // It may have been removed or replaced.
    if (!file.is_open() || pread(Descriptor(file), &header, sizeof header, 0) != sizeof header)
      return;
    Patch(input, reinterpret_cast<uint8_t*>(&header));
    DEMAND(pwrite(Descriptor(file), &header, sizeof header, 0) == sizeof header, errno);
  }

  // A process that has a role's lock: it lives, or its owner is dead and the rest of it is ending.
  void ChangeLock(Input& input) {
    const uint8_t kind = input.Byte();
    File& holder = lock_holders_[kind & 1];
    holder.Close();
    if ((kind & 2) != 0 && !HoldLock((kind & 1) != 0, &holder)) holder.Close();
  }

 private:
  void MakeRaw(Input& input) {
    const uint8_t kind = input.Byte();
    std::vector<uint8_t> bytes(kMostFileBytes);
    size_t size = 0;
    if ((kind & 1) != 0) {
      size = SoundHeader().size();
      std::memcpy(bytes.data(), SoundHeader().data(), sizeof(Identity::magic));
      input.Copy(&bytes[sizeof(Identity::magic)], sizeof(Header));
    } else {
      size = input.Copy(bytes.data(), bytes.size());
    }
    if ((kind & 2) != 0) size = kPageBytes + kMinCapacity;
    Put(bytes.data(), size, true);
  }

  void MakeNearlySound(Input& input) {
    std::vector<uint8_t> bytes(kMostFileBytes);
    std::memcpy(bytes.data(), SoundHeader().data(), SoundHeader().size());
    auto* header = reinterpret_cast<Header*>(bytes.data());
    const uint8_t kind = input.Byte();
    // The size is right for them; but of the four only the powers of two are sound.
    const uint64_t capacity = kMinCapacity * (1 + (kind & 3));
    uint64_t header_bytes = kPageBytes;
    if ((kind & 96) == 64) header_bytes = input.Below(3) * (kPageBytes / 2) + input.Below(2);
    header->identity.capacity = capacity;
    header->identity.header_bytes = static_cast<uint32_t>(header_bytes);
    header->identity.framing = kind >> 2 & 3;
    if ((kind & 16) != 0) {
      header->identity.role_scheme = static_cast<uint32_t>(RoleScheme::FileLock);
    }
    const uint8_t more = input.Byte();
    if ((more & 1) != 0) header->identity.flags = kResumable;
    if ((more & 14) == 14) {
      header->identity.flags ^= 1u << input.Below(32);
      header->identity.reserved = input.Below(2);
    }
    if ((more & 16) != 0) MakePositions(input, header, capacity);
    if ((more & 32) != 0) MakeOwner(input, &header->writer);
    if ((more & 64) != 0) MakeOwner(input, &header->reader);
    uint64_t size = header_bytes + capacity;
    if ((kind & 96) == 96) size = std::min<uint64_t>(size - 8 + input.Below(17), kMostFileBytes);
    const bool is_reserved = (kind & 128) == 0 || input.Below(4) != 0;
    for (uint32_t count = input.Below(8); count > 0; count--) Patch(input, bytes.data());
    input.Copy(&bytes[kPageBytes], input.Below(256));
    Put(bytes.data(), size, is_reserved);
    if ((more & 128) != 0) ChangeLock(input);
  }

  // Anywhere in a stream, and mostly such that they can be true.
  static void MakePositions(Input& input, Header* header, uint64_t capacity) {
    const uint8_t kind = input.Byte();
    const uint64_t tail = uint64_t{input.Short()} << (kind & 48);
    const uint64_t most = (kind & 7) == 7 ? capacity + 2 : capacity;
    header->tail = tail;
    header->head = tail + (kind & 8) * capacity / 8 + input.Short() % (most + 1);
    if ((kind & 64) != 0) header->head = tail - input.Byte();
    if ((kind & 128) != 0) header->delivered = tail + input.Short();
  }

  // The role has an owner, or had one.
  static void MakeOwner(Input& input, RoleRecord* role) {
    const uint8_t kind = input.Byte();
    constexpr uint32_t kOwners[] = {
        0, 0, kOwnerDied, kOwnerDied | kHasWaiters | 12345, kHasWaiters | 12345, 12345};
    role->owner = kOwners[kind % 6];
    role->state = kind / 6 % 8;
    const uint32_t generation = input.Byte();
    role->generation = (kind / 48 & 1) != 0 ? ~generation : generation;
    role->since[0] = input.Byte();
    role->since[1] = ~uint64_t{0} - input.Byte();
    if (kind / 96 != 0) role->bell = kFifo;
    // Of a living owner, of no one, or none.
    constexpr uint64_t kLifelines[] = {kHeldLifeline, kHeldLifeline, kHeldLifeline + 1,
                                       kNoLifeline};
    const uint8_t sign = input.Byte();
    role->lifeline = kLifelines[sign % 4];
    role->slot = sign / 4 % 4 == 0 ? kNoSlot : sign;
    if (sign >= 224) return;  // somewhere else
    role->place[0] = ThePlace().opened().place().volume;
    role->place[1] = ThePlace().opened().place().number;
  }

  // One word of one group of the header.
  static void Patch(Input& input, uint8_t* bytes) {
    constexpr size_t kGroups[] = {offsetof(Header, head),     offsetof(Header, tail),
                                  offsetof(Header, identity), offsetof(Header, space),
                                  offsetof(Header, writer),   offsetof(Header, reader),
                                  offsetof(Header, data),     offsetof(Header, changes)};
    const uint8_t where = input.Byte();
    const uint8_t what = input.Byte();
    const uint64_t value = uint64_t{input.Short()} << (what & 7) * 7;
    uint8_t* word = bytes + kGroups[where % 8] + where / 8 * sizeof(uint32_t);
    const uint64_t values[] = {value, ~value, kOwnerDied | value, kHasWaiters | value};
    const uint64_t stored = values[what >> 3 & 3];
    const size_t size = (what & 32) != 0 ? sizeof(uint64_t) : sizeof(uint32_t);
    // The last word of a line is no longer one.
    std::memcpy(word, &stored, where / 8 == 31 ? sizeof(uint32_t) : size);
  }

  void Put(const uint8_t* bytes, size_t size, bool is_reserved) const {
    const File file(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPermissions));
    DEMAND(file.is_open(), errno);
    if (is_reserved) {
      DEMAND(pwrite(Descriptor(file), bytes, size, 0) == static_cast<ssize_t>(size), errno);
      return;
    }
    // Of the right size, but without memory behind all of it.
    DEMAND(ftruncate(Descriptor(file), static_cast<off_t>(size)) == 0, errno);
    DEMAND(pwrite(Descriptor(file), bytes, sizeof(Header), 0) == sizeof(Header), errno);
  }

  const std::string path_;
  File lock_holders_[2];  // the reader's, the writer's
};

// But for what an end that is open already may do meanwhile: it hears of a death, and tells openers
// and its own thread. And but for the note about who was turned away, see CheckNote.
bool IsSame(const Header& one, const Header& other) {
  const auto quiet = [](const Header& header) {
    std::vector<uint8_t> bytes(sizeof header);
    std::memcpy(bytes.data(), reinterpret_cast<const uint8_t*>(&header), sizeof header);
    for (const size_t word :
         {offsetof(Header, changes), offsetof(Header, data) + offsetof(Doorbell, seq),
          offsetof(Header, space) + offsetof(Doorbell, seq)}) {
      std::memset(&bytes[word], 0, sizeof(uint32_t));
    }
    std::memset(&bytes[offsetof(Header, refused)], 0, sizeof(uint64_t));
    return bytes;
  };
  return quiet(one) == quiet(other);
}

State StateOf(const Found& found, bool at_writer) {
  const RoleRecord& role = at_writer ? found.header.writer : found.header.reader;
  const auto state = static_cast<RoleState>(role.state.load());
  if (state == RoleState::Ended) return State::Ended;
  if (state == RoleState::Aborted || state == RoleState::Closed) return State::Left;
  const uint32_t owner = role.owner;
  // Open without an owner: none comes in between here, however often the words are loaded.
  if (owner == 0) return state == RoleState::Never ? State::Absent : State::Left;
  if ((owner & kOwnerDied) != 0) return State::Left;
  const Identity& identity = found.header.identity;
  // Locks of another directory cannot be seen from this one.
  const FileId place{role.place[0], role.place[1]};
  if (!(place == ThePlace().opened().place())) return State::Alive;
  const bool is_locked =
      identity.role_scheme == 2 || (identity.flags & 1) != 0 || role.lifeline == kNoLifeline;
  const bool has_lock = at_writer ? found.is_writer_locked : found.is_reader_locked;
  const bool has_lifeline = at_writer ? found.has_writer_lifeline : found.has_reader_lifeline;
  return (is_locked ? has_lock : has_lifeline) ? State::Alive : State::Left;
}

// The tables of docs/protocol.md ("Opening, and who may enter" and "Resumable segments").
Admission Admit(const Found& found, bool is_writer) {
  // (Nothing is of an earlier boot: the files are in memory.)
  State writer = StateOf(found, true);
  State reader = StateOf(found, false);
  if ((is_writer ? writer : reader) == State::Alive) return Admission::Busy;
  const bool is_held = writer == State::Alive || reader == State::Alive;
  if ((found.header.identity.flags & 1) != 0) {
    const bool is_unused = found.header.head == 0 && writer != State::Ended;
    if (!is_held && (is_unused || reader == State::Ended)) return Admission::Replace;
    if (is_writer && writer == State::Ended) {
      return reader == State::Ended ? Admission::Replace : Admission::Undrained;
    }
    return !is_writer && reader == State::Ended ? Admission::Replace : Admission::Take;
  }
  // A state that only the peer's role has: it has left all the same.
  const bool has_reader_left = reader == State::Ended || reader == State::Left;
  if (writer == State::Absent && reader == State::Absent) return Admission::Replace;
  if (is_writer) {
    if (writer == State::Absent) return has_reader_left ? Admission::Replace : Admission::Take;
    const bool is_awaited = writer == State::Ended && reader == State::Absent;
    return is_awaited ? Admission::Undrained : Admission::Replace;
  }
  if (has_reader_left) return Admission::Replace;
  const bool is_closed = found.header.writer.state == static_cast<uint32_t>(RoleState::Closed);
  const bool is_broken = writer == State::Left && !is_closed;
  return is_broken && found.header.head == 0 ? Admission::Replace : Admission::Take;
}

// What must come of opening, where a file is found that is sound.
Status OpeningOf(const Found& found, const OpenRequest& request, const Facilities& facilities) {
  const Admission admission = Admit(found, request.is_writer);
  if (admission == Admission::Replace) {
    return request.create == CreateMode::Never ? Status::NotFound : Status::Ok;
  }
  if (request.create == CreateMode::Always) return Status::Exists;
  if (admission == Admission::Busy) return Status::Busy;
  if (admission == Admission::Undrained) return Status::Undrained;
  const Identity& identity = found.header.identity;
  const bool is_resumable = (identity.flags & 1) != 0;
  if (identity.framing != static_cast<uint32_t>(request.framing) ||
      is_resumable != request.is_resumable ||
      (identity.role_scheme == 1 && !facilities.may_mark_words)) {
    return Status::Incompatible;
  }
  const uint64_t head = found.header.head;
  const uint64_t tail = found.header.tail;
  const bool is_locked = request.is_writer ? found.is_writer_locked : found.is_reader_locked;
  if (!is_resumable) {
    const bool is_sane = tail == 0 && (request.is_writer ? head == 0 : head <= identity.capacity);
    if (!is_sane) return Status::Corrupt;
    return identity.role_scheme == 2 && is_locked ? Status::Busy : Status::Ok;
  }
  if (is_locked) return Status::Dying;
  // With any number in `owner`: with the lock it is ours.
  return head < tail || head - tail > identity.capacity ? Status::Corrupt : Status::Ok;
}

// Is there the note that docs/protocol.md demands ("Who is turned away"), if the opener was?
void CheckNote(const Found& before, const Found& now, const OpenRequest& request, bool is_refused) {
  const uint64_t old = before.header.refused;
  const uint64_t note = now.header.refused;
  if (!is_refused) {
    DEMAND(note == old, static_cast<int64_t>(note));
    return;
  }
  DEMAND((note & UINT32_MAX) == static_cast<uint32_t>(getpid()), static_cast<int64_t>(note));
  DEMAND((note >> 32 & 0xff) == static_cast<uint32_t>(request.framing), static_cast<int64_t>(note));
  DEMAND((note >> 40 & 0xff) == (request.is_resumable ? 1u : 0u), static_cast<int64_t>(note));
  DEMAND((note >> 48 & 1) == (request.is_writer ? 1u : 0u), static_cast<int64_t>(note));
  DEMAND((note >> 49 & 0x7f) == (((old >> 49) + 1) & 0x7f), static_cast<int64_t>(note));
  const RoleRecord& role = request.is_writer ? before.header.writer : before.header.reader;
  DEMAND(note >> 56 == (role.generation & 0xff), static_cast<int64_t>(note));
}

// Has the role been taken as docs/protocol.md says?
void CheckTaken(const Found& before, const Found& now, const Endpoint& channel, bool is_writer) {
  const Header& old = before.header;
  const Header& header = now.header;
  const RoleRecord& old_role = is_writer ? old.writer : old.reader;
  const RoleRecord& role = is_writer ? header.writer : header.reader;
  const RoleRecord& peer = is_writer ? header.reader : header.writer;
  const uint64_t position = is_writer ? old.head : old.tail;
  const uint32_t generation = old_role.generation + 1;
  DEMAND(header.head == old.head && header.tail == old.tail, channel.position());
  DEMAND(header.delivered == old.delivered, header.delivered);
  DEMAND(channel.position() == position, channel.position());
  DEMAND(channel.delivered() == old.delivered, channel.delivered());
  DEMAND(role.owner != 0 && (role.owner & kOwnerDied) == 0, role.owner);
  DEMAND(role.state == static_cast<uint32_t>(RoleState::Open), role.state);
  DEMAND(role.generation == generation, role.generation);
  DEMAND(role.since[generation & 1] == position, position);
  // What is told of the owner before stays there.
  DEMAND(role.since[~generation & 1] == old_role.since[~generation & 1], generation);
  DEMAND((is_writer ? header.space : header.data).sleeping == 0, generation);
  const Tenure own = channel.OwnTenure();
  DEMAND(own.generation == generation && own.since == position, own.since);
  const Tenure other = channel.PeerTenure();
  DEMAND(other.generation == peer.generation && other.since == peer.since[peer.generation & 1],
         other.since);
  const bool has_lifeline = role.lifeline != kNoLifeline;
  DEMAND(has_lifeline == (header.identity.role_scheme == 1), role.lifeline);
  if (header.identity.flags != 0 || !has_lifeline) {
    DEMAND(is_writer ? now.is_writer_locked : now.is_reader_locked, generation);
  }
  if (has_lifeline) {
    DEMAND(is_writer ? now.has_writer_lifeline : now.has_reader_lifeline, generation);
    DEMAND(role.slot < kMostSlots, role.slot);
  }
  const FileId place{role.place[0], role.place[1]};
  DEMAND(place == ThePlace().opened().place(), generation);
}

// A user that does everything that can be done with a channel under this name.
class User {
 public:
  User(Input& input, const Facilities& facilities)
      : input_(input),
        facilities_(facilities),
        environment_(
            facilities, [](void* /*context*/) {}, nullptr) {}

  void Step(NamedFile* file) {
    switch (input_.Below(14)) {
      case 0:
      case 1:
        return Open(*file, true);
      case 2:
      case 3:
        return Open(*file, false);
      case 4: {
        Snapshot snapshot{};
        const Result done = Inspect(ThePlace().channel(), &snapshot);
        return CheckInspected(done, snapshot);
      }
      case 5: {
        uint32_t pid = 0;
        return CheckRemoved(Remove(ThePlace().channel(), input_.Bit(), &pid));
      }
      case 6:
        return WaitForRole();
      case 7:
        LetTimePass(20);
        return TakeWakes(environment_);
      case 8:
        return file->Change(input_);
      case 9:
        return Leave();
      case 10:
        return file->ChangeLock(input_);
      default:
        return Use();
    }
  }

 private:
  struct End {
    Endpoint* channel;
    bool is_writer;
  };

  void Open(NamedFile& file, bool is_writer) {
    const OpenRequest request = ChooseRequest(input_, is_writer);
    if (ends_.size() == kMostChannels) return;
    Endpoint* channel = nullptr;
    uint32_t holder_pid = 0;
    const auto id = static_cast<uint32_t>(ends_.size() + 1);
    Found before{};
    file.Find(&before);
    const Status expected = before.is_sound ? OpeningOf(before, request, facilities_)
                            : request.create == CreateMode::Never ? Status::NotFound
                                                                  : Status::Ok;
    const bool is_entered = before.is_sound && Admit(before, is_writer) != Admission::Replace;
    const Result opened = environment_.Open(id, request, &channel, &holder_pid);
    CheckOpened(opened);
    DEMAND(opened.ok() == (channel != nullptr), opened.status);
    if (before.is_there && !before.is_sound) {
      DEMAND(!opened.ok(), opened.status);
      return;
    }
    DEMAND(opened.status == expected, opened.status);
    Found now{};
    file.Find(&now);
    if (!opened.ok()) {
      DEMAND(IsSame(before.header, now.header), opened.status);
      CheckNote(before, now, request, opened.status == Status::Incompatible);
      return;
    }
    const Found nothing{};
    CheckTaken(is_entered ? before : nothing, now, *channel, is_writer);
    ends_.push_back({channel, is_writer});
  }

  void WaitForRole() {
    if (is_waiting_) {
      environment_.StopOnlooker(last_wait_);
      is_waiting_ = false;
      return;
    }
    const Result done = environment_.StartRoleWait(++last_wait_, ThePlace().channel());
    Snapshot none{};
    none.capacity = kMinCapacity;
    CheckInspected(done, none);
    is_waiting_ = done.ok();
  }

  void Leave() {
    if (ends_.empty()) return;
    Endpoint* channel = ends_[input_.Below(256) % ends_.size()].channel;
    switch (input_.Below(3)) {
      case 0:
        return channel->End();
      case 1:
        channel->Leave();
        return;
      default:
        environment_.PrepareForExit();
    }
  }

  void Use() {
    if (ends_.empty()) return;
    const End& end = ends_[input_.Below(256) % ends_.size()];
    Endpoint& channel = *end.channel;
    Refusal refusal;
    if (channel.TakeRefusal(&refusal)) {
      DEMAND(refusal.pid != 0 && refusal.framing <= Framing::Objects, refusal.pid);
    }
    const uint64_t capacity = channel.segment().capacity();
    uint64_t size = 1 + (uint64_t{input_.Byte()} << input_.Below(7));
    const bool writes_whole = end.is_writer && channel.segment().is_resumable() &&
                              channel.segment().identity().framing != 0;
    if (writes_whole) size = std::min(size, capacity);
    // Of this size, so that AddressSanitizer sees the first byte beyond it.
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    const uint64_t position = channel.position();
    int64_t answer = 0;
    const uint64_t min = 1 + (input_.Byte() * std::min(size, capacity)) / 256;
    switch (input_.Below(6)) {
      case 0:
        answer = end.is_writer ? channel.Write(bytes.get(), size, 0, kReturn)
                               : channel.Read(bytes.get(), size, min, kReturn);
        break;
      case 1:
        answer = end.is_writer ? channel.Write(bytes.get(), size, size, kArm)
                               : channel.Read(bytes.get(), size, min, kArm);
        break;
      case 2:
        answer = end.is_writer ? channel.Write(bytes.get(), size, 0, 1)
                               : channel.Read(bytes.get(), size, min, 1);
        break;
      case 3:
        channel.AwaitNextPeer(input_.Bit());
        if (end.is_writer) return;
        answer = channel.Peek(bytes.get(), size, min, kArm);
        CheckMoved(answer, std::min(size, capacity));
        DEMAND(channel.position() == position, answer);
        return;
      case 4:
        if (end.is_writer) return;
        if (input_.Bit()) return channel.MarkDelivered(size);
        channel.Consume(size);
        DEMAND(channel.position() - position <= std::min(size, capacity), size);
        return;
      default: {
        Snapshot snapshot{};
        if (channel.TakeSnapshot(&snapshot) == Status::Ok) CheckSnapshot(snapshot);
        CheckPresence(channel.Peer());
        if (end.is_writer) CheckMoved(channel.DrainedOrArm(), 1);
        if (!end.is_writer) channel.HasEnded();
        return;
      }
    }
    CheckMoved(answer, end.is_writer ? size : std::min(size, capacity));
    const uint64_t moved = channel.position() - position;
    DEMAND(moved <= size && (!writes_whole || moved == 0 || moved == size), answer);
  }

  Input& input_;
  const Facilities facilities_;
  Environment environment_;
  std::vector<End> ends_;
  uint32_t last_wait_ = kFirstWait;
  bool is_waiting_ = false;
};

void Run(Input& input) {
  // Twice the ring, a private page and the header: of the file, or of what is asked for.
  AllowMappings(2 * kMostFileBytes);
  const Facilities facilities = ChooseFacilities(input);
  NamedFile file;
  file.Make(input);
  // Positions may still be wrong, in a sound file too.
  Snapshot snapshot{};
  const Result inspected = Inspect(ThePlace().channel(), &snapshot);
  CheckInspected(inspected, snapshot);
  Found found{};
  file.Find(&found);
  if (found.is_sound) {
    DEMAND(IsOneOf(inspected.status, {Status::Ok, Status::Corrupt}), inspected.status);
  } else {
    DEMAND(!inspected.ok(), inspected.status);
  }
  User user(input, facilities);
  for (int step = 0; step < kMostSteps && input.left() > 0; step++) user.Step(&file);
}

}  // namespace
}  // namespace smipc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smipc::ThePlace().Begin();
  smipc::Input input(data, size);
  smipc::Run(input);
  smipc::ThePlace().Clean();
  return 0;
}
