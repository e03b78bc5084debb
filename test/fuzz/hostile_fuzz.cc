// A hostile peer: before any atomic access of ours it stores any number in any word of the header.
// The input says, from its start, what our end does; and from its end, what the peer does and when.
//
// What is moved is compared with what may be moved. Which position of its peer a writer has
// believed is not known here; but it must be one that stood in the header, and that made sense. A
// reader must say so when the last one that it saw made none.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "demand.h"
#include "interleaving.h"
#include "place.h"
#include "system.h"

namespace smipc {
namespace {

constexpr uint64_t kMostMapped = uint64_t{1} << 20;
constexpr uint32_t kFirstId = 1;
constexpr uint32_t kSecondId = 2;
constexpr uint32_t kWaitId = 3;
constexpr int kMostSteps = 60;
// No call looks at shared memory as often, unless it never ends: not even a large write whose peer
// gives it space byte by byte.
constexpr int kMostAccesses = 4000000;

class Peer {
 public:
  explicit Peer(Input& input) : input_(input) { ChooseDelay(); }

  // Makes the channel, with some bytes in it, and its own role taken or not.
  void Make(bool victim_writes, RoleScheme scheme) {
    segment_ = &ThePlace().PutSegment(kMinCapacity << input_.Below(2), scheme);
    const uint8_t start = input_.Byte();
    RoleRecord& own = victim_writes ? header().reader : header().writer;
    if ((start & 1) == 0) {
      own.owner = 12345;
      own.state = static_cast<uint32_t>(RoleState::Open);
      own.bell = kFifo;
    }
    if (!victim_writes) header().head = uint64_t{start} << 5;
  }

  // Maps the segment that stands under the name now, if there is one.
  bool Follow() {
    if (is_there() && segment_->IsNamed(ThePlace().directory(), kName)) return true;
    segment_ = nullptr;
    if (!followed_.Attach(ThePlace().directory(), kName).ok()) return false;
    segment_ = &followed_;
    Place::FillRing(*segment_);
    return true;
  }

  Header& header() const { return segment_->header(); }
  uint64_t capacity() const { return segment_->capacity(); }
  uint8_t* ring() const { return segment_->ring(); }
  bool is_there() const { return segment_ != nullptr; }

  // Between two accesses of the victim's.
  void Act() {
    DEMAND(++accesses_ < kMostAccesses, accesses_);
    Note();
    if (is_storm_) {
      Store(last_);
      Note();
    }
    while (input_.left() > 0 && delay_ == 0) {
      ChooseStore();
      Store(last_);
      Note();
      ChooseDelay();
    }
    if (delay_ > 0) delay_--;
  }
  void BeginCall() {
    accesses_ = 0;
    is_storm_ = false;
  }

  // Has a position between the two ever stood there?
  bool HasShownHead(uint64_t least, uint64_t most) const { return Has(heads_, least, most); }
  bool HasShownTail(uint64_t least, uint64_t most) const { return Has(tails_, least, most); }
  // Has the writer's role ever looked as if nobody would come back to it?
  bool HasWriterSeemedGone() const { return has_writer_seemed_gone_; }

 private:
  // What is stored, and where.
  struct Change {
    uint8_t where;  // which word
    uint8_t what;   // 32 or 64 bits, and how the value is made
    uint8_t low;
    uint8_t high;
  };

  void ChooseDelay() {
    constexpr uint8_t kStorm = 0xf0;  // the last one again and again, until the call is over
    constexpr uint8_t kLong = 0xc0;   // soon, mostly
    const uint8_t delay = input_.ByteFromEnd();
    is_storm_ = is_storm_ || delay >= kStorm;
    delay_ = delay < kLong ? delay & 15 : delay;
  }
  void ChooseStore() {
    last_.where = input_.ByteFromEnd();
    last_.what = input_.ByteFromEnd();
    last_.low = input_.ByteFromEnd();
    last_.high = input_.ByteFromEnd();
  }

