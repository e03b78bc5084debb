// A hostile peer of a session, of a listener or of a caller: before any atomic access of ours it
// stores any number in any word that the two share. The input says, from its start, what our side
// does; and from its end, what the peer does and when. Nobody is on the other side but what the
// peer stores.
//
// What is moved is compared with the ring in which it stands. All other rings of the session, and
// what is behind the last one, must be as they were.
#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "core/role_claim.h"
#include "demand.h"
#include "interleaving.h"
#include "place.h"
#include "session/caller.h"
#include "session/listener.h"
#include "session/session.h"
#include "system.h"

namespace smipc {
namespace {

constexpr uint64_t kMostMapped = uint64_t{1} << 20;
constexpr uint32_t kId = 1;
constexpr int kMostSteps = 60;
constexpr int kMostAccesses = 400000;
constexpr uint32_t kSlots = 2;
constexpr uint64_t kUp = kMinCapacity;
constexpr uint64_t kDown = 2 * kMinCapacity;
constexpr uint64_t kSessionBytes = 8 * kMinCapacity;
static_assert(RingsAt(kSlots) + kSlots * (kUp + kDown) < kSessionBytes);

const ConnectionTerms kTerms{Framing::Bytes, kUp, kDown, kSlots};

class Peer {
 public:
  explicit Peer(Input& input) : input_(input) { ChooseDelay(); }

  // A session of a client's, or a listener of a server's, that stands under the name.
  void Make(Framing framing, RoleScheme scheme) {
    const uint64_t capacity = framing == Framing::Session ? kSessionBytes : kListenerCapacity;
    const Directory& place = ThePlace().opened();
    DEMAND(segment_.Create(place, {capacity, framing, scheme, kPermissions}).ok() &&
               segment_.Name(place, kName).ok(),
           capacity);
    const bool is_session = framing == Framing::Session;
    RoleRecord& own = is_session ? header().writer : header().reader;
    const uint8_t start = input_.Byte();
    if ((start & 1) == 0) {
      own.owner = 12345;
      own.state = static_cast<uint32_t>(RoleState::Open);
      own.bell = kFifo;
    }
    // The role dies with the lock.
    if (scheme == RoleScheme::FileLock && (start & 2) == 0 && !HoldLock(is_session, &lock_)) {
      lock_.Close();
    }
    if (is_session) MakeConnections(start);
  }
  // Maps what the victim has made.
  bool Follow() { return segment_.Attach(ThePlace().opened(), kName).ok(); }

  bool is_there() const { return segment_.mapped(); }
  Header& header() const { return segment_.header(); }
  uint8_t* ring() const { return segment_.ring(); }
  SessionRecord& session() const { return *reinterpret_cast<SessionRecord*>(ring()); }
  ListenerRecord& listener() const { return *reinterpret_cast<ListenerRecord*>(ring()); }

  // Between two accesses of the victim's.
  void Act() {
    DEMAND(++accesses_ < kMostAccesses, accesses_);
    if (is_storm_) Store();
    while (input_.left() > 0 && delay_ == 0) {
      where_ = input_.ByteFromEnd();
      what_ = input_.ByteFromEnd();
      low_ = input_.ByteFromEnd();
      high_ = input_.ByteFromEnd();
      Store();
      ChooseDelay();
    }
    if (delay_ > 0) delay_--;
  }
  void BeginCall() {
    accesses_ = 0;
    is_storm_ = false;
  }
  // Has it stored anything in what says where the rings are?
  bool has_changed_terms() const { return has_changed_terms_; }

 private:
  void MakeConnections(uint8_t start) const {
    header().head = 1;
    session().up_capacity = kUp;
    session().down_capacity = kDown;
    session().slots = kSlots;
    for (uint32_t i = 0; i < kSlots; i++) {
      if ((start >> (2 + i) & 1) != 0) continue;
      Slot& slot = session().slots_begin[i];
      slot.client = 1u << kGenerationShift | kReaderOpen | static_cast<uint32_t>(EndState::Open);
      slot.up_head = uint64_t{start} << 4;
      session().for_server[0] |= 1u << i;
    }
    for (uint64_t i = RingsAt(kSlots); i < kSessionBytes; i++) {
      ring()[i] = static_cast<uint8_t>(i * 7 + i / 256);
    }
  }

