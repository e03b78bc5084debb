// A hostile peer: before any atomic access of ours it stores any number in any word of the header.
// The input says, from its start, what our end does; and from its end, what the peer does and when.
//
// What is moved is compared with what may be moved. Which position of its peer a writer has
// believed is not known here; but it must be one that stood in the header, and that made sense. A
// reader must say so when the last one that it saw made none.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "core/ring.h"
#include "core/role_claim.h"
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
// No call accesses shared memory as often, unless it never ends: not even a large write whose peer
// gives it space byte by byte.
constexpr int kMostAccesses = 4000000;

// What the channel is.
struct Kind {
  RoleScheme scheme;
  Framing framing;
  bool is_resumable;
};

class Peer {
 public:
  explicit Peer(Input& input) : input_(input) { ChooseDelay(); }

  // Makes the channel, with some bytes in it, and its own role taken or not.
  void Make(bool victim_writes, const Kind& kind) {
    segment_ = &ThePlace().PutSegment(kMinCapacity << input_.Below(2), kind.scheme, kind.framing,
                                      kind.is_resumable);
    const uint8_t start = input_.Byte();
    RoleRecord& own = victim_writes ? header().reader : header().writer;
    if ((start & 1) == 0) {
      own.owner = 12345;
      own.state = static_cast<uint32_t>(RoleState::Open);
      own.bell = kFifo;
    }
    if (!victim_writes) header().head = uint64_t{start} << 5;
    if (kind.is_resumable) MakeUsed(victim_writes ? header().writer : header().reader, start);
    Note();
  }

  // Maps the segment that stands under the name now, if there is one.
  bool Follow() {
    if (is_there() && segment_->IsNamed(ThePlace().opened(), kName)) return true;
    segment_ = nullptr;
    if (!followed_.Attach(ThePlace().opened(), kName).ok()) return false;
    lock_.Close();
    segment_ = &followed_;
    Note();
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
      has_acted_ = true;
    }
    while (input_.left() > 0 && delay_ == 0) {
      ChooseStore();
      Store(last_);
      Note();
      has_acted_ = true;
      ChooseDelay();
    }
    if (delay_ > 0) delay_--;
  }
  void BeginCall() {
    accesses_ = 0;
    is_storm_ = false;
    has_acted_ = false;
  }
  // Has it stored anything since?
  bool has_acted() const { return has_acted_; }

  // Has a position between the two ever stood there?
  bool HasShownHead(uint64_t least, uint64_t most) const { return Has(heads_, least, most); }
  bool HasShownTail(uint64_t least, uint64_t most) const { return Has(tails_, least, most); }
  // Has it ever seemed that no other writer would come?
  bool HasWriterSeemedGone() const { return has_writer_seemed_gone_; }
  bool HasWriterSeemedEnded() const { return has_writer_seemed_ended_; }

 private:
  // What is stored, and where.
  struct Change {
    uint8_t where;  // which word
    uint8_t what;   // 32 or 64 bits, and how the value is made
    uint8_t low;
    uint8_t high;
  };

  // The victim's role has had an owner before, anywhere in the stream; or so it seems.
  void MakeUsed(RoleRecord& role, uint8_t start) {
    const uint8_t kind = input_.Byte();
    const uint64_t tail = uint64_t{input_.Byte()} << (kind & 7) * 8;
    header().tail = tail;
    header().head = tail + (uint64_t{start} << 5);
    header().delivered = tail + input_.Byte();
    role.generation = (kind & 8) != 0 ? UINT32_MAX : kind;
    role.since[0] = tail;
    constexpr RoleState kStates[] = {RoleState::Never, RoleState::Open, RoleState::Aborted,
                                     RoleState::Exiting};
    role.state = static_cast<uint32_t>(kStates[kind >> 4 & 3]);
    role.owner = (kind & 64) != 0 ? kOwnerDied | 12345 : 0;
    // The peer is there, in the way that a peer is which dies with its lock.
    if ((kind & 128) != 0 && !HoldLock(&role == &header().reader, &lock_)) lock_.Close();
  }

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
    // Half of the time it is a position; otherwise one of the first words of a group.
    constexpr size_t kWords = 16;
    static_assert(offsetof(RoleRecord, place) < kWords * sizeof(uint32_t));
    // What the next owner of a role goes by.
    constexpr size_t kKept[] = {offsetof(Header, delivered),
                                offsetof(Header, identity) + offsetof(Identity, flags),
                                offsetof(Header, writer) + offsetof(RoleRecord, state),
                                offsetof(Header, reader) + offsetof(RoleRecord, state),
                                offsetof(Header, writer) + offsetof(RoleRecord, generation),
                                offsetof(Header, reader) + offsetof(RoleRecord, generation),
                                offsetof(Header, writer) + offsetof(RoleRecord, since),
                                offsetof(Header, reader) + offsetof(RoleRecord, since)};
    const size_t offset = where < 96    ? kGroups[where % 2]
                          : where < 128 ? kKept[where % 8]
                                        : kGroups[where % 8] + where / 8 % kWords * 4;
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
    // The lock of a role that the peer only seems to have is free.
    const bool has_lock =
        segment_->identity().role_scheme == static_cast<uint32_t>(RoleScheme::FileLock);
    if (state == RoleState::Ended) has_writer_seemed_ended_ = true;
    if (has_lock || (!is_free && !is_held)) has_writer_seemed_gone_ = true;
  }
  // (Modulo 2^64, as positions are.)
  static bool Has(const std::vector<uint64_t>& seen, uint64_t least, uint64_t most) {
    return std::any_of(seen.begin(), seen.end(),
                       [=](uint64_t value) { return value - least <= most - least; });
  }

  Input& input_;
  const Segment* segment_ = nullptr;
  Segment followed_;
  Change last_{};
  bool is_storm_ = false;
  bool has_acted_ = false;
  bool has_writer_seemed_gone_ = false;
  bool has_writer_seemed_ended_ = false;
  File lock_;
  int delay_ = 0;
  int accesses_ = 0;
  std::vector<uint64_t> heads_;
  std::vector<uint64_t> tails_;
};

