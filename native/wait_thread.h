// One thread that sleeps for up to kMostWatches channels at once, and owns their roles.
//
// The wait stands: the thread always waits on every doorbell it knows. The JavaScript thread asks
// to be woken by arming a doorbell (a store, no system call and no thread hop), and wakes this
// thread itself only when channels come or go, through the control word.
#ifndef SMIPC_WAIT_THREAD_H_
#define SMIPC_WAIT_THREAD_H_

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "futex.h"
#include "role.h"
#include "status.h"
#include "wake_queue.h"

namespace smipc {

// What a waiter thread looks at for one channel. Owned by the channel, in private memory. Its words
// must stay mapped until the watch is retired (WaitThread::Remove).
class Watch {
 public:
  // `id` is for the owner. `bell` is the `seq` of the doorbell this side sleeps on; `peer` the role
  // of the opposite side, held under `scheme`; `fd` and `offset` are for IsLockHeld.
  Watch(uint32_t id, std::atomic<uint32_t>& bell, RoleRecord& peer, bool peer_is_writer,
        RoleScheme scheme, int fd, uint64_t offset)
      : id_(id),
        bell_(bell),
        peer_(&peer),
        peer_is_writer_(peer_is_writer),
        scheme_(scheme),
        fd_(fd),
        offset_(offset) {}
  // Looks at a single word, for changes from now on, and at no peer.
  Watch(uint32_t id, std::atomic<uint32_t>& bell)
      : id_(id), bell_(bell), peer_(nullptr), bell_seen_(bell.load(std::memory_order_acquire)) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  uint32_t id() const { return id_; }

  // JavaScript thread: the peer's role, deaths under FileLock included.
  Presence Peer() const;
  Tenure PeerTenure() const { return peer_ == nullptr ? Tenure{} : ReadTenure(*peer_); }
  // Any thread, FileLock: asks the kernel whether the peer has died without a word, for Peer() to
  // know. Has it?
  bool CheckForLostPeer();

 private:
  friend class WaitThread;

  // Waiter thread. Has a word changed since the last look?
  bool Look();
  bool LookAtPeer(bool has_rung);
  // Any thread. Is the owner that has the peer's role the one that was lost?
  bool IsPeerLost() const;
  // Waiter thread, FileLock: looks for a peer that died without a word. Has one?
  bool LookForLostPeer();
  WaitWord BellWord() const { return {&bell_, bell_seen_}; }
  WaitWord PeerWord() const { return {&peer_->owner, peer_seen_}; }

  const uint32_t id_;
  std::atomic<uint32_t>& bell_;
  RoleRecord* const peer_;
  const bool peer_is_writer_ = false;
  const RoleScheme scheme_ = RoleScheme::RobustList;
  const int fd_ = -1;
  const uint64_t offset_ = 0;
  // The owner of the peer's role whose lock was found free although it had not left: kSomeone and
  // its RoleRecord::generation, which is 0 if it died while it took the role. 0: none.
  static constexpr uint64_t kSomeone = uint64_t{1} << 32;
  std::atomic<uint64_t> lost_peer_{0};

  // Waiter thread only.
  uint32_t bell_seen_ = 0;
  uint32_t peer_seen_ = 0;
  uint64_t reported_loss_ = 0;
};

enum class WaitMode {
  Together,  // futex_waitv: one thread for many channels
  Apart,  // plain futex: a thread for each channel, which looks for deaths every few milliseconds
};

class WaitThread {
 public:
  static constexpr size_t kMostWatches = (kMostWords - 1) / 2;  // two words each, and control

  WaitThread(WakeQueue& queue, WaitMode mode) : queue_(queue), mode_(mode) {}
  // The thread must not run: Stop().
  ~WaitThread() = default;
  WaitThread(const WaitThread&) = delete;
  WaitThread& operator=(const WaitThread&) = delete;

  // Everything below is for the JavaScript thread.

  // Starts the thread and waits until it has registered its robust list.
  //   Ok; System (EAGAIN: no more threads).
  Result Start();
  // Ends the thread and waits for that. Roles that are still in its list are dead from then on.
  void Stop();
  // Lets the thread sleep for the rest of its life, without ending it: at process exit it must not
  // call into a JavaScript engine that is being taken down, but still owns roles.
  void Quiesce();

  bool has_room() const {
    return watches_.size() < (mode_ == WaitMode::Together ? kMostWatches : 1);
  }
  bool is_empty();
  bool has_robust_list() const { return has_robust_list_; }
  RobustList& robust_list() { return robust_list_; }

  void Add(Watch& watch);
  // Asks the thread to drop the watch. When it has, the queue says Retired; only then may the
  // watch's words be unmapped.
  void Remove(Watch& watch);

 private:
  static void* Main(void* self);
  void Run();
  // Takes over what the JavaScript thread has changed. False: stop.
  bool TakeControl(std::vector<Watch*>* watches, uint32_t control);
  void Sleep(const std::vector<Watch*>& watches, uint32_t control);
  void LookForLostPeers(const std::vector<Watch*>& watches);
  void ChangeControl();

  WakeQueue& queue_;
  const WaitMode mode_;
  pthread_t thread_{};
  bool has_robust_list_ = false;
  RobustList robust_list_;
  std::chrono::steady_clock::time_point last_recheck_{};  // the thread's own

  // More by one whenever something below it changes; the thread sleeps on it.
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

#endif  // SMIPC_WAIT_THREAD_H_