  void ChooseDelay() {
    constexpr uint8_t kStorm = 0xf0;  // the last one again and again, until the call is over
    constexpr uint8_t kLong = 0xc0;   // soon, mostly
    const uint8_t delay = input_.ByteFromEnd();
    is_storm_ = is_storm_ || delay >= kStorm;
    delay_ = delay < kLong ? delay & 15 : delay;
  }

  uint64_t Number() const {
    const uint64_t numbers[] = {low_, uint64_t{low_} << 4, low_ | uint64_t{high_} << 8,
                                uint64_t{low_} << (high_ % 64)};
    return numbers[what_ >> 4 & 3];
  }
  // In the record, or in the header.
  void Store() {
    if (where_ >= 224) return StoreInHeader();
    const bool is_session = segment_.identity().framing == static_cast<uint32_t>(Framing::Session);
    if (!is_session) {
      const uint64_t value = Number() | ((what_ & 0x80) != 0 ? kRefusedCall : 0);
      listener().backlog[(where_ | high_ << 8) % kBacklog] = value;
      if (where_ == 0) listener().framing = low_;
      return;
    }
    Slot& slot = session().slots_begin[where_ >> 4 & 1];
    const auto number = static_cast<uint32_t>(Number());
    has_changed_terms_ = has_changed_terms_ || where_ % 16 >= 13;
    switch (where_ % 16) {
      case 0:
      case 1:
        return StoreWord(slot.client, slot.server);
      case 2:
      case 3:
        return StoreWord(slot.server, slot.client);
      case 4:
        return StorePosition(slot.up_head, slot.up_tail, kUp);
      case 5:
        return StorePosition(slot.up_tail, slot.up_head, kUp);
      case 6:
        return StorePosition(slot.down_head, slot.down_tail, kDown);
      case 7:
        return StorePosition(slot.down_tail, slot.down_head, kDown);
      case 8:
      case 9:
        session().for_server[what_ % kReadyWords] |= Number();
        session().for_client[what_ % kReadyWords] |= Number();
        return;
      case 10:
        session().accepts = number;
        return;
      case 11:
        slot.client_data.sleeping = slot.client_space.sleeping = number % 4;
        return;
      case 12:
        slot.server_data.sleeping = slot.server_space.sleeping = number % 4;
        return;
      case 13:
        session().up_capacity = uint64_t{low_} << (high_ % 64);
        return;
      case 14:
        session().down_capacity = uint64_t{low_} << (high_ % 64);
        return;
      default:
        session().slots = number;
    }
  }
  void StoreWord(std::atomic<uint32_t>& word, const std::atomic<uint32_t>& other) const {
    const uint32_t old = word.load(std::memory_order_relaxed);
    const auto number = static_cast<uint32_t>(Number());
    const uint32_t next = (1u << kGenerationShift) + (old & ~0xffu);
    const uint32_t values[] = {number,
                               old ^ 1u << low_ % 8,
                               (old & ~0xffu) | low_ % 64,
                               next | low_ % 64,
                               next | kReaderOpen | static_cast<uint32_t>(EndState::Open),
                               (other.load(std::memory_order_relaxed) & ~0xffu) | low_ % 64,
                               old | kHasLeftSlot,
                               ~number};
    word = values[what_ & 7];
    // As peers do.
    if ((what_ & 0x80) == 0) return;
    session().for_server[0] |= 1u << (where_ >> 4 & 1);
    session().for_client[0] |= 1u << (where_ >> 4 & 1);
  }
  void StorePosition(std::atomic<uint64_t>& position, const std::atomic<uint64_t>& other,
                     uint64_t capacity) const {
    const uint64_t old = position.load(std::memory_order_relaxed);
    const uint64_t at = other.load(std::memory_order_relaxed);
    const uint64_t bases[] = {old, at,         at + capacity,     at - capacity,
                              0,   UINT64_MAX, uint64_t{1} << 63, capacity};
    const uint64_t base = bases[what_ & 7];
    position = (what_ & 8) != 0 ? base - Number() : base + Number();
  }
  void StoreInHeader() const {
    constexpr size_t kGroups[] = {offsetof(Header, head),   offsetof(Header, data),
                                  offsetof(Header, space),  offsetof(Header, writer),
                                  offsetof(Header, reader), offsetof(Header, changes),
                                  offsetof(Header, writer), offsetof(Header, identity)};
    auto* const bytes = reinterpret_cast<uint8_t*>(&header());
    auto& word = *reinterpret_cast<std::atomic<uint32_t>*>(bytes + kGroups[where_ % 8] +
                                                           high_ % 16 * sizeof(uint32_t));
    const uint32_t old = word.load(std::memory_order_relaxed);
    const uint32_t values[] = {low_,
                               low_ % 8u,
                               kOwnerDied | low_,
                               kHasWaiters | low_,
                               kHasWaiters | kOwnerDied | low_,
                               old + low_,
                               old ^ 1u << low_ % 32,
                               ~uint32_t{low_}};
    word = values[what_ & 7];
  }