Peer* the_peer = nullptr;

void Intrude() {
  if (the_peer->is_there()) the_peer->Act();
}

// The positions of the writer that a reader sees in one call, checked as docs/protocol.md demands.
class HeadCheck {
 public:
  // What is loaded while the channel is opened: where it will be mapped is not known yet.
  void BeginOpening() {
    loads_.clear();
    current_check = this;
    SetObserver([](const volatile void* word, uint64_t value) {
      current_check->loads_[const_cast<const void*>(word)].push_back(value);
    });
  }
  // With what was seen last.
  void EndOpening(const Endpoint& channel) {
    SetObserver(nullptr);
    word_ = &channel.segment().header().head;
    capacity_ = channel.segment().capacity();
    last_ = Seen(channel.segment().header().head, 0);
  }
  // What was seen in the word at the last load, or that many loads earlier.
  uint64_t Seen(const std::atomic<uint64_t>& word, size_t earlier) const {
    const auto seen = loads_.find(&word);
    DEMAND(seen != loads_.end() && seen->second.size() > earlier, earlier);
    return seen->second[seen->second.size() - 1 - earlier];
  }
  // The last one that made sense.
  uint64_t head() const { return last_; }
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
  std::map<const void*, std::vector<uint64_t>> loads_;
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
  Victim(Input& input, Peer& peer, const Facilities& facilities, bool writes, const Kind& kind)
      : input_(input),
        peer_(peer),
        writes_(writes),
        kind_(kind),
        all_or_nothing_(kind.is_resumable && kind.framing != Framing::Bytes),
        awaits_next_peer_(kind.is_resumable),
        environment_(
            facilities, [](void* /*context*/) {}, nullptr) {}

  bool Open() {
    head_check_.BeginOpening();
    channel_ = OpenEnd(kFirstId, writes_);
    SetObserver(nullptr);
    if (channel_ == nullptr) return false;
    head_check_.EndOpening(*channel_);
    const Header& header = channel_->segment().header();
    delivered_ = channel_->delivered();
    own_tenure_ = channel_->OwnTenure();
    DEMAND(delivered_ == head_check_.Seen(header.delivered, 0), delivered_);
    // The producer loads before the consumer does, and each end uses only one of the two.
    const size_t earlier = writes_ ? 1 : 0;
    const uint64_t head = head_check_.Seen(header.head, earlier);
    const uint64_t tail = head_check_.Seen(header.tail, earlier);
    DEMAND(PositionsAreSane(head, tail, channel_->segment().capacity()), tail);
    DEMAND(channel_->position() == (writes_ ? head : tail), channel_->position());
    return true;
  }

