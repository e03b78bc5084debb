// Any bytes as a channel's file: opened, read, written, looked at, removed; and changed meanwhile.
// The input is either a file's content as it stands, or changes to a sound file: its header is made
// first, and then single words of it are stored over.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "demand.h"
#include "place.h"
#include "system.h"

namespace smipc {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kMostFileBytes = 6 * kPageBytes;
constexpr int kMostSteps = 24;
constexpr uint32_t kMostChannels = 4;
constexpr uint32_t kFirstWait = 10;

// The header of a segment as the core makes it.
const std::vector<uint8_t>& SoundHeader() {
  static const std::vector<uint8_t> kBytes = [] {
    Segment segment;
    DEMAND(segment
               .Create(ThePlace().directory(),
                       {kMinCapacity, Framing::Bytes, RoleScheme::RobustList, kPermissions})
               .ok(),
           errno);
    std::vector<uint8_t> header(kPageBytes);
    std::memcpy(header.data(), &segment.header(), header.size());
    return header;
  }();
  return kBytes;
}

class File {
 public:
  File() : path_(ThePlace().path() + "/" + kName) {}

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

  // May anybody use it? As docs/protocol.md says it ("Checks").
  bool IsSound() const {
    const FileDescriptor file(open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    Identity identity;
    struct stat info {};
    if (file.get() < 0 || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
    if (pread(file.get(), &identity, sizeof identity, 0) != sizeof identity) return false;
    bool is_power_of_two = false;
    for (uint64_t size = kMinCapacity; size <= kMaxCapacity; size *= 2) {
      is_power_of_two |= identity.capacity == size;
    }
    return identity.magic == kMagic && identity.version == kLayoutVersion && is_power_of_two &&
           identity.header_bytes == kPageBytes && identity.framing <= 2 &&
           (identity.role_scheme == 1 || identity.role_scheme == 2) && identity.flags <= 1 &&
           identity.reserved == 0 &&
           static_cast<uint64_t>(info.st_size) == kPageBytes + identity.capacity &&
           info.st_blocks * 512 >= info.st_size;
  }

  // As another process changes it while it is in use. It does not shrink: that ends whoever has it
  // mapped (docs/protocol.md).
  void Change(Input& input) {
    Header header;
    const FileDescriptor file(open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // It may have been removed or replaced.
    if (file.get() < 0 || pread(file.get(), &header, sizeof header, 0) != sizeof header) return;
    Patch(input, reinterpret_cast<uint8_t*>(&header));
    DEMAND(pwrite(file.get(), &header, sizeof header, 0) == sizeof header, errno);
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
    uint64_t size = header_bytes + capacity;
    if ((kind & 96) == 96) size = std::min<uint64_t>(size - 8 + input.Below(17), kMostFileBytes);
    const bool is_reserved = (kind & 128) == 0 || input.Below(4) != 0;
    for (uint32_t count = input.Below(8); count > 0; count--) Patch(input, bytes.data());
    input.Copy(&bytes[kPageBytes], input.Below(256));
    Put(bytes.data(), size, is_reserved);
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
    const FileDescriptor file(
        open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPermissions));
    DEMAND(file.get() >= 0, errno);
    if (is_reserved) {
      DEMAND(pwrite(file.get(), bytes, size, 0) == static_cast<ssize_t>(size), errno);
      return;
    }
    // Of the right size, but without memory behind all of it.
    DEMAND(ftruncate(file.get(), static_cast<off_t>(size)) == 0, errno);
    DEMAND(pwrite(file.get(), bytes, sizeof(Header), 0) == sizeof(Header), errno);
  }

  const std::string path_;
};

// Somebody who does everything that can be done with a channel under this name.
class User {
 public:
  User(Input& input, const Facilities& facilities)
      : input_(input),
        environment_(
            facilities, [](void* /*context*/) {}, nullptr) {}

  void Step(File* file) {
    switch (input_.Below(12)) {
      case 0:
      case 1:
        return Open(true);
      case 2:
      case 3:
        return Open(false);
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
      default:
        return Use();
    }
  }

 private:
  struct End {
    Channel* channel;
    bool is_writer;
  };

  void Open(bool is_writer) {
    const OpenRequest request = ChooseRequest(input_, is_writer);
    if (ends_.size() == kMostChannels) return;
    Channel* channel = nullptr;
    uint32_t holder_pid = 0;
    const auto id = static_cast<uint32_t>(ends_.size() + 1);
    const Result opened = environment_.Open(id, request, &channel, &holder_pid);
    CheckOpened(opened);
    DEMAND(opened.ok() == (channel != nullptr), opened.status);
    if (opened.ok()) ends_.push_back({channel, is_writer});
  }

  void WaitForRole() {
    if (is_waiting_) {
      environment_.StopRoleWait(last_wait_);
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
    Channel* channel = ends_[input_.Below(256) % ends_.size()].channel;
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
    Channel& channel = *end.channel;
    const uint64_t size = 1 + (uint64_t{input_.Byte()} << input_.Below(7));
    // Of this size, so that AddressSanitizer sees the first byte beyond it.
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    const uint64_t position = channel.position();
    int64_t answer = 0;
    const uint64_t capacity = channel.segment().capacity();
    const uint64_t min = 1 + (input_.Byte() * std::min(size, capacity)) / 256;
    switch (input_.Below(4)) {
      case 0:
        answer =
            end.is_writer ? channel.Write(bytes.get(), size) : channel.Read(bytes.get(), size, min);
        break;
      case 1:
        answer = end.is_writer ? channel.WriteOrArm(bytes.get(), size, size)
                               : channel.ReadOrArm(bytes.get(), size, min);
        break;
      case 2:
        answer = end.is_writer ? channel.WriteOrPark(bytes.get(), size, 1)
                               : channel.ReadOrPark(bytes.get(), size, min, 1);
        break;
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
    DEMAND(channel.position() >= position && channel.position() - position <= size, answer);
  }

  Input& input_;
  Environment environment_;
  std::vector<End> ends_;
  uint32_t last_wait_ = kFirstWait;
  bool is_waiting_ = false;
};

void Run(Input& input) {
  // Twice the ring, a private page and the header: of the file, or of what is asked for.
  AllowMappings(2 * kMostFileBytes);
  const Facilities facilities = ChooseFacilities(input);
  File file;
  file.Make(input);
  // Positions may still be wrong, in a sound file too.
  Snapshot snapshot{};
  const Result inspected = Inspect(ThePlace().channel(), &snapshot);
  CheckInspected(inspected, snapshot);
  if (file.IsSound()) {
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