  Input& input_;
  Segment segment_;
  File lock_;
  uint8_t where_ = 0;
  uint8_t what_ = 0;
  uint8_t low_ = 0;
  uint8_t high_ = 0;
  bool is_storm_ = false;
  bool has_changed_terms_ = false;
  int delay_ = 0;
  int accesses_ = 0;
};

Peer* the_peer = nullptr;

void Intrude() {
  if (the_peer->is_there()) the_peer->Act();
}

OpenRequest RequestFor(Input& input, bool is_writer) {
  OpenRequest request = ChooseRequest(input, is_writer);
  request.is_resumable = false;
  return request;
}

// One side of a session, as a JavaScript environment uses it.
class Side {
 public:
  Side(Input& input, Peer& peer, const Facilities& facilities, bool is_client)
      : input_(input),
        peer_(peer),
        is_client_(is_client),
        environment_(
            facilities, [](void* /*context*/) {}, nullptr) {}

  bool Open() {
    OpenRequest request = RequestFor(input_, is_client_);
    request.framing = Framing::Session;
    request.create = is_client_ ? CreateMode::Always : CreateMode::Never;
    request.capacity = kSessionBytes;
    request.terms = kTerms;
    request.reserved = Session::ReservedFor(kTerms);
    uint32_t holder_pid = 0;
    const Result opened = environment_.OpenAs(kId, request, &session_, &holder_pid);
    CheckOpened(opened);
    DEMAND(opened.ok() == (session_ != nullptr), opened.status);
    // The client says where the rings are, and not after that.
    knows_terms_ = is_client_ || !peer_.has_changed_terms();
    if (opened.ok() && !is_client_) session_->SetAccepts(Accepts::Yes);
    return opened.ok();
  }

  void Step() {
    peer_.BeginCall();
    switch (input_.Below(16)) {
      case 0:
        CheckPresence(session_->PeerOfSession());
        return TakeWakes(environment_);
      case 1:
        if (is_client_) return Connect();
        return Drop();
      case 2:
      case 3:
        return TakeReady();
      case 4:
        session_->Rest(input_.Bit());
        return;
      case 5:
        return Seldom();
      case 6:
        return LeaveEnd();
      case 7:
      case 8:
        return Look();
      default:
        return input_.Bit() ? Read() : Write();
    }
  }
  void Finish() {
    for (const Kept& kept : kept_) {
      uint8_t byte = 0;
      if (!session_->is_held()) {
        DEMAND(kept.connection->reader.Read(&byte, 1, 1, kReturn) ==
                   static_cast<int64_t>(Status::Closed),
               kept.slot);
      }
    }
  }

 private:
  struct Kept {
    uint32_t slot;
    std::shared_ptr<Connection> connection;
  };

