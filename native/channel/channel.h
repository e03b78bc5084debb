// A channel as one process holds it: segment + ring + role + watch, and the order in which they are
// taken and released. Everything here is called by the JavaScript thread of one environment; the
// waiter's thread touches only the watch.
//
// Life: Open -> [reads or writes] -> Leave -> (the watch is retired) -> Release. JavaScript keeps
// the state; a call that comes after Leave() is answered with Status::Closed.
#ifndef SMIPC_CHANNEL_CHANNEL_H_
#define SMIPC_CHANNEL_CHANNEL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/survey.h"
#include "core/busy_poll.h"
#include "core/doorbell.h"
#include "core/ring.h"
#include "layout.h"
#include "platform/bell_pipe.h"
#include "platform/lifeline.h"
#include "platform/role.h"
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
  uint64_t bell;  // the FIFO at which this environment listens, or kNoBell
  bool is_resumable = false;
  MemoryShortage* shortage = nullptr;  // is told why, if that is the reason for ENOMEM
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
  uint64_t polls_hit = 0;  // looking again for a while has brought what was waited for
  uint64_t polls_missed =
      0;               // it has not; those that others of the event loop ended are in neither
  uint64_t parks = 0;  // has gone to sleep until the peer rings
  uint64_t wake_ups_rung = 0;
  uint64_t wake_ups_suppressed = 0;  // has published or consumed, and nobody was to be woken
};

class Channel {
 public:
  // Opens a channel and takes a role in it; makes the segment if there is none, or none that is of
  // use (admission.h). `id` is what WakeQueue reports, and the token at this environment's bell.
  // `shared` are its environment's, and must outlive the channel. On Busy, `*holder_pid` is the
  // owner's pid.
  // Resumable: goes on where the role's last owner stopped.
  //   Ok; Busy; Undrained; NotFound; Exists; Incompatible; OpenToOthers; Locked; Corrupt; System.
  static Result Open(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                     std::unique_ptr<Channel>* channel, uint32_t* holder_pid);

  // Releases whatever is still held. No thread may be able to touch the watch.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Moving bytes. Each returns the number of bytes moved, or a negative Status when there will
  // never be any more. 0 means "not now", and for the ...OrArm calls: the doorbell is armed, and
  // the watch will report when looking again is worth it.

  // Takes up to `size` bytes out of the ring, none if fewer than `min` are there while the writer
  // may still write more. 1 <= min <= capacity.
  int64_t Read(uint8_t* target, uint64_t size, uint64_t min) {
    return Read(target, size, min, true);
  }
  int64_t ReadOrArm(uint8_t* target, uint64_t size, uint64_t min) {
    return ReadOrSleep(target, size, min, Sleeper::Loop, true);
  }
  // The same, but leaves the bytes in the ring, until Consume() is called for them.
  int64_t PeekOrArm(uint8_t* target, uint64_t size, uint64_t min) {
    return ReadOrSleep(target, size, min, Sleeper::Loop, false);
  }
  // Gives the space of so many bytes back, which a peek has shown.
  void Consume(uint64_t size);
  // Notes that the next `size` bytes are handed out while they stay in the ring; for the reader
  // after this one.
  void MarkDelivered(uint64_t size);
  // Up to where they were handed out, by the reader before this one.
  uint64_t delivered() const { return delivered_; }

  // Puts in what fits. ...OrArm arms for space if not all of `size` fitted: for the rest and for
  // `behind` bytes, which queue behind it, but for at most half the ring. The bytes that did fit
  // are counted all the same. Resumable messages: all or nothing, so that the ring never ends with
  // a part of one; `size` must not exceed the capacity.
  int64_t Write(const uint8_t* source, uint64_t size);
  int64_t WriteOrArm(const uint8_t* source, uint64_t size, uint64_t behind) {
    return WriteOrSleep(source, size, behind, Sleeper::Loop);
  }
  // 1 if the reader has consumed everything that was written, else 0, and the doorbell is armed.
  int64_t DrainedOrArm();