  void Store(const Change& change) {
    const auto [where, what, low, high] = change;
    constexpr size_t kGroups[] = {offsetof(Header, head),    offsetof(Header, tail),
                                  offsetof(Header, data),    offsetof(Header, space),
                                  offsetof(Header, writer),  offsetof(Header, reader),
                                  offsetof(Header, changes), offsetof(Header, identity)};
    // Half of the time it is a position; else one of the first words of a group.
    constexpr size_t kWords = 16;
    static_assert(sizeof(RoleRecord) <= kWords * sizeof(uint32_t));
    const size_t offset = where < 128 ? kGroups[where % 2]
                                      : kGroups[where % 8] + where / 8 % kWords * sizeof(uint32_t);
    auto* const bytes = reinterpret_cast<uint8_t*>(&header());
    const uint64_t shifts[] = {low, uint64_t{low} << 4, low | uint64_t{high} << 8,
                               uint64_t{low} << (high % 64)};
    const uint64_t shift = shifts[what >> 4 & 3];
    const uint64_t head = header().head.load(std::memory_order_relaxed);
    const uint64_t tail = header().tail.load(std::memory_order_relaxed);
    if ((what & 0x80) != 0) {
      const uint64_t bases[] = {head,       tail,
                                capacity(), head - capacity(),
                                0,          tail + capacity(),
                                UINT64_MAX, uint64_t{1} << 63};
      const uint64_t base = bases[what & 7];
      const uint64_t value = (what & 8) != 0 ? base - shift : base + shift;
      reinterpret_cast<std::atomic<uint64_t>*>(bytes + offset / 8 * 8)->store(value);
    } else {
      auto& word = *reinterpret_cast<std::atomic<uint32_t>*>(bytes + offset);
      const uint32_t old = word.load(std::memory_order_relaxed);
      const auto value = static_cast<uint32_t>(shift);
      const uint32_t values[] = {value,
                                 value % 8,
                                 kOwnerDied | value,
                                 kHasWaiters | value,
                                 kHasWaiters | kOwnerDied | value,
                                 old + value,
                                 old ^ 1u << value % 32,
                                 ~value};
      word.store(values[what & 7]);
    }
  }

  void Note() {
    const auto add = [](std::vector<uint64_t>& seen, uint64_t value) {
      if (seen.empty() || seen.back() != value) seen.push_back(value);
    };
    add(heads_, header().head.load(std::memory_order_relaxed));
    add(tails_, header().tail.load(std::memory_order_relaxed));
    const uint32_t owner = header().writer.owner.load(std::memory_order_relaxed);
    const auto state =
        static_cast<RoleState>(header().writer.state.load(std::memory_order_relaxed));
    const bool is_free = owner == 0 && state == RoleState::Never;
    const bool is_held = owner != 0 && (owner & kOwnerDied) == 0 &&
                         (state == RoleState::Never || state == RoleState::Open);
    // Nobody holds the lock of a role that the peer only seems to have.
    const bool has_lock =
        segment_->identity().role_scheme == static_cast<uint32_t>(RoleScheme::FileLock);
    if (has_lock || (!is_free && !is_held)) has_writer_seemed_gone_ = true;
  }
  static bool Has(const std::vector<uint64_t>& seen, uint64_t least, uint64_t most) {
    return std::any_of(seen.begin(), seen.end(),
                       [=](uint64_t value) { return value >= least && value <= most; });
  }

  Input& input_;
  const Segment* segment_ = nullptr;
  Segment followed_;
  Change last_{};
  bool is_storm_ = false;
  bool has_writer_seemed_gone_ = false;
  int delay_ = 0;
  int accesses_ = 0;
  std::vector<uint64_t> heads_{0};
  std::vector<uint64_t> tails_{0};
};

Peer* the_peer = nullptr;

void Intrude() {
  if (the_peer->is_there()) the_peer->Act();
}

// The positions of the writer that a reader sees in one call, checked as docs/protocol.md demands.
class HeadCheck {
 public:
  // With what stands there when the channel is opened.
  void Begin(const Header& header, uint64_t capacity) {
    word_ = &header.head;
    capacity_ = capacity;
  }
  void BeginCall(uint64_t tail) {
    tail_ = tail;
    is_sane_ = true;
    current_check = this;
    SetObserver(&HeadCheck::Observe);
  }
  // Was the last one sane?
  bool EndCall() {
    SetObserver(nullptr);
    return is_sane_;
  }

 private:
  static void Observe(const volatile void* word, uint64_t value) {
    if (word == current_check->word_) current_check->See(value);
  }
  void See(uint64_t head) {
    is_sane_ = head >= last_ && head - tail_ <= capacity_;
    if (is_sane_) last_ = head;
  }