  void Connect() {
    uint32_t slot = 0;
    bool was_taken[kSlots] = {};
    for (uint32_t i = 0; i < kSlots; i++) was_taken[i] = session_->connection(i) != nullptr;
    const Result done = session_->Connect(Framing::Bytes, &slot, nullptr);
    DEMAND(IsOneOf(done.status, {Status::Ok, Status::Refused, Status::Closed, Status::Corrupt}),
           done.status);
    if (!done.ok()) DEMAND(slot == Session::kNoFreeSlot, slot);
    if (slot == Session::kNoFreeSlot) return;
    DEMAND(slot < kSlots && !was_taken[slot], slot);
    Keep(slot);
  }
  void TakeReady() {
    uint32_t slots[kMostConnections];
    const size_t count = session_->TakeReady(slots);
    for (size_t i = 0; i < count; i++) slots[i] &= ~Session::kHasChanged;
    DEMAND(std::set<uint32_t>(slots, slots + count).size() == count, count);
    for (size_t i = 0; i < count; i++) {
      if (is_client_) {
        DEMAND(slots[i] < kSlots, slots[i]);
        continue;
      }
      const bool was_taken = session_->connection(slots[i]) != nullptr;
      if (session_->Accept(slots[i], Framing::Bytes) != Session::Arrival::Connection) continue;
      DEMAND(!was_taken, slots[i]);
      Keep(slots[i]);
    }
  }
  void Keep(uint32_t slot) {
    const std::shared_ptr<Connection>& connection = session_->connection(slot);
    DEMAND(connection != nullptr, slot);
    for (const SlotEnd* end : {static_cast<const SlotEnd*>(&connection->reader),
                               static_cast<const SlotEnd*>(&connection->writer)}) {
      DEMAND(!end->has_left() && end->position() == 0, slot);
      const uint64_t capacity = end->capacity();
      DEMAND(capacity >= kMinCapacity && (capacity & (capacity - 1)) == 0, capacity);
    }
    kept_.push_back({slot, connection});
    if (kept_.size() > 8) kept_.erase(kept_.begin());
  }
  void Drop() {
    if (kept_.empty() || !session_->is_held()) return;
    const uint32_t slot = kept_.back().slot;
    if (session_->connection(slot) != nullptr) session_->Drop(slot);
  }
  const Kept* Choose() {
    if (kept_.empty()) return nullptr;
    return &kept_[kept_.size() - 1 - input_.Below(static_cast<uint32_t>(kept_.size()))];
  }
  void Seldom() {
    switch (input_.Below(8)) {
      case 0:
        session_->Leave();
        DEMAND(session_->is_idle(), 0);
        return;
      case 1:
        environment_.PrepareForExit();
        return;
      case 2:
        session_->GiveUp(input_.Bit());
        return;
      case 3:
        return session_->SetAccepts(input_.Bit() ? Accepts::Yes : Accepts::NoLonger);
      case 4:
        return session_->StopUsingBell(kFifo);
      case 5:
        return session_->TrustBell(kFifo);
      default:
        return LetTimePass(20);
    }
  }
  void LeaveEnd() {
    const Kept* kept = Choose();
    if (kept == nullptr) return;
    Connection& connection = *kept->connection;
    switch (input_.Below(3)) {
      case 0:
        return connection.writer.End();
      case 1:
        connection.writer.LeaveRing();
        DEMAND(connection.writer.has_left(), kept->slot);
        return;
      default:
        connection.reader.LeaveRing();
        DEMAND(connection.reader.has_left(), kept->slot);
    }
  }
  void Look() {
    const Kept* kept = Choose();
    if (kept == nullptr) return;
    Connection& connection = *kept->connection;
    switch (input_.Below(4)) {
      case 0:
        connection.reader.HasEnded();
        return;
      case 1:
        return CheckMoved(connection.writer.DrainedOrArm(), 1);
      case 2:
        CheckPresence(connection.reader.Peer());
        CheckPresence(connection.writer.Peer());
        return;
      default:
        for (SlotEnd* end : {&connection.reader, &connection.writer}) {
          Snapshot snapshot{};
          const Status status = end->TakeSnapshot(&snapshot);
          DEMAND(status == (end->has_left() ? Status::Closed : Status::Ok), status);
          if (status == Status::Ok) CheckSnapshot(snapshot);
        }
    }
  }

