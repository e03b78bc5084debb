#include "session/slot_end.h"

#include "core/ring.h"

namespace smipc {

RingEnd::Site SlotEnd::SiteOf(const SlotSide& side, bool is_writer, const RingMemory& memory) {
  Slot& slot = side.slot;
  // Upwards writes the client.
  const bool is_up = side.is_client == is_writer;
  Doorbell& clients = is_up ? slot.client_space : slot.client_data;
  Doorbell& servers = is_up ? slot.server_data : slot.server_space;
  return {is_writer,
          is_up ? slot.up_head : slot.down_head,
          is_up ? slot.up_tail : slot.down_tail,
          memory,
          nullptr,
          nullptr,
          side.is_client ? clients : servers,
          side.is_client ? servers : clients};
}

SlotEnd::SlotEnd(SlotKeeper& keeper, const SlotSide& side, bool is_writer, const RingMemory& memory)
    : RingEnd(SiteOf(side, is_writer, memory), 0, nullptr),
      keeper_(&keeper),
      side_(side),
      generation_(GenerationOf(side.own_word().load(std::memory_order_relaxed))) {  // ours
  BeThere();
}

bool SlotEnd::IsAtStart() const {
  return is_writer() ? producer().head() == 0 && producer().tail() == 0
                     : consumer().tail() == 0 && consumer().head() <= capacity();
}

void SlotEnd::Detach() {
  BeGone();
  keeper_ = nullptr;
}

// --- the peer

Presence SlotEnd::PeerByWord() const {
  // Loaded once, since a hostile peer may change it. acquire: all that was published before the
  // peer ended or left is visible; partner: StoreState.
  const uint32_t word = side_.peer_word().load(std::memory_order_acquire);
  if (GenerationOf(word) != generation_) {
    // The server has not taken the connection yet. A client's word changes only when both have
    // left.
    if (side_.is_client) return Presence::Open;
    return is_writer() ? Presence::Closed : Presence::Aborted;
  }
  if (is_writer()) return IsReaderOpen(word) ? Presence::Open : Presence::Closed;
  switch (WriterOf(word)) {
    case EndState::Open:
      return Presence::Open;
    case EndState::Ended:
      return Presence::Ended;
    default:
      return Presence::Aborted;
  }
}

Presence SlotEnd::Peer() const {
  if (has_left()) return Presence::Absent;
  const Presence seen = PeerByWord();
  if (seen != Presence::Open) return seen;
  const Presence session = keeper_->PeerOfSession();
  if (!HasLeft(session)) return seen;
  // It may have ended, or left the slot, before it left the session.
  const Presence now = PeerByWord();
  if (now != Presence::Open) return now;
  if (session == Presence::Died) return Presence::Died;
  return is_writer() ? Presence::Closed : Presence::Aborted;
}

Status SlotEnd::TakeSnapshot(Snapshot* snapshot) {
  if (has_left()) return Status::Closed;
  *snapshot = {};
  snapshot->capacity = capacity();
  snapshot->framing = Framing::Bytes;
  snapshot->written = is_writer() ? producer().head() : consumer().head();
  snapshot->read = is_writer() ? producer().tail() : consumer().tail();
  const Presence peer = Peer();
  const uint32_t own_pid = keeper_->PidOf(side_.is_client);
  const uint32_t peer_pid = keeper_->PidOf(!side_.is_client);
  snapshot->writer = is_writer() ? Presence::Open : peer;
  snapshot->reader = is_writer() ? peer : Presence::Open;
  snapshot->writer_pid = is_writer() ? own_pid : peer_pid;
  snapshot->reader_pid = is_writer() ? peer_pid : own_pid;
  snapshot->is_of_one_moment = true;
  return Status::Ok;
}

// --- leaving

void SlotEnd::StoreState(uint32_t mask, uint32_t bits) {
  // relaxed: only this thread stores it.
  const uint32_t word = side_.own_word().load(std::memory_order_relaxed);
  // release: all that was published is visible to who sees it; partner: PeerByWord. seq_cst: the
  // bit that Notify sets comes after it, for a peer that looks at the word once it has seen the
  // bit.
  side_.own_word().store((word & ~mask) | bits, std::memory_order_seq_cst);
  keeper_->Notify(side_.index);
}

void SlotEnd::End() {
  if (has_left() || !is_writer()) return;
  const uint32_t word = side_.own_word().load(std::memory_order_relaxed);
  if (WriterOf(word) != EndState::Open) return;
  StoreState(kWriterMask, static_cast<uint32_t>(EndState::Ended));
}

void SlotEnd::LeaveRing() {
  if (has_left()) return;
  BeGone();
  SlotKeeper& keeper = *keeper_;
  const uint32_t slot = side_.index;
  const bool is_vacated = keeper.IsVacated(slot);
  const uint32_t left = is_vacated ? kHasLeftSlot : 0;
  const uint32_t word = side_.own_word().load(std::memory_order_relaxed);  // ours
  if (!is_writer()) {
    StoreState(kReaderOpen, left);
  } else if (WriterOf(word) == EndState::Open) {
    StoreState(kWriterMask, static_cast<uint32_t>(EndState::Aborted) | left);
  } else if (is_vacated) {
    StoreState(0, left);
  }
  if (is_vacated) keeper.NoteVacated(slot);
}

}  // namespace smipc
