// One end of a ring, as one process holds it: moves bytes, and waits for the peer, by polling, by
// arming its doorbell, or by parking the calling thread. Where the ring is, who the peer is and how
// it is woken, is known above: by an Endpoint of a channel, or by the end of a connection.
//
// Used by one thread, that of a JavaScript environment. Calls that move bytes after the end has
// left return Status::Closed.
#ifndef SMIPC_CHANNEL_RING_END_H_
#define SMIPC_CHANNEL_RING_END_H_

#include <chrono>
#include <cstdint>

#include "channel/survey.h"
#include "core/busy_poll.h"
#include "core/doorbell.h"
#include "core/refusal.h"
#include "core/ring.h"
#include "core/role_state.h"
#include "layout.h"
#include "status.h"
#include "waiting/loop_sleepers.h"

namespace smipc {

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
// a wake-up will come when trying again is worth it; or it parks the calling thread until the peer
// wakes it, leaves or dies, at most for that many milliseconds (not negative), and then returns:
// the caller tries again.
using Wait = int64_t;
constexpr Wait kReturn = -2;
constexpr Wait kArm = -1;

class RingEnd {
 public:
  virtual ~RingEnd() = default;
  RingEnd(const RingEnd&) = delete;
  RingEnd& operator=(const RingEnd&) = delete;

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

  // Puts in what fits; "not now" is anything less than `size`. kArm arms for space: for the rest
  // and for `behind` bytes, which queue behind it, but for at most half the ring. Resumable
  // messages: all or nothing, so that the ring never ends with a part of one; `size` must not
  // exceed the capacity.
  int64_t Write(const uint8_t* source, uint64_t size, uint64_t behind, Wait wait);
  // 1 if the reader has consumed everything that was written. Otherwise 0, and the doorbell is
  // armed.
  int64_t DrainedOrArm();

  // How many bytes can be read: at least `min`, or fewer if the writer has left; otherwise 0.
  // 1 <= min <= capacity.
  int64_t Readable(uint64_t min, Wait wait);
  // How many bytes of space are free: at least `size`, otherwise 0. 1 <= size <= capacity.
  int64_t Writable(uint64_t size, Wait wait);
  // Publishes `size` bytes, which were stored in space that Writable() has shown.
  void Publish(uint64_t size);

  // The state of the peer's end.
  virtual Presence Peer() const = 0;
  // An opener that was turned away since this end came, or since the last call: the last one.
  // False: there was none.
  virtual bool TakeRefusal(Refusal* /*refusal*/) { return false; }
  // Reader: the writer has ended, and every byte has been read.
  bool HasEnded();
  // The state of the ring and of both ends, from this one.
  //   Ok; Corrupt; Closed: it is no longer mapped.
  virtual Status TakeSnapshot(Snapshot* snapshot) = 0;

  // Writer: no more bytes will come. Idempotent. Does nothing for a reader.
  virtual void End() = 0;
  // Gives up this end, and wakes all who wait for that. A writer that did not End() aborts.
  // Idempotent.
  virtual void LeaveRing() = 0;

  Counters counters() const;

  bool has_left() const { return has_left_; }
  bool is_writer() const { return is_writer_; }
  uint64_t capacity() const { return capacity_; }
  uint64_t position() const { return is_writer_ ? producer_.head() : consumer_.tail(); }
  // Written, or read, since creation; 0 if the ring carries bytes.
  uint64_t messages() const { return is_writer_ ? producer_.messages() : consumer_.messages(); }

 protected:
  // Who sleeps if nothing can be moved.
  enum class Sleeper {
    Loop,    // the event loop, once the call has returned, if it has nothing else to do either
    Thread,  // the calling thread, within the call
  };
  // What a parked thread watches, as it was before the doorbell was armed.
  struct Ticket {
    uint32_t bell = 0;
    uint32_t peer = 0;
  };

  // Where the ring is. All of it must stay mapped until this end has left.
  struct Site {
    bool is_writer;
    std::atomic<uint64_t>& head;
    std::atomic<uint64_t>& tail;
    RingMemory memory;
    MessageCount* written;   // null: the bytes are no messages
    MessageCount* consumed;  // the same
    // At which this end sleeps, and at which the peer does.
    Doorbell& own_doorbell;
    Doorbell& peer_doorbell;
  };

  // As if it had left, until BeThere(). `sleepers`: null if it is not this end that polls while the
  // event loop has nothing else to do.
  RingEnd(const Site& site, uint32_t busy_poll_us, LoopSleepers* sleepers);

  // --- for those above

  // This end is there now: bytes can be moved.
  void BeThere() { has_left_ = false; }
  // It no longer is: the ring is not touched any more.
  void BeGone() {
    RemoveSleeper();
    has_left_ = true;
  }
  // How this end is to sleep when its event loop does.
  void SleepAt(Sleep how) { sleep_of_loop_ = how; }
  Sleep sleep_of_loop() const { return sleep_of_loop_; }
  // Resumable messages: see Write.
  void WriteAllOrNothing() { all_or_nothing_ = true; }
  // Resumable: whether to wait for a successor of a peer that left without an end. At first false.
  void SetAwaitsNextPeer(bool awaits) { awaits_next_peer_ = awaits; }

  // Wakes the peer where it sleeps. Its request has been taken (TakeWakeUp).
  virtual void WakeSleeper(Sleep how) = 0;
  // Parks the calling thread until something has changed since the ticket was drawn.
  virtual Ticket DrawTicket() const { return {}; }
  virtual void Park(const Ticket& /*ticket*/, int64_t /*timeout_ms*/) {}
  // Reader: it is seen that the writer has ended and every byte has been read.
  virtual void NoteEnd() {}

  // Has the peer left, with no successor to wait for?
  bool IsGone(Presence peer) const {
    return HasLeft(peer) && (!awaits_next_peer_ || peer == Presence::Ended);
  }

  const Producer& producer() const { return producer_; }
  const Consumer& consumer() const { return consumer_; }

 private:
  // Wakes the peer if it sleeps until our position has reached `position`. True: it did.
  bool WakePeerIfAsleep(uint64_t position) {
    const Sleep how = TakeWakeUp(peer_doorbell_, position);
    if (how == Sleep::Awake) return false;
    counters_.wake_ups_rung++;
    WakeSleeper(how);
    return true;
  }
  // Our position has moved: wakes the peer if it sleeps until then, and counts if not.
  void WakePeer(uint64_t position) {
    if (!WakePeerIfAsleep(position)) counters_.wake_ups_suppressed++;
  }
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

  // Asks the peer to wake us once its position has reached `position`.
  void ArmAt(uint64_t position, Sleeper who);
  // Nothing can be moved, so the caller goes to sleep.
  void NoteSleep(Sleeper who);
  void RemoveSleeper() {
    if (loop_sleepers_ != nullptr) loop_sleepers_->Remove(&loop_sleeper_);
  }
  // A negative Status if the reader is gone and no other will come; otherwise 0.
  int64_t ReaderGone() const;

  const bool is_writer_;
  bool has_left_ = true;
  bool all_or_nothing_ = false;
  bool awaits_next_peer_ = false;
  const uint64_t capacity_;
  Producer producer_;
  Consumer consumer_;
  Doorbell& own_doorbell_;
  Doorbell& peer_doorbell_;
  BusyPoll busy_poll_;
  Counters counters_;  // without the polls
  uint64_t armed_at_ = 0;
  Sleep sleep_of_loop_ = Sleep::AtFutex;
  LoopSleepers* const loop_sleepers_;
  LoopSleeper loop_sleeper_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_RING_END_H_