  uint64_t ChooseSize() {
    const uint8_t kind = input_.Byte();
    constexpr uint64_t kSizes[] = {1, kUp, kUp + 1, kDown, kDown + 1, 3 * kDown, kUp / 2, 2};
    return kind < 32 ? kSizes[kind % 8] : uint64_t{kind} << (kind % 7);
  }
  // The memory of an end's ring, as the peer has it mapped.
  uint8_t* RingOf(const Kept& kept, bool is_writer) const {
    const bool is_up = is_client_ == is_writer;
    return peer_.ring() + RingsAt(kSlots) + kept.slot * (kUp + kDown) + (is_up ? 0 : kUp);
  }
  void Read() {
    const Kept* kept = Choose();
    if (kept == nullptr) return;
    SlotEnd& reader = kept->connection->reader;
    const uint64_t size = ChooseSize();
    const uint64_t capacity = reader.capacity();
    const uint64_t min = 1 + input_.Byte() * (std::min(size, capacity) - 1) / 255;
    const std::unique_ptr<uint8_t[]> target(new uint8_t[size]);
    const uint64_t position = reader.position();
    const uint8_t how = input_.Byte();
    const Wait wait = (how & 1) != 0 ? kArm : kReturn;
    const bool consumes = (how & 2) != 0;
    const int64_t answer = consumes ? reader.Read(target.get(), size, min, wait)
                                    : reader.Peek(target.get(), size, min, wait);
    CheckMoved(answer, std::min(size, capacity));
    const uint64_t count = answer < 0 ? 0 : static_cast<uint64_t>(answer);
    DEMAND(reader.position() == position + (consumes ? count : 0), reader.position());
    const uint8_t* ring = RingOf(*kept, false);
    for (uint64_t i = 0; knows_terms_ && i < count; i++) {
      DEMAND(target[i] == ring[(position + i) & (capacity - 1)], i);
    }
    if (consumes || (how & 4) == 0) return;
    reader.Consume(size);
    DEMAND(reader.position() - position <= size, reader.position());
  }
  void Write() {
    const Kept* kept = Choose();
    if (kept == nullptr) return;
    SlotEnd& writer = kept->connection->writer;
    const uint64_t size = ChooseSize();
    const std::vector<uint8_t> source(size, static_cast<uint8_t>(size | 1));
    const uint64_t position = writer.position();
    const std::vector<uint8_t> before(peer_.ring() + RingsAt(kSlots), peer_.ring() + kSessionBytes);
    const int64_t answer =
        writer.Write(source.data(), size, input_.Bit() ? size : 0, input_.Bit() ? kArm : kReturn);
    CheckMoved(answer, size);
    const uint64_t moved = writer.position() - position;
    DEMAND(answer < 0 || moved == static_cast<uint64_t>(answer), moved);
    DEMAND(moved <= size, moved);
    if (!knows_terms_) return;
    const uint8_t* rings = peer_.ring() + RingsAt(kSlots);
    const uint64_t from = static_cast<uint64_t>(RingOf(*kept, true) - rings);
    const uint64_t to = from + writer.capacity();
    DEMAND(std::memcmp(before.data(), rings, from) == 0, kept->slot);
    DEMAND(std::memcmp(before.data() + to, rings + to, before.size() - to) == 0, kept->slot);
  }

