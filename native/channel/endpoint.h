// A channel as one process holds it: a role, and its end of the ring. Everything here is called by
// the JavaScript thread of one environment.
//
// Life: OpenRole -> [reads or writes] -> Leave -> (the watch is retired) -> Release. JavaScript
// keeps the state; a call that moves bytes after Leave() returns Status::Closed.
#ifndef SMIPC_CHANNEL_ENDPOINT_H_
#define SMIPC_CHANNEL_ENDPOINT_H_

#include <cstdint>
#include <memory>

#include "channel/ring_end.h"
#include "channel/role_holder.h"
#include "channel/survey.h"
#include "core/refusal.h"
#include "status.h"

namespace smipc {

class Endpoint final : public RoleHolder, public RingEnd {
 public:
  // For OpenRole (opening.h).
  Endpoint(const SharedParts& shared, uint32_t id, const OpenRequest& request,
           const Directory& directory, std::unique_ptr<Segment> segment,
           std::shared_ptr<Lifeline> lifeline);

  // Unmaps, unless the ring is lent. No thread may be able to touch the watch.
  ~Endpoint() override;

  // Notes in the segment that the next `size` bytes are handed out while they stay in the ring, for
  // the next owner of the reader's role.
  void MarkDelivered(uint64_t size);
  // The position up to which the previous owner of the reader's role had handed bytes out.
  uint64_t delivered() const { return delivered_; }

  // The ring itself, without copying: the address at which the bytes, or the space, begin that
  // Readable() or Writable() has shown. The ring stays mapped until TakeBack(). An honest peer does
  // not touch a reader's bytes until they are consumed, nor a writer's space until it is published;
  // a hostile one may overwrite either.
  uint8_t* Lend();
  void TakeBack() { is_lent_ = false; }

  Presence Peer() const override { return has_left() ? Presence::Absent : watch().Peer(); }
  // Resumable: which owner of the peer's role the peer is, and which owner of our role we are.
  Tenure PeerTenure() const { return has_left() ? Tenure{} : watch().PeerTenure(); }
  Tenure OwnTenure() const { return tenure(); }
  // Resumable: whether to wait for a successor of a peer that left without an end. At first true.
  void AwaitNextPeer(bool awaits) { SetAwaitsNextPeer(awaits); }
  bool TakeRefusal(Refusal* refusal) override;
  Status TakeSnapshot(Snapshot* snapshot) override;

  void End() override;
  void LeaveRing() override { Leave(); }
  bool PrepareForExit(bool may_wait = true) override;

 private:
  static Site SiteOf(const Segment& segment, const OpenRequest& request);

  bool IsSane() const override;
  uint64_t StartPosition() const override { return position(); }
  uint64_t StartMessages() const override { return messages(); }
  void SleepAtBell(Sleep how) override { SleepAt(how); }
  void Entered() override { BeThere(); }
  void Leaving() override { BeGone(); }
  bool MustStayMapped() const override { return is_lent_; }

  void WakeSleeper(Sleep how) override { WakePeersLoop(how); }
  Ticket DrawTicket() const override;
  void Park(const Ticket& ticket, int64_t timeout_ms) override;
  // Resumable reader: notes in its role that it has read to the end, so no other reader is needed.
  void NoteEnd() override;

  const uint64_t delivered_;
  uint64_t refused_seen_;
  bool is_lent_ = false;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_ENDPOINT_H_
