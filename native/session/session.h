// The connections between one environment of a client and a server, as one of the two holds them:
// a role in a session's segment, and the ends in its slots. A death resets all of them; a wake-up
// is for all that became ready since the last one.
//
// The client takes a free slot for a connection, and sets the slot's bit: that is all there is to
// connecting. Used by the JavaScript thread of one environment.
#ifndef SMIPC_SESSION_SESSION_H_
#define SMIPC_SESSION_SESSION_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "channel/role_holder.h"
#include "core/busy_poll.h"
#include "session/slot_end.h"
#include "session_layout.h"
#include "status.h"
#include "waiting/loop_sleepers.h"

namespace smipc {

// One side of a connection.
struct Connection {
  Connection(SlotKeeper& keeper, const SlotSide& side, const RingMemory& up, const RingMemory& down)
      : reader(keeper, side, false, side.is_client ? down : up),
        writer(keeper, side, true, side.is_client ? up : down) {}

  SlotEnd reader;
  SlotEnd writer;
};

class Session final : public RoleHolder, public SlotKeeper {
 public:
  // For OpenRole. A client (the writer's role) makes a session by `request.terms`.
  Session(const SharedParts& shared, uint32_t id, const OpenRequest& request,
          const Directory& directory, std::unique_ptr<Segment> segment,
          std::shared_ptr<Lifeline> lifeline);
  // Ends that JavaScript still knows are detached.
  ~Session() override { DetachAll(); }

  // How large a session's segment must be, behind its header, and how much of it is used at once.
  // The slots follow from the capacities.
  static uint64_t CapacityFor(ConnectionTerms* terms);
  static uint64_t ReservedFor(const ConnectionTerms& terms) { return RingsAt(terms.slots); }

  // --- the client

  static constexpr uint32_t kNoFreeSlot = UINT32_MAX;
  // Takes a free slot for a connection, and tells the server. `*slot`: kNoFreeSlot if there is
  // none.
  //   Ok; Refused: the server takes no more connections, or is gone; Closed; Corrupt; System (no
  //   memory).
  Result Connect(Framing framing, uint32_t* slot, MemoryShortage* shortage);
  // The server will never take this session: its connections fail, and the session's name goes when
  // it leaves. `died`: the server did.
  void GiveUp(bool died);
  bool HasFreeSlot() const { return !free_slots_.empty(); }

  // --- the server

  // What has come in that slot.
  enum class Arrival {
    None,        // nothing new
    Connection,  // its ends are there
    Refused,     // it could not be taken: memory was missing, or the client is not to be trusted
  };
  Arrival Accept(uint32_t slot, Framing framing);
  // Takes the connection, and ends it at once.
  void Drop(uint32_t slot);
  // Whether new connections are taken; the client is told.
  void SetAccepts(Accepts accepts);

  // --- both

  // The ends in that slot. Null: there are none.
  const std::shared_ptr<Connection>& connection(uint32_t slot) const { return connections_[slot]; }
  // Takes the slots in which something has happened; up to kMostConnections, with kHasChanged if
  // the peer's word has changed since the last time. The peer does not ring until Rest().
  static constexpr uint32_t kHasChanged = uint32_t{1} << 31;
  size_t TakeReady(uint32_t* slots);
  enum class Rested {
    Not = 0,     // something has happened, and TakeReady() is to be called
    Yes = 1,     // from now on the peer rings
    NotYet = 2,  // to be called again once the event loop has had a turn: it is worth polling on
  };
  // If `polls`, it polls for a while before, if that pays: for what comes in any slot.
  Rested Rest(bool polls);
  // The peer may be gone, or have come: its state.
  Presence PeerOfSession() const override;
  // Are there no connections?
  bool is_idle() const { return connected_ == 0; }

  bool PrepareForExit(bool may_wait = true) override;

 private:
  SessionRecord& record() const { return *reinterpret_cast<SessionRecord*>(segment().ring()); }
  bool is_client() const { return is_in_writers_role(); }
  SlotSide SideOf(uint32_t slot) const {
    return SlotSide(record().slots_begin[slot], slot, is_client());
  }
  std::atomic<uint64_t>* own_ready() const {
    return is_client() ? record().for_client : record().for_server;
  }
  std::atomic<uint64_t>* peer_ready() const {
    return is_client() ? record().for_server : record().for_client;
  }
  bool IsAnyReady() const;
  // Reserves the memory of a slot's rings, once.
  Result ReserveSlot(uint32_t slot, MemoryShortage* shortage);
  // Makes this side's ends in a slot whose word says that they are there. False: its positions are
  // not those of a start, since the peer is not to be trusted. Then there are none.
  bool Join(uint32_t slot);
  // Client: adds the slot to the free ones, if both sides have left it.
  void FreeIfLeft(uint32_t slot);
  void DetachAll();

  uint32_t PidOf(bool of_client) const override;
  void Notify(uint32_t slot) override;
  bool IsVacated(uint32_t slot) const override;
  void NoteVacated(uint32_t slot) override;

  bool IsSane() const override;
  void SleepAtBell(Sleep how) override { sleep_ = how; }
  bool KeepsFile() const override { return true; }  // to reserve memory
  void Entered() override;
  void Leaving() override;

  // As they were when the session was made or opened, and checked.
  ConnectionTerms terms_;
  BusyPoll busy_poll_;
  LoopSleepers& sleepers_;
  LoopSleeper sleeper_;
  Sleep sleep_;
  Presence given_up_ = Presence::Absent;  // what the client takes the server for, once it gave up
  uint32_t connected_ = 0;
  std::vector<std::shared_ptr<Connection>> connections_;  // by slot
  std::vector<uint32_t> peer_words_;   // by slot: the peer's, as it was told last
  std::vector<uint32_t> generations_;  // by slot: of the last connection that this side has taken
  std::bitset<kMostConnections> reserved_;
  std::vector<uint32_t> free_slots_;  // client; the one that was used last is at the end
  std::bitset<kMostConnections> is_free_;
};

}  // namespace smipc

#endif  // SMIPC_SESSION_SESSION_H_
