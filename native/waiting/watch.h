// What one channel wants to hear of: wake-ups at its doorbell, and what becomes of its peer.
#ifndef SMIPC_WAITING_WATCH_H_
#define SMIPC_WAITING_WATCH_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/role_state.h"
#include "layout.h"
#include "platform/file.h"
#include "platform/lifeline.h"
#include "platform/word_wait.h"

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

}  // namespace smipc

#endif  // SMIPC_WAITING_WATCH_H_
