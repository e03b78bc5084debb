// What one channel wants to hear of: wake-ups at its doorbell, and what becomes of its peer.
#ifndef SMIPC_WAITING_WATCH_H_
#define SMIPC_WAITING_WATCH_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/role_state.h"
#include "layout.h"
#include "platform/word_wait.h"
#include "waiting/death_watch.h"

namespace smipc {

// What a waiter thread watches for one channel. Owned by the channel, in private memory. Its words,
// and what its PeerSite points to, must stay until the watch is retired (WaitThread::Remove).
class Watch {
 public:
  // `id` is for the owner. `bell` is the `seq` of the doorbell at which this side sleeps; `peer`
  // the peer's role. `changes`, if not null: where openers sleep who must hear of the peer's death
  // (Header::changes).
  Watch(uint32_t id, std::atomic<uint32_t>& bell, const PeerSite& peer,
        std::atomic<uint32_t>* changes)
      : id_(id),
        peer_is_writer_(peer.is_writer),
        bell_(bell),
        peer_(&peer.role),
        changes_(changes),
        death_watch_(MakeDeathWatch(peer)) {}
  // Watches a single word, for changes from now on, and no peer.
  Watch(uint32_t id, std::atomic<uint32_t>& bell)
      : id_(id), bell_(bell), bell_seen_(bell.load(std::memory_order_acquire)) {}
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
  // Any thread: asks the system about deaths that no one would report (DeathWatch::FindDeath).
  // True: the peer is dead, and from now on Peer() says so.
  bool CheckForLostPeer();

 private:
  friend class WaitThread;

  // --- the waiter thread

  // Has a word changed since the last check?
  bool Check();
  bool CheckPeer(bool was_woken);
  // Has the death watch's word changed? Then it is no longer waited at.
  bool CheckDeathWatch();
  // Must AskForDeath() be called from time to time?
  bool MustAskForDeath() const { return death_watch_ != nullptr && death_watch_->must_be_asked(); }
  void AskForDeath();
  void NoteLoss();
  // Tells openers that a role is free, if its owner could not do so itself.
  void TellOpeners();
  // Is there a death that was not reported yet? If so, wakes the threads of this process that sleep
  // at the doorbell, and openers.
  bool HasNewLoss();
  // The watch is about to be retired.
  void Release() {
    if (death_watch_ != nullptr) death_watch_->Release();
  }
  // Where to sleep for this watch: at up to kWords words, for the last may be null.
  static constexpr size_t kWords = 3;
  WaitWord BellWord() const { return {&bell_, bell_seen_}; }
  bool has_peer() const { return peer_ != nullptr; }
  WaitWord PeerWord() const { return {&peer_->owner, peer_seen_}; }
  const WaitWord* DeathWord() const {
    return death_watch_ == nullptr ? nullptr : death_watch_->word();
  }

  // --- any thread

  // Is the present owner of the peer's role the one that was found dead?
  bool IsPeerLost() const;

  const uint32_t id_;
  const bool peer_is_writer_ = false;
  bool has_news_of_death_ = false;  // waiter thread: that is not reported yet
  std::atomic<uint32_t>& bell_;
  RoleRecord* const peer_ = nullptr;
  std::atomic<uint32_t>* const changes_ = nullptr;
  const std::unique_ptr<DeathWatch> death_watch_;  // null: there is no peer
  // The owner of the peer's role that was found dead although it had not left: kHasLost plus its
  // RoleRecord::generation, which is 0 if it died while it took the role. 0: none.
  static constexpr uint64_t kHasLost = uint64_t{1} << 32;
  std::atomic<uint64_t> lost_peer_{0};

  // Waiter thread only.
  uint64_t reported_loss_ = 0;
  uint32_t bell_seen_ = 0;
  uint32_t peer_seen_ = 0;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_WATCH_H_