  static HeadCheck* current_check;
  const volatile void* word_ = nullptr;
  uint64_t capacity_ = 0;
  uint64_t tail_ = 0;
  uint64_t last_ = 0;
  bool is_sane_ = true;
};

HeadCheck* HeadCheck::current_check = nullptr;

// Our end, as a JavaScript environment uses it.
class Victim {
 public:
  Victim(Input& input, Peer& peer, const Facilities& facilities, bool writes)
      : input_(input),
        peer_(peer),
        writes_(writes),
        environment_(
            facilities, [](void* /*context*/) {}, nullptr) {}

  bool Open() {
    channel_ = OpenEnd(kFirstId, writes_);
    if (channel_ == nullptr) return false;
    head_check_.Begin(channel_->segment().header(), channel_->segment().capacity());
    return true;
  }

  void Step() {
    peer_.BeginCall();
    switch (input_.Below(20)) {
      case 0:
        return Look();
      case 1:
        return LookAtPeer();
      case 2:
        return TakeWakes(environment_);
      case 3:
        LetTimePass(20);
        return TakeWakes(environment_);
      case 4:
        return Seldom();
      case 5:
        return UseRegistry();
      default:
        if (writes_) {
          Write(*channel_);
        } else {
          Read(*channel_);
        }
    }
  }

 private:
  Channel* OpenEnd(uint32_t id, bool is_writer) {
    const OpenRequest request = ChooseRequest(input_, is_writer);
    Channel* channel = nullptr;
    uint32_t holder_pid = 0;
    const Result opened = environment_.Open(id, request, &channel, &holder_pid);
    CheckOpened(opened);
    DEMAND(opened.ok() == (channel != nullptr), opened.status);
    return channel;
  }

  uint64_t ChooseSize() {
    const uint8_t kind = input_.Byte();
    constexpr uint64_t kSizes[] = {1,
                                   kMinCapacity,
                                   kMinCapacity + 1,
                                   3 * kMinCapacity,
                                   uint64_t{140} << 10,
                                   kMinCapacity - 1,
                                   2,
                                   kMinCapacity / 2};
    if (kind < 32) return kSizes[kind % 8];
    return uint64_t{kind} << (kind % 7);
  }

  void Read(Channel& channel) {
    const uint64_t size = ChooseSize();
    const uint64_t min = 1 + input_.Byte() * std::min(size, peer_.capacity()) / 256;
    // Of this size, so that AddressSanitizer sees the first byte beyond it.
    const std::unique_ptr<uint8_t[]> target(new uint8_t[size]);
    const uint64_t position = channel.position();
    int64_t answer = 0;
    head_check_.BeginCall(position);
    switch (input_.Below(3)) {
      case 0:
        answer = channel.Read(target.get(), size, min);
        break;
      case 1:
        answer = channel.ReadOrArm(target.get(), size, min);
        break;
      default:
        answer = channel.ReadOrPark(target.get(), size, min, input_.Below(2));
    }
    if (!head_check_.EndCall()) DEMAND(answer == static_cast<int64_t>(Status::Corrupt), answer);
    CheckMoved(answer, std::min(size, peer_.capacity()));
    const uint64_t count = answer < 0 ? 0 : static_cast<uint64_t>(answer);
    DEMAND(channel.position() == position + count, channel.position());
    if (count == 0) return;
    DEMAND(count >= min || peer_.HasWriterSeemedGone(), answer);
    DEMAND(peer_.HasShownHead(position + count, position + peer_.capacity()), answer);
    const uint8_t* source = peer_.ring() + (position & (peer_.capacity() - 1));
    DEMAND(std::memcmp(target.get(), source, count) == 0, position);
  }

  void Write(Channel& channel) {
    const uint64_t size = ChooseSize();
    const std::unique_ptr<uint8_t[]> source(new uint8_t[size]);
    std::memset(source.get(), input_.Byte(), size);
    const uint64_t position = channel.position();
    const uint64_t capacity = peer_.capacity();
    std::vector<uint8_t> ring(peer_.ring(), peer_.ring() + capacity);
    int64_t answer = 0;
    switch (input_.Below(4)) {
      case 0:
        answer = channel.Write(source.get(), size);
        break;
      case 1:
        answer = channel.WriteOrArm(source.get(), size, 0);
        break;
      case 2:
        answer = channel.WriteOrArm(source.get(), size, size);
        break;
      default:
        answer = channel.WriteOrPark(source.get(), size, input_.Below(2));
    }
    CheckMoved(answer, size);
    // A write that fails half-way has moved what it has moved.
    const uint64_t count = channel.position() - position;
    DEMAND(count <= size, count);
    if (answer >= 0) DEMAND(count == static_cast<uint64_t>(answer), answer);
    if (count == 0) return;
    const uint64_t head = channel.position();
    DEMAND(peer_.HasShownTail(head < capacity ? 0 : head - capacity, head), answer);
    for (uint64_t i = 0; i < count; i++) ring[(position + i) & (capacity - 1)] = source[i];
    DEMAND(std::memcmp(ring.data(), peer_.ring(), capacity) == 0, position);
  }