  // The same, but if there is nothing to be done now, they park the calling thread until the peer
  // rings, leaves or dies, at most `timeout_ms`, and return as if they had armed: look again.
  int64_t ReadOrPark(uint8_t* target, uint64_t size, uint64_t min, int64_t timeout_ms);
  int64_t WriteOrPark(const uint8_t* source, uint64_t size, int64_t timeout_ms);

  // The ring itself, without copying. What the peer may not move meanwhile: a reader's bytes until
  // they are consumed, a writer's space until it is published. (An ill-willed one can write there.)

  // How many bytes stand there, if at least `min` do, or fewer if the writer has left. 1 <= min <=
  // capacity.
  int64_t Readable(uint64_t min) { return Readable(kLookNow, min); }
  int64_t ReadableOrArm(uint64_t min) { return ReadableOrSleep(min, Sleeper::Loop); }
  int64_t ReadableOrPark(uint64_t min, int64_t timeout_ms);
  // How much space is free, if at least `size` is. 1 <= size <= capacity.
  int64_t Writable(uint64_t size);
  int64_t WritableOrArm(uint64_t size) { return WritableOrSleep(size, Sleeper::Loop); }
  int64_t WritableOrPark(uint64_t size, int64_t timeout_ms);
  // Where they begin. The ring stays mapped until it was taken back, come what may.
  uint8_t* Lend();
  void TakeBack() { is_lent_ = false; }
  // Publishes `size` bytes, which were stored in space that Writable() has shown.
  void Publish(uint64_t size);

  // What has become of the opposite end.
  Presence Peer() const { return has_left() ? Presence::Absent : watch_.Peer(); }
  // Resumable: which owner of the peer's role, and of our own, it is.
  Tenure PeerTenure() const { return has_left() ? Tenure{} : watch_.PeerTenure(); }
  Tenure OwnTenure() const { return tenure_; }
  // Resumable: a peer that left without an end is waited for, or not any more. At first it is.
  void AwaitNextPeer(bool awaits) { awaits_next_peer_ = awaits; }
  // Reader: the writer has ended, and every byte has been read.
  bool HasEnded();
  Status TakeSnapshot(Snapshot* snapshot);

  // The event loop no longer listens at this bell: from the next ...OrArm on, ring at the futex.
  void StopUsingBell(uint64_t bell) {
    if (bell == own_bell_id_) sleep_of_loop_ = Sleep::AtFutex;
  }

  // Writer: no more bytes will come. Idempotent. Of a reader it changes nothing.
  void End();
  // The process is about to exit. A channel that can be of no more use leaves now. A writer may
  // still be written to by code that runs at exit; when it dies then, that counts as an exit.
  // `may_wait` and the result: see Leave.
  bool PrepareForExit(bool may_wait = true);
  // Gives up the role (a writer that did not End() aborts), tells everybody who waits, removes the
  // segment's name if nobody will want it, and asks for the watch to be retired. Idempotent.
  // Removing the name takes the directory's lock. False: somebody has held it for long, and the
  // name is left to the next opener; whoever leaves many channels better does not wait for it
  // again.
  bool Leave(bool may_wait = true);
  // Unmaps, unless the ring is lent. The watch must be retired, or the waiter stopped.
  void Release();

  Counters counters() const;

  bool has_left() const { return !claim_.held(); }
  uint32_t id() const { return watch_.id(); }
  const Segment& segment() const { return *segment_; }
  uint64_t position() const { return is_writer_ ? producer_.head() : consumer_.tail(); }

 private:
  // Who sleeps if there is nothing to be done.
  enum class Sleeper {
    Loop,    // the event loop, once the call has returned, with all that it serves
    Thread,  // the calling thread, within the call
  };

  // `lifeline`: this environment's in that directory; null: none is to be had.
  Channel(const SharedParts& shared, uint32_t id, const OpenRequest& request,
          const Directory& directory, std::unique_ptr<Segment> segment,
          std::shared_ptr<Lifeline> lifeline);

  // Can the positions at which this end starts be true?
  bool HasSanePositions() const;
  // Takes the role, in a segment that nobody else can be about to take (the lock, or no name yet).
  Result Claim(WaitThread& thread);
  // The role has been left, or was not taken.
  void GiveBackSlot();
  // After Claim, and after the segment has its name.
  void Enter(WaitThread& thread);