  void Step() {
    peer_.BeginCall();
    // Independently of what the peer stores there.
    DEMAND(channel_->delivered() == delivered_, channel_->delivered());
    const Tenure own = channel_->OwnTenure();
    DEMAND(own.generation == own_tenure_.generation && own.since == own_tenure_.since, own.since);
    DEMAND(channel_->segment().is_resumable() == kind_.is_resumable, own.generation);
    switch (input_.Below(20)) {
      case 0:
        return CheckStatus();
      case 1:
        return CheckPeer();
      case 2:
        return TakeWakes(environment_);
      case 3:
        LetTimePass(20);
        return TakeWakes(environment_);
      case 4:
        return Seldom();
      case 5:
        return UseRegistry();
      case 6:
        return Resume();
      case 7:
      case 8:
        if (!writes_) return Consume();
        return Write(*channel_);
      case 9:
        return UseRing();
      default:
        if (writes_) {
          Write(*channel_);
        } else {
          Read(*channel_);
        }
    }
  }

 private:
  Endpoint* OpenEnd(uint32_t id, bool is_writer) {
    OpenRequest request = ChooseRequest(input_, is_writer);
    // The first one is to get in.
    if (id == kFirstId || !request.is_resumable) {
      request.framing = kind_.framing;
      request.is_resumable = kind_.is_resumable;
    }
    Endpoint* channel = nullptr;
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

  void Read(Endpoint& channel) {
    const uint64_t size = ChooseSize();
    const uint64_t min = 1 + input_.Byte() * std::min(size, peer_.capacity()) / 256;
    // Of this size, so that AddressSanitizer sees the first byte beyond it.
    const std::unique_ptr<uint8_t[]> target(new uint8_t[size]);
    const uint64_t position = channel.position();
    int64_t answer = 0;
    head_check_.BeginCall(position);
    bool consumes = true;
    switch (input_.Below(5)) {
      case 0:
        answer = channel.Read(target.get(), size, min, kReturn);
        break;
      case 1:
        answer = channel.Read(target.get(), size, min, kArm);
        break;
      case 3:
      case 4:
        consumes = false;
        answer = channel.Peek(target.get(), size, min, kArm);
        break;
      default:
        answer = channel.Read(target.get(), size, min, input_.Below(2));
    }
    if (!head_check_.EndCall()) DEMAND(answer == static_cast<int64_t>(Status::Corrupt), answer);
    CheckMoved(answer, std::min(size, peer_.capacity()));
    CheckAwaited(answer);
    if (answer == static_cast<int64_t>(Status::PeerEnded)) CheckEndIsNoted();
    const uint64_t count = answer < 0 ? 0 : static_cast<uint64_t>(answer);
    DEMAND(channel.position() == position + (consumes ? count : 0), channel.position());
    if (count == 0) return;
    DEMAND(count >= min ||
               (awaits_next_peer_ ? peer_.HasWriterSeemedEnded() : peer_.HasWriterSeemedGone()),
           answer);
    DEMAND(peer_.HasShownHead(position + count, position + peer_.capacity()), answer);
    const uint8_t* source = peer_.ring() + (position & (peer_.capacity() - 1));
    DEMAND(std::memcmp(target.get(), source, count) == 0, position);
  }

  // Of what was seen, and nothing else, however much is asked for.
  void Consume() {
    const uint64_t size = ChooseConsumed();
    const uint64_t position = channel_->position();
    const uint64_t expected =
        channel_->has_left() ? 0 : std::min(size, head_check_.head() - position);
    channel_->Consume(size);
    DEMAND(channel_->position() == position + expected, channel_->position());
  }

  // The ring itself: so much of it is ours as is said, and no more moves, however much is asked
  // for.
  void UseRing() {
    const uint64_t capacity = peer_.capacity();
    const uint64_t position = channel_->position();
    const uint64_t wanted = 1 + uint64_t{input_.Byte()} * (capacity - 1) / 255;
    const int64_t answer = writes_ ? FindSpace(wanted) : FindBytes(wanted);
    CheckMoved(answer, capacity);
    CheckAwaited(answer);
    DEMAND(channel_->position() == position, channel_->position());
    if (answer <= 0) return;
    const uint8_t* lent = channel_->Lend();
    DEMAND(lent == channel_->segment().ring() + (position & (capacity - 1)), position);
    channel_->TakeBack();
    const uint64_t size = ChooseConsumed();
    if (writes_) {
      channel_->Publish(size);
    } else {
      channel_->Consume(size);
    }
    const uint64_t expected = std::min(size, static_cast<uint64_t>(answer));
    DEMAND(channel_->position() == position + expected, channel_->position());
  }

  int64_t FindSpace(uint64_t size) {
    const int64_t free =
        input_.Bit() ? channel_->Writable(size, kArm) : channel_->Writable(size, kReturn);
    DEMAND(free <= 0 || static_cast<uint64_t>(free) >= size, free);
    return free;
  }

  int64_t FindBytes(uint64_t min) {
    const uint64_t position = channel_->position();
    head_check_.BeginCall(position);
    const int64_t used =
        input_.Bit() ? channel_->Readable(min, kArm) : channel_->Readable(min, kReturn);
    if (!head_check_.EndCall()) DEMAND(used == static_cast<int64_t>(Status::Corrupt), used);
    if (used == static_cast<int64_t>(Status::PeerEnded)) CheckEndIsNoted();
    if (used <= 0) return used;
    const auto count = static_cast<uint64_t>(used);
    DEMAND(count >= min ||
               (awaits_next_peer_ ? peer_.HasWriterSeemedEnded() : peer_.HasWriterSeemedGone()),
           used);
    DEMAND(peer_.HasShownHead(position + count, position + peer_.capacity()), used);
    return used;
  }

  uint64_t ChooseConsumed() {
    const uint8_t kind = input_.Byte();
    if (kind == 255) return UINT64_MAX;
    if (kind >= 240) return uint64_t{kind} << (kind & 15) * 3;
    return uint64_t{kind} << kind % 6;
  }

  // What only resumable channels need; but the owner of any channel may call it.
  void Resume() {
    switch (input_.Below(4)) {
      case 0:
        if (!kind_.is_resumable) return;
        awaits_next_peer_ = input_.Bit();
        return channel_->AwaitNextPeer(awaits_next_peer_);
      case 1: {
        if (writes_ || channel_->has_left()) return;
        const uint64_t size = ChooseConsumed();
        channel_->MarkDelivered(size);
        // It comes after all that the peer has stored.
        DEMAND(channel_->segment().header().delivered == channel_->position() + size, size);
        return;
      }
      default: {
        const Tenure seen = channel_->PeerTenure();
        if (channel_->has_left()) return DEMAND(seen.generation == 0, seen.generation);
        if (peer_.has_acted()) return;
        const Header& header = channel_->segment().header();
        const RoleRecord& role = writes_ ? header.reader : header.writer;
        DEMAND(seen.generation == role.generation, seen.generation);
        DEMAND(seen.since == role.since[seen.generation & 1], seen.since);
      }
    }
  }

  // A peer that left without an end is waited for.
  void CheckAwaited(int64_t answer) const {
    if (!awaits_next_peer_) return;
    DEMAND(answer >= 0 || IsOneOf(static_cast<Status>(answer),
                                  {Status::PeerEnded, Status::Corrupt, Status::Closed}),
           answer);
  }

  // No reader is needed after one that has read to the end. (What the peer stores since is its
  // own business.)
  void CheckEndIsNoted() {
    const uint32_t state = channel_->segment().header().reader.state;
    const bool is_noted = state == static_cast<uint32_t>(RoleState::Ended);
    if (!has_noted_end_ && !peer_.has_acted()) DEMAND(is_noted || !kind_.is_resumable, state);
    has_noted_end_ = true;
  }

  void Write(Endpoint& channel) {
    uint64_t size = ChooseSize();
    if (all_or_nothing_) size = std::min(size, peer_.capacity());
    const std::unique_ptr<uint8_t[]> source(new uint8_t[size]);
    std::memset(source.get(), input_.Byte(), size);
    const uint64_t position = channel.position();
    const uint64_t capacity = peer_.capacity();
    std::vector<uint8_t> ring(peer_.ring(), peer_.ring() + capacity);
    int64_t answer = 0;
    switch (input_.Below(4)) {
      case 0:
        answer = channel.Write(source.get(), size, 0, kReturn);
        break;
      case 1:
        answer = channel.Write(source.get(), size, 0, kArm);
        break;
      case 2:
        answer = channel.Write(source.get(), size, size, kArm);
        break;
      default:
        answer = channel.Write(source.get(), size, 0, input_.Below(2));
    }
    CheckMoved(answer, size);
    CheckAwaited(answer);
    // A write that fails half-way has moved what it has moved.
    const uint64_t count = channel.position() - position;
    DEMAND(count <= size, count);
    if (all_or_nothing_) DEMAND(count == 0 || count == size, count);
    if (answer >= 0) DEMAND(count == static_cast<uint64_t>(answer), answer);
    if (count == 0) return;
    const uint64_t head = channel.position();
    // At first there are fewer bytes in all than the ring holds.
    const bool is_young = position <= head && head < capacity;
    DEMAND(peer_.HasShownTail(is_young ? 0 : head - capacity, head), answer);
    for (uint64_t i = 0; i < count; i++) ring[(position + i) & (capacity - 1)] = source[i];
    DEMAND(std::memcmp(ring.data(), peer_.ring(), capacity) == 0, position);
  }

  void CheckStatus() {
    Snapshot snapshot{};
    const Status status = channel_->TakeSnapshot(&snapshot);
    DEMAND(IsOneOf(status, {Status::Ok, Status::Corrupt, Status::Closed}), status);
    if (status != Status::Ok) return;
    CheckSnapshot(snapshot);
    DEMAND(snapshot.capacity == peer_.capacity(), snapshot.capacity);
  }

  void CheckPeer() {
    CheckPresence(channel_->Peer());
    if (writes_) {
      const int64_t answer = channel_->DrainedOrArm();
      CheckMoved(answer, 1);
      CheckAwaited(answer);
    } else {
      head_check_.BeginCall(channel_->position());
      const bool has_ended = channel_->HasEnded();
      if (!head_check_.EndCall()) DEMAND(!has_ended, has_ended);
      if (has_ended) CheckEndIsNoted();
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
      case 6:
        return channel_->TrustBell(kFifo);
      case 4:
        return OpenSecond();
      case 5:
        if (second_ != nullptr) second_->Leave();
        return;
      default:
        if (second_ != nullptr) UseSecond();
    }
  }

  // Either end of the same channel, once more, in the same environment.
  void OpenSecond() {
    if (has_second_) return;
    const bool is_writer = input_.Bit();
    second_ = OpenEnd(kSecondId, is_writer);
    has_second_ = second_ != nullptr;
    second_writes_ = is_writer;
  }

  void UseSecond() {
    const uint64_t size = std::min(ChooseSize(), second_->segment().capacity());
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    const uint64_t position = second_->position();
    const int64_t answer = second_writes_ ? second_->Write(bytes.get(), size, 0, kArm)
                                          : second_->Read(bytes.get(), size, 1, kArm);
    CheckMoved(answer, size);
    DEMAND(second_->position() - position <= size, answer);
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
        if (last_wait_ == kWaitId) environment_.StopOnlooker(last_wait_++);
    }
  }

