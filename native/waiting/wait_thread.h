// One thread that sleeps for up to kMostWatches channels at once, and owns their roles.
//
// The wait stands: the thread always waits on every doorbell it knows. The JavaScript thread asks
// to be woken by arming a doorbell (a store, no system call and no thread hop), and wakes this
// thread itself only when channels come or go, through the control word.
#ifndef SMIPC_WAITING_WAIT_THREAD_H_
#define SMIPC_WAITING_WAIT_THREAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/role_state.h"
#include "layout.h"
#include "platform/lifeline.h"
#include "platform/marked_words.h"
#include "platform/thread.h"
#include "platform/word_wait.h"
#include "status.h"
#include "waiting/wake_queue.h"

namespace smipc {

// Where the signs of life of a peer are, and which openers must hear of its death.
struct PeerPlace {
  const char* directory = nullptr;           // its path; null: lifelines are not followed
  FileId place{};                            // of that directory; compared with RoleRecord::place
  std::atomic<uint32_t>* changes = nullptr;  // Header::changes, at which openers sleep
};

// What a waiter thread watches for one channel. Owned by the channel, in private memory. Its words,
// and what its PeerPlace points to, must stay until the watch is retired
// (WaitThread::Remove).
class Watch {
 public:
  // `id` is for the owner. `bell` is the `seq` of the doorbell at which this side sleeps; `peer`
  // the peer's role, held under `scheme`; `file`, the segment's, and `offset` are for
  // IsRoleLockHeld.
  Watch(uint32_t id, std::atomic<uint32_t>& bell, RoleRecord& peer, bool peer_is_writer,
        RoleScheme scheme, const File& file, uint64_t offset, const PeerPlace& peer_place = {})
      : id_(id),
        bell_(bell),
        peer_(&peer),
        peer_is_writer_(peer_is_writer),
        scheme_(scheme),
        file_(&file),
        offset_(offset),
        peer_place_(peer_place) {}
  // Watches a single word, for changes from now on, and no peer.
  Watch(uint32_t id, std::atomic<uint32_t>& bell)
      : id_(id), bell_(bell), peer_(nullptr), bell_seen_(bell.load(std::memory_order_acquire)) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  uint32_t id() const { return id_; }

  // JavaScript thread, before the watch is added: the owner that has the peer's role is dead,
  // although its word does not say so (ObserveForSure).
  void BeginWithLoss() {
    const uint32_t generation = peer_->generation.load(std::memory_order_relaxed);
    lost_peer_.store(kHasLost | generation, std::memory_order_relaxed);  // Add() publishes it
  }

  // JavaScript thread: the state of the peer's role. It includes deaths that its word does not
  // show.
  Presence Peer() const;
  Tenure PeerTenure() const { return peer_ == nullptr ? Tenure{} : ReadTenure(*peer_); }
  // Any thread, FileLock: asks the kernel whether the peer has died without a trace in its word.
  // True: it has, and from now on Peer() says so.
  bool CheckForLostPeer();

 private:
  friend class WaitThread;

  // Waiter thread. Has a word changed since the last check?
  bool Check();
  bool CheckPeer(bool was_woken);
  // Waiter thread: from now on waits at the slot of the peer role's present owner.
  void FollowLifeline();
  // Waiter thread: has the peer's slot changed? If the kernel has marked it, the peer is dead, even
  // if its word does not say so.
  bool CheckLifeline();
  // Waiter thread: the peer has a lifeline, but no slot to wait at, because its file is damaged or
  // gone. Then its lock is asked for from time to time.
  bool LacksSlot() const;
  void CheckWithoutSlot();
  void NoteLoss();
  // Waiter thread: tells openers that a role is free, if its owner could not do so itself.
  void TellOpeners();
  // Any thread. Are the peer's locks in the directory, as we see it, so that we can ask for them?
  bool CanSeeLocks() const;
  // Any thread. Is the present owner of the peer's role the one that was found dead?
  bool IsPeerLost() const;
  // Waiter thread: is there a death that was not reported yet? If so, wakes the threads of this
  // process that sleep at the doorbell, and openers.
  bool HasNewLoss();
  // Waiter thread: no longer waits at the peer's slot.
  void DropSlot() { slot_.reset(); }
  WaitWord BellWord() const { return {&bell_, bell_seen_}; }
  WaitWord PeerWord() const { return {&peer_->owner, peer_seen_}; }

