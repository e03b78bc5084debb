// A role in a segment, as one process holds it: segment + claim + lifeline + watch, and the order
// in which they are taken and released. What is done with the segment is known above: an Endpoint
// moves bytes through a channel. Everything here is called by the JavaScript thread of one
// environment; the waiter thread touches only the watch.
//
// Life: made -> Claim -> Enter -> Leave -> (the watch is retired) -> Release. opening.h makes them.
#ifndef SMIPC_CHANNEL_ROLE_HOLDER_H_
#define SMIPC_CHANNEL_ROLE_HOLDER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/lifelines.h"
#include "channel/loop_waker.h"
#include "channel/peer_bells.h"
#include "core/doorbell.h"
#include "core/role_claim.h"
#include "layout.h"
#include "platform/role_lock.h"
#include "platform/segment.h"
#include "status.h"
#include "waiting/loop_sleepers.h"
#include "waiting/waiter.h"

namespace smipc {

enum class CreateMode : uint32_t { Auto = 0, Always = 1, Never = 2 };

// What is asked of a listener, or of a session (session_layout.h).
struct ConnectionTerms {
  Framing framing = Framing::Bytes;
  uint64_t up_capacity = 0;
  uint64_t down_capacity = 0;
  uint32_t slots = 0;
};

struct OpenRequest {
  std::string directory;  // absolute path
  std::string name;       // checked by lib/options/options.ts: a plain file name
  bool is_writer;
  CreateMode create;
  uint64_t capacity;  // a power of two within kMinCapacity and kMaxCapacity
  Framing framing;
  uint32_t permissions;
  uint32_t busy_poll_us;
  uint64_t bell;                 // the one at which this environment listens, or kNoBell
  bool is_bell_trusted = false;  // its event loop has heard it
  bool is_resumable = false;
  MemoryShortage* shortage = nullptr;  // as SegmentSpec::shortage
  uint64_t reserved = UINT64_MAX;      // as SegmentSpec::reserved
  ConnectionTerms terms{};
};

// What the roles of one environment share.
struct SharedParts {
  Waiter& waiter;
  PeerBells& bells;
  LoopSleepers& sleepers;
  Lifelines& lifelines;
};

class RoleHolder {
 public:
  // No thread may be able to touch the watch.
  virtual ~RoleHolder() = default;
  RoleHolder(const RoleHolder&) = delete;
  RoleHolder& operator=(const RoleHolder&) = delete;

  // --- opening

  // Can what is in the segment be true, as far as this role goes on from it?
  virtual bool IsSane() const = 0;
  // Takes the role. No one else may be about to take it: the directory's lock is held, or the
  // segment has no name yet. `place`: the directory's.
  Result Claim(WaitThread& thread, const FileId& place);
  // Completes the opening, after Claim, and after the segment has its name.
  void Enter(WaitThread& thread);
  // Gives a new segment its name (Segment::Name), after Claim.
  Result Name(const Directory& directory) { return segment_->Name(directory, name_.c_str()); }
  // Instead of Enter: gives up the role in a segment that has no name, so there is no one to wake.
  void Unclaim();
  // Before Claim: the owner that has the peer's role is dead, although its word does not say so.
  void BeginWithLoss() {
    if (watch_.Peer() == Presence::Open) watch_.BeginWithLoss();
  }

  // --- life

  // The event loop has heard this bell: from the next call that arms on, this end is woken there. A
  // request that stands still says the futex, where the waiter thread hears.
  void TrustBell(uint64_t bell) {
    if (bell == own_bell_) SleepAtBell(Sleep::AtBell);
  }
  // The event loop no longer listens at this bell: from the next call that arms on, this end is
  // woken at the futex.
  void StopUsingBell(uint64_t bell) {
    if (bell == own_bell_) SleepAtBell(Sleep::AtFutex);
  }