  Input& input_;
  Peer& peer_;
  const bool is_client_;
  std::vector<Kept> kept_;
  Environment environment_;
  Session* session_ = nullptr;
  bool knows_terms_ = true;
};

// A server that is called.
void RunListener(Input& input, Peer& peer, const Facilities& facilities) {
  Environment environment(
      facilities, [](void* /*context*/) {}, nullptr);
  OpenRequest request = RequestFor(input, false);
  request.create = CreateMode::Auto;
  request.framing = Framing::Listener;
  request.capacity = kListenerCapacity;
  Listener* listener = nullptr;
  uint32_t holder_pid = 0;
  const Result opened = environment.OpenAs(kId, request, &listener, &holder_pid);
  CheckOpened(opened);
  SetIntruder(nullptr);
  if (!opened.ok() || !peer.Follow()) return;
  SetIntruder(Intrude);
  for (int step = 0; step < kMostSteps && input.left() > 0; step++) {
    peer.BeginCall();
    switch (input.Below(6)) {
      case 0:
        TakeWakes(environment);
        break;
      case 1:
        listener->Refuse(input.Short());
        break;
      case 2:
        if (input.Below(8) == 0) listener->Leave();
        break;
      default: {
        uint64_t calls[16];
        const size_t most = 1 + input.Below(16);
        const size_t count = listener->TakeCalls(calls, most);
        DEMAND(count <= most, count);
        for (size_t i = 0; i < count; i++) {
          DEMAND(calls[i] != 0 && (calls[i] & kRefusedCall) == 0, calls[i]);
        }
      }
    }
  }
  peer.BeginCall();
}

void RunCaller(Input& input, Peer& peer, const Facilities& facilities) {
  Environment environment(
      facilities, [](void* /*context*/) {}, nullptr);
  std::unique_ptr<Caller> made;
  uint32_t holder_pid = 0;
  const Result opened = Caller::Open(environment.waiter(), environment.peer_bells(), kId,
                                     ThePlace().channel(), &made, &holder_pid);
  DEMAND(opened.ok() == (made != nullptr), opened.status);
  DEMAND(IsOneOf(opened.status, {Status::Ok, Status::NotFound, Status::Refused,
                                 Status::Incompatible, Status::Corrupt}),
         opened.status);
  if (!opened.ok()) return;
  Caller& caller = *made;
  DEMAND(caller.framing() <= Framing::Objects, static_cast<uint32_t>(caller.framing()));
  environment.AddOnlooker(kId, std::move(made));
  for (int step = 0; step < kMostSteps && input.left() > 0; step++) {
    peer.BeginCall();
    const uint64_t id = 1 + input.Short();
    switch (input.Below(6)) {
      case 0:
        TakeWakes(environment);
        break;
      case 1:
        caller.TakeBack(id);
        break;
      case 2:
        caller.TakeRefusal(id);
        break;
      case 3:
        CheckPresence(caller.Server());
        break;
      default:
        caller.Call(id);
    }
  }
  peer.BeginCall();
  environment.StopOnlooker(kId);
  if (input.Bit()) TakeWakes(environment);
}

void Run(Input& input) {
  AllowMappings(kMostMapped);
  const uint8_t kind = input.Byte();
  const RoleScheme scheme = (kind & 4) != 0 ? RoleScheme::FileLock : RoleScheme::RobustList;
  const Facilities facilities = ChooseFacilities(input);
  Peer peer(input);
  the_peer = &peer;
  switch (kind & 3) {
    case 0:
      // Half of the callers find a server, half of the servers are called.
      if ((kind & 8) != 0) return RunListener(input, peer, facilities);
      peer.Make(Framing::Listener, scheme);
      SetIntruder(Intrude);
      RunCaller(input, peer, facilities);
      break;
    case 1: {
      Side client(input, peer, facilities, true);
      if (!client.Open() || !peer.Follow()) break;
      SetIntruder(Intrude);
      for (int step = 0; step < kMostSteps && input.left() > 0; step++) client.Step();
      peer.BeginCall();
      client.Finish();
      break;
    }
    default: {
      peer.Make(Framing::Session, scheme);
      SetIntruder(Intrude);
      Side server(input, peer, facilities, false);
      if (!server.Open()) break;
      for (int step = 0; step < kMostSteps && input.left() > 0; step++) server.Step();
      peer.BeginCall();
      server.Finish();
    }
  }
  SetIntruder(nullptr);
}

}  // namespace
}  // namespace smipc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smipc::ThePlace().Begin();
  smipc::Input input(data, size);
  smipc::Run(input);
  smipc::SetIntruder(nullptr);
  smipc::ThePlace().Clean();
  return 0;
}