  Header& header() const { return segment_->header(); }
  Doorbell& own_bell() const { return is_writer_ ? header().space : header().data; }
  Doorbell& peer_bell() const { return is_writer_ ? header().data : header().space; }
  RoleRecord& own_role() const { return is_writer_ ? header().writer : header().reader; }
  RoleRecord& peer_role() const { return is_writer_ ? header().reader : header().writer; }

  // Whether somebody was to be woken.
  bool RingPeer(uint64_t position) {
    const Sleep how = TakeRing(peer_bell(), position);
    if (how == Sleep::Awake) return false;
    Ring(how);
    return true;
  }
  // Our position has moved there.
  void TellPeer(uint64_t position) {
    if (!RingPeer(position)) counters_.wake_ups_suppressed++;
  }
  void Ring(Sleep how);
  int64_t Readable(uint64_t wanted, uint64_t min);
  int64_t ReadableOrSleep(uint64_t min, Sleeper who);
  int64_t WritableOrSleep(uint64_t size, Sleeper who);
  int64_t Read(uint8_t* target, uint64_t size, uint64_t min, bool consumes);
  int64_t ReadOrSleep(uint8_t* target, uint64_t size, uint64_t min, Sleeper who, bool consumes);
  template <typename Attempt>
  int64_t WaitToRead(uint64_t min, Sleeper who, Attempt attempt);
  int64_t WriteOrSleep(const uint8_t* source, uint64_t size, uint64_t behind, Sleeper who);
  // Looks again for a while; for the event loop, only until it has others to serve.
  template <typename IsReady>
  bool LookAgain(IsReady is_ready, Sleeper who, BusyPoll::Duration* budget);

  // More than any private copy of a position can promise.
  static constexpr uint64_t kLookNow = UINT64_MAX;

  // The words a parked thread waits on, as they were before the doorbell was armed.
  struct Ticket {
    uint32_t bell;
    uint32_t peer;
  };
  Ticket DrawTicket() const;
  void Park(const Ticket& ticket, int64_t timeout_ms);

  // Resumable reader: has read to the end, so nobody need come after it.
  void NoteEnd();

  // Someone came or went: wakes the peer, and openers that wait for a role.
  void Announce();
  void ArmAt(uint64_t position, Sleeper who);
  // There is nothing to be done: the caller goes to sleep.
  void NoteSleep(Sleeper who);
  bool RemoveNameIfSpent(bool may_wait);
  // Has the peer left, and nobody is to come in its place?
  bool IsGone(Presence peer) const {
    return HasLeft(peer) && (!awaits_next_peer_ || peer == Presence::Ended);
  }
  // A negative Status if there is no reader any more, nor will be; else 0.
  int64_t ReaderGone() const;

  std::unique_ptr<Segment> segment_;
  const bool is_writer_;
  const std::string directory_;
  const std::string name_;
  const uint32_t permissions_;
  const bool writes_whole_;
  bool awaits_next_peer_;
  Producer producer_;
  Consumer consumer_;
  const uint64_t delivered_;
  const DirectoryId place_;
  std::shared_ptr<Lifeline> lifeline_;
  uint32_t slot_ = kNoSlot;
  RoleClaim claim_;
  Tenure tenure_;
  Watch watch_;
  WaitThread* thread_ = nullptr;
  bool waits_together_ = false;  // a blocked call too: futex_waitv may be switched off
  BusyPoll busy_poll_;
  Counters counters_;  // without the polls
  bool is_lent_ = false;
  uint64_t armed_at_ = 0;
  const uint64_t own_bell_id_;
  Sleep sleep_of_loop_;  // how this end sleeps when its event loop does
  LoopSleepers& loop_sleepers_;
  LoopSleeper loop_sleeper_;
  PeerBells& bells_;
  std::shared_ptr<PeerBell> peer_bell_pipe_;  // opened when it is first rung
  uint64_t peer_bell_id_ = kNoBell;           // the bell of peer_bell_pipe_
};

// Tells openers that wait for a role (RoleWait) to look at the segment once more.
void WakeOpeners(Header& header);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_CHANNEL_H_
