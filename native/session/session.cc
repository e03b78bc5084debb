#include "session/session.h"

#include <algorithm>
#include <utility>

#include "core/doorbell.h"
#include "platform/directory.h"

namespace smipc {

namespace {

constexpr uint32_t kGenerations = uint32_t{1} << (32 - kGenerationShift);
// A session has room for so many bytes of rings, but for at least so many slots if a segment can be
// that large. It is address space: memory is reserved by the slot.
constexpr uint64_t kMostRingBytes = uint64_t{32} << 20;
constexpr uint64_t kFewestSlots = 15;

// Meanwhile the event loop stands still, and in it perhaps what the program is about to answer.
constexpr std::chrono::microseconds kPollAtOnce{20};

bool IsCapacity(uint64_t capacity) {
  return capacity >= kMinCapacity && capacity <= kMaxCapacity && (capacity & (capacity - 1)) == 0;
}

ConnectionTerms ReadTerms(const SessionRecord& record) {
  return {Framing::Bytes, record.up_capacity, record.down_capacity, record.slots};
}

}  // namespace

uint64_t Session::CapacityFor(ConnectionTerms* terms) {
  const uint64_t pair = terms->up_capacity + terms->down_capacity;
  // One less than what fits: its place is for the words.
  const uint64_t wanted = std::max(kFewestSlots + 1, kMostRingBytes / pair) - 1;
  const uint64_t fitting = (kMaxCapacity - RingsAt(kMostConnections)) / pair;
  const uint64_t slots = std::min<uint64_t>({wanted, fitting, kMostConnections});
  terms->slots = static_cast<uint32_t>(std::max<uint64_t>(slots, 1));
  uint64_t capacity = kMinCapacity;
  while (capacity < RingsAt(terms->slots) + terms->slots * pair) capacity *= 2;
  return capacity;
}

Session::Session(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                 const Directory& directory, std::unique_ptr<Segment> segment,
                 std::shared_ptr<Lifeline> lifeline)
    : RoleHolder(shared, id, request, directory, std::move(segment), std::move(lifeline)),
      busy_poll_(std::chrono::microseconds(request.busy_poll_us)),
      sleepers_(shared.sleepers),
      sleeper_(own_doorbell()),
      sleep_(request.is_bell_trusted ? Sleep::AtBell : Sleep::AtFutex) {
  if (is_client()) {
    // A writer's role in a new segment, which has no name yet.
    terms_ = request.terms;
    record().up_capacity = terms_.up_capacity;
    record().down_capacity = terms_.down_capacity;
    record().slots = terms_.slots;
    // As if something had been published: a session whose client has gone is still to be taken, for
    // what was written (admission.h). relaxed: the name publishes it.
    header().head.store(1, std::memory_order_relaxed);
  } else {
    // Where nothing is reserved yet, reading might find no memory. If that fails, nothing is sane.
    const Segment& made = RoleHolder::segment();
    if (made.ReserveRangeAgain(0, sizeof(SessionRecord)).ok()) terms_ = ReadTerms(record());
    // And so with the words of the slots.
    if (IsSane() && !made.ReserveRangeAgain(0, RingsAt(terms_.slots)).ok()) terms_ = {};
  }
  if (!IsSane()) return;
  connections_.resize(terms_.slots);
  generations_.resize(terms_.slots);
  peer_words_.resize(terms_.slots);
  if (!is_client()) return;
  for (uint32_t slot = terms_.slots; slot-- > 0;) free_slots_.push_back(slot);
  is_free_.set();
}

bool Session::IsSane() const {
  const uint64_t slots = terms_.slots;
  return slots >= 1 && slots <= kMostConnections && IsCapacity(terms_.up_capacity) &&
         IsCapacity(terms_.down_capacity) && segment().capacity() >= RingsAt(terms_.slots) &&
         (segment().capacity() - RingsAt(terms_.slots)) / slots >=
             terms_.up_capacity + terms_.down_capacity;
}

void Session::Entered() {
  Arm(own_doorbell(), 0, sleep_);
  if (is_client()) return;
  // Nobody else is to find it; and what is left of a session needs nobody to remove it then.
  Directory directory;
  constexpr uint32_t kAnyPermissions = 0777;  // they were checked when it was opened
  if (directory.Open(RoleHolder::directory().c_str(), kAnyPermissions).ok()) {
    directory.RemoveName(name().c_str());
  }
}

// --- connecting

Result Session::ReserveSlot(uint32_t slot, MemoryShortage* shortage) {
  if (reserved_[slot]) return {};
  const uint64_t pair = terms_.up_capacity + terms_.down_capacity;
  const uint64_t from = RingsAt(terms_.slots) + slot * pair;
  const Result done = is_client() ? segment().ReserveRange(from, pair, shortage)
                                  : segment().ReserveRangeAgain(from, pair);
  if (done.ok()) reserved_.set(slot);
  return done;
}

bool Session::Join(uint32_t slot) {
  const uint64_t pair = terms_.up_capacity + terms_.down_capacity;
  uint8_t* up = segment().ring() + RingsAt(terms_.slots) + slot * pair;
  connections_[slot] = std::make_shared<Connection>(
      *this, SideOf(slot), RingMemory(up, terms_.up_capacity, false),
      RingMemory(up + terms_.up_capacity, terms_.down_capacity, false));
  // Looks at the private copies, which will be used.
  Connection& made = *connections_[slot];
  if (!made.reader.IsAtStart() || !made.writer.IsAtStart()) {
    connections_[slot].reset();
    return false;
  }
  connected_++;
  return true;
}

Result Session::Connect(Framing framing, uint32_t* slot, MemoryShortage* shortage) {
  *slot = kNoFreeSlot;
  if (!is_held()) return Result(Status::Closed);
  // acquire: nothing hangs on it, the server looks at each connection; partner: SetAccepts.
  const uint32_t accepts = record().accepts.load(std::memory_order_acquire);
  if (accepts == static_cast<uint32_t>(Accepts::NoLonger) || HasLeft(PeerOfSession())) {
    return Result(Status::Refused);
  }
  if (free_slots_.empty()) return {};
  const uint32_t chosen = free_slots_.back();
  const Result reserved = ReserveSlot(chosen, shortage);
  if (!reserved.ok()) return reserved;
  free_slots_.pop_back();
  is_free_.reset(chosen);
  generations_[chosen] = (generations_[chosen] + 1) % kGenerations;

  // The server has left the slot, so all of it is ours until it sees the new word. relaxed: the
  // word publishes it.
  Slot& shared = record().slots_begin[chosen];
  for (auto* position : {&shared.up_head, &shared.up_tail, &shared.down_head, &shared.down_tail}) {
    position->store(0, std::memory_order_relaxed);
  }
  for (Doorbell* bell :
       {&shared.client_data, &shared.client_space, &shared.server_data, &shared.server_space}) {
    Disarm(*bell);
  }
  const uint32_t word = (generations_[chosen] << kGenerationShift) |
                        (static_cast<uint32_t>(framing) << kFramingShift) | kReaderOpen |
                        static_cast<uint32_t>(EndState::Open);
  shared.client.store(word, std::memory_order_release);  // partner: Accept
  if (!Join(chosen)) return Result(Status::Corrupt);
  Notify(chosen);
  *slot = chosen;
  return {};
}

void Session::GiveUp(bool died) {
  if (!is_held()) return;
  given_up_ = died ? Presence::Died : Presence::Closed;
  header().head.store(0, std::memory_order_relaxed);  // nothing is to be taken from here any more
}

// --- accepting

Session::Arrival Session::Accept(uint32_t slot, Framing framing) {
  if (!is_held() || is_client() || slot >= terms_.slots || connections_[slot] != nullptr) {
    return Arrival::None;
  }
  Slot& shared = record().slots_begin[slot];
  // acquire: the slot is as the client has left it for us; partner: Connect.
  const uint32_t word = shared.client.load(std::memory_order_acquire);
  const uint32_t generation = GenerationOf(word);
  if (generation == generations_[slot] || WriterOf(word) == EndState::None) return Arrival::None;
  generations_[slot] = generation;
  const uint32_t own = generation << kGenerationShift;
  const bool is_fit = ((word >> kFramingShift) & kFramingMask) == static_cast<uint32_t>(framing);
  if (is_fit && ReserveSlot(slot, nullptr).ok()) {
    // release: partner: SlotEnd::PeerByWord.
    shared.server.store(own | kReaderOpen | static_cast<uint32_t>(EndState::Open),
                        std::memory_order_release);
    if (Join(slot)) return Arrival::Connection;
  }
  shared.server.store(own | kHasLeftSlot | static_cast<uint32_t>(EndState::Aborted),
                      std::memory_order_seq_cst);  // as in SlotEnd::StoreState
  Notify(slot);
  return Arrival::Refused;
}

void Session::Drop(uint32_t slot) {
  const std::shared_ptr<Connection> dropped = connections_[slot];
  if (dropped == nullptr) return;
  dropped->writer.End();
  dropped->writer.LeaveRing();
  dropped->reader.LeaveRing();
}

void Session::SetAccepts(Accepts accepts) {
  if (!is_held() || is_client()) return;
  record().accepts.store(static_cast<uint32_t>(accepts), std::memory_order_release);
}

// --- news

void Session::Notify(uint32_t slot) {
  // seq_cst: see doorbell.h, with the ready bits in the place of a position; partner: Rest.
  peer_ready()[slot / 64].fetch_or(uint64_t{1} << (slot % 64), std::memory_order_seq_cst);
  const Sleep how = TakeWakeUp(peer_doorbell(), UINT64_MAX);
  if (how != Sleep::Awake) WakePeersLoop(how);
}

size_t Session::TakeReady(uint32_t* slots) {
  if (!is_held()) return 0;
  sleepers_.Remove(&sleeper_);
  size_t count = 0;
  for (uint32_t word = 0; word < kReadyWords; word++) {
    std::atomic<uint64_t>& ready = own_ready()[word];
    if (ready.load(std::memory_order_relaxed) == 0) continue;  // Rest looks at it again
    // acquire: what the peer has done before it set the bit; partner: Notify.
    uint64_t bits = ready.exchange(0, std::memory_order_acquire);
    for (; bits != 0; bits &= bits - 1) {
      const auto slot = static_cast<uint32_t>(word * 64 + __builtin_ctzll(bits));
      // A hostile peer may set any bit.
      if (slot < terms_.slots) slots[count++] = slot;
    }
  }
  for (size_t i = 0; i < count; i++) {
    const uint32_t slot = slots[i];
    // A slot without ends here: its peer may have left it.
    FreeIfLeft(slot);
    // acquire: as in SlotEnd::PeerByWord, which loads it again.
    const uint32_t word = SideOf(slot).peer_word().load(std::memory_order_acquire);
    if (word != peer_words_[slot]) slots[i] |= kHasChanged;
    peer_words_[slot] = word;
  }
  if (count > 0) busy_poll_.Wake();
  return count;
}

bool Session::IsAnyReady() const {
  for (uint32_t word = 0; word < kReadyWords; word++) {
    // partner: Notify
    if (own_ready()[word].load(std::memory_order_seq_cst) != 0) return true;
  }
  return false;
}

Session::Rested Session::Rest(bool polls) {
  if (!is_held()) return Rested::Yes;
  // It may be resting already, and expect an answer now: a ring would come too late for the poll.
  sleepers_.Remove(&sleeper_);
  Disarm(own_doorbell());
  busy_poll_.Unpark();
  // A client without connections expects nothing.
  if (polls && !(is_client() && is_idle())) {
    const auto is_ready = [this] { return IsAnyReady(); };
    const auto must_stop = [this](BusyPoll::Clock::time_point now) {
      return sleepers_.AnyHasBeenWoken(now);
    };
    const BusyPoll::Part part = busy_poll_.PollPart(is_ready, must_stop, kPollAtOnce);
    if (part == BusyPoll::Part::Ready) return Rested::Not;
    if (part == BusyPoll::Part::GoOn) return Rested::NotYet;
  }
  Arm(own_doorbell(), 0, sleep_);
  busy_poll_.Park();
  if (!IsAnyReady()) {
    sleepers_.Add(&sleeper_);
    return Rested::Yes;
  }
  Disarm(own_doorbell());
  return Rested::Not;
}

// --- the peer

Presence Session::PeerOfSession() const {
  if (given_up_ != Presence::Absent) return given_up_;
  return is_held() ? watch().Peer() : Presence::Absent;
}

uint32_t Session::PidOf(bool of_client) const {
  const RoleRecord& role = of_client ? header().writer : header().reader;
  return role.pid.load(std::memory_order_relaxed);
}

// --- leaving

void Session::Leaving() {
  sleepers_.Remove(&sleeper_);
  DetachAll();
}

bool Session::IsVacated(uint32_t slot) const {
  const Connection& connection = *connections_[slot];
  return connection.reader.has_left() && connection.writer.has_left();
}

void Session::NoteVacated(uint32_t slot) {
  connections_[slot].reset();
  connected_--;
  FreeIfLeft(slot);
}

void Session::FreeIfLeft(uint32_t slot) {
  if (!is_client() || is_free_[slot] || connections_[slot] != nullptr) return;
  // acquire: the server touches the slot no more; partner: SlotEnd::StoreState.
  const uint32_t word = record().slots_begin[slot].server.load(std::memory_order_acquire);
  if (GenerationOf(word) != generations_[slot] || !HasLeftSlot(word)) return;
  is_free_.set(slot);
  free_slots_.push_back(slot);
}

void Session::DetachAll() {
  for (std::shared_ptr<Connection>& connection : connections_) {
    if (connection == nullptr) continue;
    connection->reader.Detach();
    connection->writer.Detach();
    connection.reset();
  }
  connected_ = 0;
}

bool Session::PrepareForExit(bool may_wait) {
  if (!is_held()) return true;
  // What was written, and not taken yet, is left to the server.
  const bool is_awaited = is_client() && PeerOfSession() == Presence::Absent;
  if (is_idle() && !is_awaited) return Leave(may_wait);
  claim().MarkExiting();
  return true;
}

}  // namespace smipc