  void Look() {
    Snapshot snapshot{};
    const Status status = channel_->TakeSnapshot(&snapshot);
    DEMAND(IsOneOf(status, {Status::Ok, Status::Corrupt, Status::Closed}), status);
    if (status != Status::Ok) return;
    CheckSnapshot(snapshot);
    DEMAND(snapshot.capacity == peer_.capacity(), snapshot.capacity);
  }

  void LookAtPeer() {
    CheckPresence(channel_->Peer());
    if (writes_) {
      const int64_t answer = channel_->DrainedOrArm();
      CheckMoved(answer, 1);
    } else {
      channel_->HasEnded();
    }
  }

  void Seldom() {
    switch (input_.Below(10)) {
      case 0:
        return channel_->End();
      case 1:
        channel_->Leave();
        return;
      case 2:
        environment_.PrepareForExit();
        return;
      case 3:
        return channel_->StopUsingBell(kFifo);
      case 4:
        return OpenSecond();
      case 5:
        if (second_ != nullptr) second_->Leave();
        return;
      default:
        if (second_ != nullptr) UseSecond();
    }
  }

  // The other end, or the same, of the same channel, in the same environment.
  void OpenSecond() {
    if (has_second_) return;
    const bool is_writer = input_.Bit();
    second_ = OpenEnd(kSecondId, is_writer);
    has_second_ = second_ != nullptr;
    second_writes_ = is_writer;
  }

  void UseSecond() {
    const uint64_t size = ChooseSize();
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    const uint64_t position = second_->position();
    const int64_t answer = second_writes_ ? second_->WriteOrArm(bytes.get(), size, 0)
                                          : second_->ReadOrArm(bytes.get(), size, 1);
    CheckMoved(answer, size);
    DEMAND(second_->position() >= position && second_->position() - position <= size, answer);
  }

  void UseRegistry() {
    const ChannelPath path = ThePlace().channel();
    switch (input_.Below(4)) {
      case 0: {
        Snapshot snapshot{};
        const Result done = Inspect(path, &snapshot);
        return CheckInspected(done, snapshot);
      }
      case 1: {
        uint32_t pid = 0;
        return CheckRemoved(Remove(path, input_.Bit(), &pid));
      }
      case 2:
        // Each is started once, and stopped once, as JavaScript does it.
        if (last_wait_ != 0) return;
        if (environment_.StartRoleWait(kWaitId, path).ok()) last_wait_ = kWaitId;
        return;
      default:
        if (last_wait_ == kWaitId) environment_.StopRoleWait(last_wait_++);
    }
  }

  Input& input_;
  Peer& peer_;
  const bool writes_;
  HeadCheck head_check_;
  Environment environment_;
  Channel* channel_ = nullptr;
  Channel* second_ = nullptr;
  bool second_writes_ = false;
  bool has_second_ = false;
  uint32_t last_wait_ = 0;
};

void Run(Input& input) {
  AllowMappings(kMostMapped);
  const uint8_t kind = input.Byte();
  const bool writes = (kind & 1) != 0;
  const bool is_new = (kind & 2) != 0;
  const RoleScheme scheme = (kind & 4) != 0 ? RoleScheme::FileLock : RoleScheme::RobustList;
  const Facilities facilities = ChooseFacilities(input);
  Peer peer(input);
  the_peer = &peer;
  if (!is_new) peer.Make(writes, scheme);
  SetIntruder(Intrude);
  {
    Victim victim(input, peer, facilities, writes);
    bool is_open = victim.Open();
    SetIntruder(nullptr);
    // It may have made another.
    is_open = is_open && peer.Follow();
    SetIntruder(Intrude);
    for (int step = 0; is_open && step < kMostSteps && input.left() > 0; step++) victim.Step();
    peer.BeginCall();
  }
  SetIntruder(nullptr);
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
