// One end of one ring of a connection: a RingEnd in a slot of a session. It holds no role of its
// own; whether its peer lives, the session knows.
#ifndef SMIPC_SESSION_SLOT_END_H_
#define SMIPC_SESSION_SLOT_END_H_

#include <cstdint>

#include "channel/ring_end.h"
#include "core/role_state.h"
#include "session_layout.h"
#include "status.h"

namespace smipc {

// What the ends of a connection ask of their session.
class SlotKeeper {
 public:
  // What has become of the session's peer. Absent: it is to come.
  virtual Presence PeerOfSession() const = 0;
  virtual uint32_t PidOf(bool is_client) const = 0;
  // Something has happened in the slot that its peer should look at.
  virtual void Notify(uint32_t slot) = 0;
  // Have both ends that this side had in the slot left?
  virtual bool IsVacated(uint32_t slot) const = 0;
  // They have, and the slot's word says so. The ends may be deleted in it.
  virtual void NoteVacated(uint32_t slot) = 0;

 protected:
  ~SlotKeeper() = default;
};

// A slot as one side sees it.
struct SlotSide {
  SlotSide(Slot& shared, uint32_t number, bool is_clients)
      : slot(shared), index(number), is_client(is_clients) {}

  std::atomic<uint32_t>& own_word() const { return is_client ? slot.client : slot.server; }
  const std::atomic<uint32_t>& peer_word() const { return is_client ? slot.server : slot.client; }

  Slot& slot;
  const uint32_t index;
  const bool is_client;
};

constexpr uint32_t GenerationOf(uint32_t word) { return word >> kGenerationShift; }
constexpr EndState WriterOf(uint32_t word) { return static_cast<EndState>(word & kWriterMask); }
constexpr bool IsReaderOpen(uint32_t word) { return (word & kReaderOpen) != 0; }
// Has that side left the slot, or never been there?
constexpr bool HasLeftSlot(uint32_t word) {
  return (word & kHasLeftSlot) != 0 || WriterOf(word) == EndState::None;
}

class SlotEnd final : public RingEnd {
 public:
  // The side's word says already that its two ends are there. It does not poll: the session does,
  // for all of its slots.
  SlotEnd(SlotKeeper& keeper, const SlotSide& side, bool is_writer, const RingMemory& memory);
  ~SlotEnd() override { Detach(); }

  // Nothing has been moved yet by either side, as far as this end can tell. What it goes by are the
  // private copies of the positions.
  bool IsAtStart() const;

  // The session is about to go, or its peer cannot be trusted: as if this end had left, without a
  // word to the peer.
  void Detach();

  Presence Peer() const override;
  Status TakeSnapshot(Snapshot* snapshot) override;
  void End() override;
  void LeaveRing() override;

 private:
  static Site SiteOf(const SlotSide& side, bool is_writer, const RingMemory& memory);

  void WakeSleeper(Sleep /*how*/) override { keeper_->Notify(side_.index); }
  // Changes this side's word, and tells the peer.
  void StoreState(uint32_t mask, uint32_t bits);
  // What has become of the peer's end, by its word alone.
  Presence PeerByWord() const;

  SlotKeeper* keeper_;
  const SlotSide side_;
  const uint32_t generation_;
};

}  // namespace smipc

#endif  // SMIPC_SESSION_SLOT_END_H_
