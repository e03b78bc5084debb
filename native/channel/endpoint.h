// A channel as one process holds it: segment + ring + role + watch, and the order in which they are
// taken and released. Everything here is called by the JavaScript thread of one environment; the
// waiter thread touches only the watch.
//
// Life: Open -> [reads or writes] -> Leave -> (the watch is retired) -> Release. JavaScript keeps
// the state; a call that moves bytes after Leave() returns Status::Closed.
#ifndef SMIPC_CHANNEL_ENDPOINT_H_
#define SMIPC_CHANNEL_ENDPOINT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/lifelines.h"
#include "channel/peer_bells.h"
#include "channel/survey.h"
#include "core/busy_poll.h"
#include "core/doorbell.h"
#include "core/refusal.h"
#include "core/ring.h"
#include "core/role_claim.h"
#include "layout.h"
#include "platform/role_lock.h"
#include "platform/segment.h"
#include "status.h"
#include "waiting/loop_sleepers.h"
#include "waiting/waiter.h"

namespace smipc {

enum class CreateMode : uint32_t { Auto = 0, Always = 1, Never = 2 };

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
};

// What the channels of one environment share.
struct SharedParts {
  Waiter& waiter;
  PeerBells& bells;
  LoopSleepers& sleepers;
  Lifelines& lifelines;
};

// What one end has done to wait for its peer and to wake it.
struct Counters {
  uint64_t polls_hit = 0;  // a poll has brought what was waited for
  // A poll has not. Those that ended early, because another end of the event loop had been woken,
  // are counted in neither.
  uint64_t polls_missed = 0;
  uint64_t parks = 0;                // has gone to sleep until the peer wakes it
  uint64_t wake_ups_rung = 0;        // has woken the peer (`wakeUpsRung` in lib/)
  uint64_t wake_ups_suppressed = 0;  // has published or consumed, and the peer was awake
};

// What a call that moves bytes does if it is not time yet: it returns; it arms the doorbell, and
// the watch will report when trying again is worth it; or it parks the calling thread until the
// peer wakes it, leaves or dies, at most for that many milliseconds (not negative), and then
// returns: the caller tries again.
using Wait = int64_t;
constexpr Wait kReturn = -2;
constexpr Wait kArm = -1;

class Endpoint {
 public:
  // Opens a channel and takes a role in it; makes the segment if there is none, or none that is of
  // use (admission.h). `id` is what WakeQueue reports, and the token at this environment's bell.
  // `shared` belongs to the environment, and must outlive the endpoint. On Busy, `*holder_pid` is
  // the owner's pid. Resumable: goes on where the role's last owner stopped.
  //   Ok; Busy; Dying; Undrained; NotFound; Exists; Incompatible; OpenToOthers; Locked;
  //   UnusableDirectory; Corrupt; System.
  static Result Open(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                     std::unique_ptr<Endpoint>* endpoint, uint32_t* holder_pid);

  // Unmaps, unless the ring is lent. No thread may be able to touch the watch.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Moving bytes. Each call returns the number of bytes moved, or a negative Status if there will
  // never be any more. 0 means "not now", and what has been done about it is what `wait` says.

  // Takes up to `size` bytes out of the ring, none if fewer than `min` are there while the writer
  // may still write more. 1 <= min <= capacity.
  int64_t Read(uint8_t* target, uint64_t size, uint64_t min, Wait wait);
  // Copies the bytes that Read would take, but leaves them in the ring until Consume() is called
  // for them.
  int64_t Peek(uint8_t* target, uint64_t size, uint64_t min, Wait wait);
  // Gives back the space of the next `size` bytes, which a peek has shown.
  void Consume(uint64_t size);
  // Notes in the segment that the next `size` bytes are handed out while they stay in the ring, for
  // the next owner of the reader's role.
  void MarkDelivered(uint64_t size);
  // The position up to which the previous owner of the reader's role had handed bytes out.
  uint64_t delivered() const { return delivered_; }

  // Puts in what fits; "not now" is anything less than `size`. kArm arms for space: for the rest
  // and for `behind` bytes, which queue behind it, but for at most half the ring. Resumable
  // messages: all or nothing, so that the ring never ends with a part of one; `size` must not
  // exceed the capacity.
  int64_t Write(const uint8_t* source, uint64_t size, uint64_t behind, Wait wait);
  // 1 if the reader has consumed everything that was written. Otherwise 0, and the doorbell is
  // armed.
  int64_t DrainedOrArm();

  // The ring itself, without copying. An honest peer does not touch a reader's bytes until they are
  // consumed, nor a writer's space until it is published; a hostile one may overwrite either.