  // The process is about to exit. What can be of no more use leaves now. Code that runs at exit may
  // still write, so others stay; if they die then, that counts as an exit. `may_wait` and the
  // result are those of Leave.
  virtual bool PrepareForExit(bool may_wait = true) = 0;
  // Gives up the role, wakes all who wait for that, removes the segment's name if no one can want
  // it any more, and asks for the watch to be retired. Idempotent. Removing the name takes the
  // directory's lock. False: another process has held the lock for too long, so the name is left to
  // the next opener. A caller that leaves many channels then passes `may_wait` false for the
  // others.
  bool Leave(bool may_wait = true);
  // Unmaps, unless the segment is lent. The watch must be retired, or the waiter stopped.
  void Release();

  bool is_held() const { return claim_.held(); }
  uint32_t id() const { return watch_.id(); }
  const Segment& segment() const { return *segment_; }
  // Null: it has none, or no longer.
  const std::shared_ptr<Lifeline>& lifeline() const { return lifeline_; }

 protected:
  // `id` is what WakeQueue reports, and the token at this environment's bell. `lifeline`: this
  // environment's in that directory; null: it has none. The writer sleeps at the space doorbell,
  // the reader at the data doorbell.
  RoleHolder(const SharedParts& shared, uint32_t id, const OpenRequest& request,
             const Directory& directory, std::unique_ptr<Segment> segment,
             std::shared_ptr<Lifeline> lifeline);

  Header& header() const { return segment_->header(); }
  Doorbell& own_doorbell() const { return is_writer_ ? header().space : header().data; }
  Doorbell& peer_doorbell() const { return is_writer_ ? header().data : header().space; }
  RoleRecord& own_role() const { return is_writer_ ? header().writer : header().reader; }
  RoleRecord& peer_role() const { return is_writer_ ? header().reader : header().writer; }

  const std::string& directory() const { return directory_; }
  const std::string& name() const { return name_; }
  bool is_in_writers_role() const { return is_writer_; }
  RoleClaim& claim() { return claim_; }
  const RoleClaim& claim() const { return claim_; }
  const Watch& watch() const { return watch_; }
  Watch& watch() { return watch_; }
  const Tenure& tenure() const { return tenure_; }
  WaitMode wait_mode() const { return wait_mode_; }

  // What the role goes on from: RoleEntry::position and RoleEntry::messages.
  virtual uint64_t StartPosition() const { return 0; }
  virtual uint64_t StartMessages() const { return 0; }
  // Does it need the segment's file, even if the role is not locked there?
  virtual bool KeepsFile() const { return false; }
  // How the event loop of this end is to be woken.
  virtual void SleepAtBell(Sleep how) = 0;
  // The role is taken, and is about to be left.
  virtual void Entered() = 0;
  virtual void Leaving() = 0;

  // This end has come, ended or left: wakes the peer, and openers that wait for a role.
  void Announce();
  // Wakes the peer's event loop, or thread, at its doorbell. Its request has been taken
  // (TakeWakeUp).
  void WakePeersLoop(Sleep how) { peers_loop_.Wake(peer_role(), peer_doorbell(), how); }
  // Is memory of the segment lent to JavaScript, so that it must not be unmapped?
  virtual bool MustStayMapped() const { return false; }
  // It will never be unmapped: JavaScript has moved it to where it cannot be taken back.
  void AbandonSegment() { static_cast<void>(segment_.release()); }

 private:
  // Gives the lifeline's slot back, after the role has been left, or was not taken.
  void GiveBackSlot();
  bool RemoveNameIfSpent(bool may_wait);

  std::unique_ptr<Segment> segment_;
  const bool is_writer_;
  const std::string directory_;
  const std::string name_;
  const uint32_t permissions_;
  std::shared_ptr<Lifeline> lifeline_;
  uint32_t slot_ = kNoSlot;
  FileRoleLock role_lock_;
  RoleClaim claim_;
  Tenure tenure_;
  Watch watch_;
  WaitThread* thread_ = nullptr;
  WaitMode wait_mode_ = WaitMode::Apart;  // of parked calls
  const uint64_t own_bell_;
  LoopWaker peers_loop_;
};

// Wakes openers that wait for a role (RoleWait), to try again.
void WakeOpeners(Header& header);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_ROLE_HOLDER_H_
