#include "channel/endpoint.h"

#include <utility>

#include "platform/marked_words.h"

namespace smipc {

RingEnd::Site Endpoint::SiteOf(const Segment& segment, const OpenRequest& request) {
  Header& header = segment.header();
  const bool is_counted = request.framing != Framing::Bytes;
  return {request.is_writer,
          header.head,
          header.tail,
          {segment.ring(), segment.capacity()},
          is_counted ? header.written : nullptr,
          is_counted ? header.consumed : nullptr,
          request.is_writer ? header.space : header.data,
          request.is_writer ? header.data : header.space};
}

Endpoint::Endpoint(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                   const Directory& directory, std::unique_ptr<Segment> segment,
                   std::shared_ptr<Lifeline> lifeline)
    : RoleHolder(shared, id, request, directory, std::move(segment), std::move(lifeline)),
      RingEnd(SiteOf(RoleHolder::segment(), request), request.busy_poll_us, &shared.sleepers),
      // acquire: partner: MarkDelivered.
      delivered_(header().delivered.load(std::memory_order_acquire)),
      refused_seen_(header().refused.load(std::memory_order_relaxed)) {  // no one stores: the lock
  if (RoleHolder::segment().is_resumable()) {
    SetAwaitsNextPeer(true);
    if (request.framing != Framing::Bytes) WriteAllOrNothing();
  }
  SleepAt(request.is_bell_trusted ? Sleep::AtBell : Sleep::AtFutex);
}

bool Endpoint::IsSane() const {
  const uint64_t capacity = segment().capacity();
  if (segment().is_resumable()) {
    return is_writer() ? PositionsAreSane(producer().head(), producer().tail(), capacity)
                       : PositionsAreSane(consumer().head(), consumer().tail(), capacity);
  }
  // A role is taken only once in such a segment, so our position must be where it began.
  return is_writer() ? producer().head() == 0 && producer().tail() == 0
                     : consumer().tail() == 0 && consumer().head() <= capacity;
}

Endpoint::~Endpoint() {
  // JavaScript may have moved the lent memory to another ArrayBuffer
  // (ArrayBuffer.prototype.transfer), which cannot be detached any more: that memory is never
  // unmapped.
  if (is_lent_) AbandonSegment();
}

// --- reading, and lending

void Endpoint::MarkDelivered(uint64_t size) {
  if (has_left()) return;
  // release, so that it is not seen before the tail that was stored before it; partner: the
  // constructor of the next reader, which the lock of the role orders anyway.
  header().delivered.store(consumer().tail() + size, std::memory_order_release);
}

void Endpoint::NoteEnd() {
  if (segment().is_resumable() && !claim().has_ended()) claim().MarkEnded();
}

uint8_t* Endpoint::Lend() {
  is_lent_ = true;
  return segment().ring() + (position() & (segment().capacity() - 1));
}

// --- parking

RingEnd::Ticket Endpoint::DrawTicket() const {
  if (has_left()) return {0, 0};
  // acquire: partner: the releases in TakeWakeUp and ForceWakeUp; OwnerWords::Claim and Release,
  // and the kernel's mark of a dead owner.
  return {own_doorbell().seq.load(std::memory_order_acquire),
          peer_role().owner.load(std::memory_order_acquire)};
}

void Endpoint::Park(const Ticket& ticket, int64_t timeout_ms) {
  const WaitWord words[] = {{&own_doorbell().seq, ticket.bell}, {&peer_role().owner, ticket.peer}};
  // Where only one word can be waited for, the caller finds a death when it tries again.
  if (WaitForAny(wait_mode(), words, 2, timeout_ms) == WaitOutcome::Unsupported) {
    WaitForOne(words[0], timeout_ms);
  }
  // The other thread that sleeps there is this environment's waiter thread, which may not know of a
  // death even if the ticket was drawn after it.
  if (IsVacant(ticket.peer) || peer_role().owner.load(std::memory_order_acquire) != ticket.peer) {
    PassOnWakeUp(peer_role().owner);
  } else {
    // The waiter thread may have been quieted by now: see Environment::PrepareForExit.
    watch().CheckForLostPeer();
  }
}

// --- life

void Endpoint::End() {
  // In a reader's role the state Ended means that it has read to the end.
  if (has_left() || !is_writer()) return;
  claim().MarkEnded();
  Announce();
}

bool Endpoint::PrepareForExit(bool may_wait) {
  if (has_left()) return true;
  if (!is_writer() || claim().has_ended() || IsGone(Peer())) return Leave(may_wait);
  claim().MarkExiting();
  return true;
}

bool Endpoint::TakeRefusal(Refusal* refusal) {
  if (has_left()) return false;
  // Loaded once, since a hostile peer may change it. relaxed: the wake-up that was for it acquired
  // it; any other may come too early, and is followed by that one.
  const uint64_t word = header().refused.load(std::memory_order_relaxed);
  if (word == refused_seen_) return false;
  refused_seen_ = word;
  return ReadNote(word, refusal);
}

Status Endpoint::TakeSnapshot(Snapshot* snapshot) {
  if (!segment().mapped()) return Status::Closed;
  // The watch hears of deaths, so the kernel need not be asked about owners.
  const Status taken =
      smipc::TakeSnapshot(header(), segment().identity(), {}, &own_role(), snapshot);
  Presence& peer = is_writer() ? snapshot->reader : snapshot->writer;
  if (peer != Presence::Open) return taken;
  watch().CheckForLostPeer();
  peer = watch().Peer();
  return taken;
}

}  // namespace smipc