  // How many bytes can be read: at least `min`, or fewer if the writer has left; otherwise 0.
  // 1 <= min <= capacity.
  int64_t Readable(uint64_t min, Wait wait);
  // How many bytes of space are free: at least `size`, otherwise 0. 1 <= size <= capacity.
  int64_t Writable(uint64_t size, Wait wait);
  // The address at which those bytes, or that space, begin. The ring stays mapped until TakeBack().
  uint8_t* Lend();
  void TakeBack() { is_lent_ = false; }
  // Publishes `size` bytes, which were stored in space that Writable() has shown.
  void Publish(uint64_t size);

  // The state of the peer's role.
  Presence Peer() const { return has_left() ? Presence::Absent : watch_.Peer(); }
  // Resumable: which owner of the peer's role the peer is, and which owner of our role we are.
  Tenure PeerTenure() const { return has_left() ? Tenure{} : watch_.PeerTenure(); }
  Tenure OwnTenure() const { return tenure_; }
  // Resumable: whether to wait for a successor of a peer that left without an end. At first true.
  void AwaitNextPeer(bool awaits) { awaits_next_peer_ = awaits; }
  // An opener that was turned away since this end came, or since the last call: the last one.
  // False: there was none.
  bool TakeRefusal(Refusal* refusal);
  // Reader: the writer has ended, and every byte has been read.
  bool HasEnded();
  // The state of the channel, from this end.
  //   Ok; Corrupt; Closed: it is no longer mapped.
  Status TakeSnapshot(Snapshot* snapshot);

  // The event loop has heard this bell: from the next call that arms on, this end is woken there. A
  // request that stands still says the futex, where the waiter thread hears.
  void TrustBell(uint64_t bell) {
    if (bell == own_bell_id_) sleep_of_loop_ = Sleep::AtBell;
  }
  // The event loop no longer listens at this bell: from the next call that arms on, this end is
  // woken at the futex.
  void StopUsingBell(uint64_t bell) {
    if (bell == own_bell_id_) sleep_of_loop_ = Sleep::AtFutex;
  }

  // Writer: no more bytes will come. Idempotent. Does nothing for a reader.
  void End();
  // The process is about to exit. A channel that can be of no more use leaves now. Code that runs
  // at exit may still write, so an open writer stays; when it dies then, that counts as an exit.
  // `may_wait` and the result are those of Leave.
  bool PrepareForExit(bool may_wait = true);
  // Gives up the role (a writer that did not End() aborts), wakes all who wait for that, removes
  // the segment's name if no one can want it any more, and asks for the watch to be retired.
  // Idempotent. Removing the name takes the directory's lock. False: another process has held the
  // lock for too long, so the name is left to the next opener. A caller that leaves many channels
  // then passes `may_wait` false for the others.
  bool Leave(bool may_wait = true);
  // Unmaps, unless the ring is lent. The watch must be retired, or the waiter stopped.
  void Release();

  Counters counters() const;

  bool has_left() const { return !claim_.held(); }
  uint32_t id() const { return watch_.id(); }
  const Segment& segment() const { return *segment_; }
  // Null: it has none, or no longer.
  const std::shared_ptr<Lifeline>& lifeline() const { return lifeline_; }
  uint64_t position() const { return is_writer_ ? producer_.head() : consumer_.tail(); }
  // Written, or read, since creation; 0 if the channel carries bytes.
  uint64_t messages() const { return is_writer_ ? producer_.messages() : consumer_.messages(); }

 private:
  class Opening;

  // Who sleeps if nothing can be moved.
  enum class Sleeper {
    Loop,    // the event loop, once the call has returned, if it has nothing else to do either
    Thread,  // the calling thread, within the call
  };

  // `lifeline`: this environment's in that directory; null: it has none.
  Endpoint(const SharedParts& shared, uint32_t id, const OpenRequest& request,
           const Directory& directory, std::unique_ptr<Segment> segment,
           std::shared_ptr<Lifeline> lifeline);

  // Can the positions at which this end starts be true?
  bool HasSanePositions() const;
  // Takes the role. No one else may be about to take it: the directory's lock is held, or the
  // segment has no name yet. `place`: the directory's.
  Result Claim(WaitThread& thread, const FileId& place);
  // Gives the lifeline's slot back, after the role has been left, or was not taken.
  void GiveBackSlot();
  // Completes the opening, after Claim, and after the segment has its name.
  void Enter(WaitThread& thread);