  const uint32_t id_;
  std::atomic<uint32_t>& bell_;
  RoleRecord* const peer_;
  const bool peer_is_writer_ = false;
  const RoleScheme scheme_ = RoleScheme::RobustList;
  const File* const file_ = nullptr;
  const uint64_t offset_ = 0;
  const PeerPlace peer_place_{};
  // The owner of the peer's role whose lock was found free, or whose slot was found marked,
  // although it had not left: kHasLost plus its RoleRecord::generation, which is 0 if it died while
  // it took the role. 0: none.
  static constexpr uint64_t kHasLost = uint64_t{1} << 32;
  std::atomic<uint64_t> lost_peer_{0};

  // Waiter thread only.
  uint32_t bell_seen_ = 0;
  uint32_t peer_seen_ = 0;
  uint64_t reported_loss_ = 0;
  bool has_news_of_death_ = false;  // learnt from the lifeline, and not reported yet
  bool is_known_dead_ = false;      // the owner whose lifeline was followed last
  // The lifeline that was followed last, its owner's generation, and its slot if there is one to
  // wait at.
  uint64_t lifeline_ = kNoLifeline;
  uint32_t slot_number_ = kNoSlot;
  uint32_t slot_generation_ = 0;
  std::unique_ptr<PeerSlot> slot_;
};

enum class WaitMode {
  // futex_waitv: one thread for many channels.
  Together,
  // Plain futex: a thread for each channel, which checks for deaths every few milliseconds.
  Apart,
};

class WaitThread {
 public:
  static constexpr size_t kMostWatches = (kMostWords - 1) / 3;  // three words each, and control

  // `may_mark_words`: if false, the kernel is not even asked for MarkedWords. `name`: see
  // Thread::Start.
  WaitThread(WakeQueue& queue, WaitMode mode, bool may_mark_words = true,
             const char* name = "smipc-waiter")
      : queue_(queue), mode_(mode), may_mark_words_(may_mark_words), name_(name) {}
  // The thread must not run: Stop().
  ~WaitThread() = default;
  WaitThread(const WaitThread&) = delete;
  WaitThread& operator=(const WaitThread&) = delete;

  // Everything below is for the JavaScript thread.

  // Starts the thread and waits until it can own words.
  //   Ok; System (EAGAIN: no more threads).
  Result Start();
  // Ends the thread and waits for that. Words that it still owns are those of a dead owner then.
  void Stop();
  // Lets the thread sleep until the process ends: at exit it must not call into a JavaScript engine
  // that is being taken down, but it still owns roles. Returns when it no longer reports anything.
  void Quiesce();

  bool has_room() const {
    return watches_.size() < (mode_ == WaitMode::Together ? kMostWatches : 1);
  }
  bool is_empty();
  WaitMode mode() const { return mode_; }
  // What the thread owns. Null: it was not allowed to ask, or this kernel marks nothing.
  MarkedWords* marked_words() { return marked_words_.get(); }
  // The words of roles that are held under that scheme.
  OwnerWords& WordsOf(RoleScheme scheme) {
    // A thread that was refused what the environment's first one was given still owns roles; a
    // lifeline tells of its death.
    if (scheme == RoleScheme::RobustList && marked_words_ != nullptr) return *marked_words_;
    return *unmarked_words_;
  }

  void Add(Watch& watch);
  // Asks the thread to drop the watch. When it has, the queue says Retired; only then may the
  // watch's words be unmapped.
  void Remove(Watch& watch);

 private:
  static void Main(void* self);
  void Run();
  // Acts on what the JavaScript thread has changed. False: stop.
  bool TakeControl(std::vector<Watch*>* watches, uint32_t control);
  void Sleep(const std::vector<Watch*>& watches, uint32_t control);
  void WaitForAll(const std::vector<Watch*>& watches, uint32_t control, int64_t timeout_ms);
  void CheckForLostPeers(const std::vector<Watch*>& watches);
  // Has a slot changed? Then it is no longer waited at.
  bool CheckLifelines(const std::vector<Watch*>& watches);
  void ChangeControl();

  WakeQueue& queue_;
  const WaitMode mode_;
  const bool may_mark_words_;
  const char* const name_;
  Thread thread_;
  // Made by the thread itself, before Start() returns.
  std::unique_ptr<MarkedWords> marked_words_;
  std::unique_ptr<UnmarkedWords> unmarked_words_;
  int64_t last_recheck_ms_ = 0;  // the thread's own

  // One more whenever something below changes; the thread sleeps on it.
  std::atomic<uint32_t> control_{0};
  // The last value of control_ that the thread has acted on; Start and Quiesce sleep on it.
  std::atomic<uint32_t> taken_{UINT32_MAX};

  std::mutex mutex_;  // guards the following
  std::vector<Watch*> watches_;
  std::vector<Watch*> retiring_;
  bool must_stop_ = false;
  bool must_be_quiet_ = false;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_WAIT_THREAD_H_
