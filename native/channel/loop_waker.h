// Wakes the event loop, or the thread, of a role's owner, at a doorbell of the segment.
#ifndef SMIPC_CHANNEL_LOOP_WAKER_H_
#define SMIPC_CHANNEL_LOOP_WAKER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/peer_bells.h"
#include "layout.h"
#include "platform/word_wait.h"

namespace smipc {

class LoopWaker {
 public:
  // `directory`: the segment's. Both must outlive the object.
  LoopWaker(PeerBells& bells, const std::string& directory)
      : bells_(bells), directory_(directory) {}

  // Wakes whoever has the role, and sleeps at that doorbell in the way that TakeWakeUp has said.
  void Wake(const RoleRecord& role, Doorbell& doorbell, Sleep how) {
    if (how == Sleep::AtBell) {
      // Loaded each time, because the next owner of the role has another bell, and only once,
      // because a hostile peer may change them; the worst it can do is to be woken at a wrong bell.
      // relaxed: the exchange in TakeWakeUp acquires them; partner: Arm.
      const uint64_t bell = role.bell.load(std::memory_order_relaxed);
      const uint32_t token = role.token.load(std::memory_order_relaxed);
      if (bell_ == nullptr || bell != bell_id_) {
        bell_ = bells_.Find(directory_, bell);
        bell_id_ = bell;
      }
      if (bell_ != nullptr && bell_->Wake(token)) return;
    }
    WakeAll(doorbell.seq);
  }

  // Closes the bell.
  void Close() { bell_.reset(); }

 private:
  PeerBells& bells_;
  const std::string& directory_;
  std::shared_ptr<PeerBell> bell_;  // opened when it is first used
  uint64_t bell_id_ = kNoBell;      // the one of bell_
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_LOOP_WAKER_H_