  Input& input_;
  Peer& peer_;
  const bool writes_;
  const Kind kind_;
  const bool all_or_nothing_;
  bool awaits_next_peer_;
  bool has_noted_end_ = false;
  uint64_t delivered_ = 0;
  Tenure own_tenure_{};
  HeadCheck head_check_;
  Environment environment_;
  Endpoint* channel_ = nullptr;
  Endpoint* second_ = nullptr;
  bool second_writes_ = false;
  bool has_second_ = false;
  uint32_t last_wait_ = 0;
};

void Run(Input& input) {
  AllowMappings(kMostMapped);
  const uint8_t kind = input.Byte();
  const bool writes = (kind & 1) != 0;
  const bool is_new = (kind & 2) != 0;
  constexpr Framing kFramings[] = {Framing::Bytes, Framing::Messages, Framing::Objects,
                                   Framing::Bytes};
  const Kind channel{(kind & 4) != 0 ? RoleScheme::FileLock : RoleScheme::RobustList,
                     kFramings[kind >> 4 & 3], (kind & 8) != 0};
  const Facilities facilities = ChooseFacilities(input);
  Peer peer(input);
  the_peer = &peer;
  if (!is_new) peer.Make(writes, channel);
  SetIntruder(Intrude);
  {
    Victim victim(input, peer, facilities, writes, channel);
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