  Header& header() const { return segment_->header(); }
  Doorbell& own_bell() const { return is_writer_ ? header().space : header().data; }
  Doorbell& peer_bell() const { return is_writer_ ? header().data : header().space; }
  RoleRecord& own_role() const { return is_writer_ ? header().writer : header().reader; }
  RoleRecord& peer_role() const { return is_writer_ ? header().reader : header().writer; }

  // Wakes the peer if it sleeps until our position has reached `position`. True: it did.
  bool WakePeerIfAsleep(uint64_t position) {
    const Sleep how = TakeWakeUp(peer_bell(), position);
    if (how == Sleep::Awake) return false;
    WakeSleeper(how);
    return true;
  }
  // Our position has moved: wakes the peer if it sleeps until then, and counts if not.
  void WakePeer(uint64_t position) {
    if (!WakePeerIfAsleep(position)) counters_.wake_ups_suppressed++;
  }
  // Wakes the peer where it sleeps. Its request has been taken (TakeWakeUp).
  void WakeSleeper(Sleep how);
  // Counts the bytes that can be read, and loads the writer's position only if fewer than `wanted`
  // are known.
  int64_t ReadableNow(uint64_t wanted, uint64_t min);
  int64_t ReadNow(uint8_t* target, uint64_t size, uint64_t min, bool consumes);
  int64_t WriteNow(const uint8_t* source, uint64_t size);
  int64_t WritableNow(uint64_t size);
  // Attempts, as `who` who sleeps if nothing comes of it: less than `wanted`.
  template <typename Attempt>
  int64_t AttemptOrSleep(Wait wait, uint64_t wanted, Attempt attempt);
  template <typename Attempt>
  int64_t WaitToRead(uint64_t min, Sleeper who, Attempt attempt);
  int64_t WriteOrSleep(const uint8_t* source, uint64_t size, uint64_t behind, Sleeper who);
  int64_t WritableOrSleep(uint64_t size, Sleeper who);
  // Polls for a while; for the event loop, only until it has other ends to serve.
  template <typename IsReady>
  bool Poll(IsReady is_ready, Sleeper who, BusyPoll::Duration* budget);

  // As `wanted`: more than a private copy of a position can promise, so the position is loaded.
  static constexpr uint64_t kLoadNow = UINT64_MAX;

  // The words a parked thread waits on, as they were before the doorbell was armed.
  struct Ticket {
    uint32_t bell;
    uint32_t peer;
  };
  Ticket DrawTicket() const;
  void Park(const Ticket& ticket, int64_t timeout_ms);

  // Resumable reader: notes in its role that it has read to the end, so no other reader is needed.
  void NoteEnd();

  // This end has come, ended or left: wakes the peer, and openers that wait for a role.
  void Announce();
  // Asks the peer to wake us once its position has reached `position`.
  void ArmAt(uint64_t position, Sleeper who);
  // Nothing can be moved, so the caller goes to sleep.
  void NoteSleep(Sleeper who);
  bool RemoveNameIfSpent(bool may_wait);
  // Has the peer left, with no successor to wait for?
  bool IsGone(Presence peer) const {
    return HasLeft(peer) && (!awaits_next_peer_ || peer == Presence::Ended);
  }
  // A negative Status if the reader is gone and no other will come; otherwise 0.
  int64_t ReaderGone() const;

  std::unique_ptr<Segment> segment_;
  const bool is_writer_;
  const std::string directory_;
  const std::string name_;
  const uint32_t permissions_;
  const bool all_or_nothing_;
  bool awaits_next_peer_;
  Producer producer_;
  Consumer consumer_;
  const uint64_t delivered_;
  uint64_t refused_seen_;
  std::shared_ptr<Lifeline> lifeline_;
  uint32_t slot_ = kNoSlot;
  FileRoleLock role_lock_;
  RoleClaim claim_;
  Tenure tenure_;
  Watch watch_;
  WaitThread* thread_ = nullptr;
  WaitMode wait_mode_ = WaitMode::Apart;  // of parked calls
  BusyPoll busy_poll_;
  Counters counters_;  // without the polls
  bool is_lent_ = false;
  uint64_t armed_at_ = 0;
  const uint64_t own_bell_id_;
  Sleep sleep_of_loop_;  // how this end sleeps when its event loop does
  LoopSleepers& loop_sleepers_;
  LoopSleeper loop_sleeper_;
  PeerBells& bells_;
  std::shared_ptr<PeerBell> peer_bell_;  // opened when it is first used
  uint64_t peer_bell_id_ = kNoBell;      // the bell of peer_bell_
};

// Wakes openers that wait for a role (RoleWait), to try again.
void WakeOpeners(Header& header);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_ENDPOINT_H_
