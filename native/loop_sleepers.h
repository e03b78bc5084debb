// The ends of one environment that wait until their event loop is woken. A thread that looks again
// at one ring (busy_poll.h) keeps the event loop from all the others; so it stops once one of them
// has been rung.
//
// Only a hint, which decides how long a thread polls: nothing is lost if it is wrong.
#ifndef SMIPC_LOOP_SLEEPERS_H_
#define SMIPC_LOOP_SLEEPERS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "doorbell.h"

namespace smipc {

class LoopSleepers;

// One end's place among them. Owned by the channel, whose doorbell must be mapped while it is
// there.
class LoopSleeper {
 public:
  explicit LoopSleeper(const Doorbell& bell) : bell_(bell) {}
  LoopSleeper(const LoopSleeper&) = delete;
  LoopSleeper& operator=(const LoopSleeper&) = delete;

 private:
  friend class LoopSleepers;

  static constexpr size_t kNowhere = SIZE_MAX;

  const Doorbell& bell_;
  size_t index_ = kNowhere;
  int times_told_ = 0;
};

// Used by the environment's own thread.
class LoopSleepers {
 public:
  // Its doorbell is armed, and the caller returns to the event loop.
  void Add(LoopSleeper* sleeper) {
    sleeper->times_told_ = 0;
    if (sleeper->index_ != LoopSleeper::kNowhere) return;
    sleeper->index_ = sleepers_.size();
    sleepers_.push_back(sleeper);
  }

  // It is looked after now, or leaves. Idempotent.
  void Remove(LoopSleeper* sleeper) {
    if (sleeper->index_ == LoopSleeper::kNowhere) return;
    sleepers_[sleeper->index_] = sleepers_.back();
    sleepers_[sleeper->index_]->index_ = sleeper->index_;
    sleepers_.pop_back();
    sleeper->index_ = LoopSleeper::kNowhere;
  }

  // Has one of them been rung? Looks at a few, in turn, so it costs the same for a thousand.
  bool HaveRung() {
    for (size_t i = std::min(kMostLooks, sleepers_.size()); i > 0; i--) {
      if (next_ >= sleepers_.size()) next_ = 0;
      LoopSleeper* sleeper = sleepers_[next_];
      if (IsArmed(sleeper->bell_)) {
        next_++;
        continue;
      }
      // Whoever was rung is served next, and is not here any more; unless nobody wants its bytes
      // now. The others need not go without polling for that.
      if (++sleeper->times_told_ == kMostTimesTold) Remove(sleeper);
      return true;
    }
    return false;
  }

 private:
  static constexpr size_t kMostLooks = 8;
  static constexpr int kMostTimesTold = 4;

  std::vector<LoopSleeper*> sleepers_;
  size_t next_ = 0;
};

}  // namespace smipc

#endif  // SMIPC_LOOP_SLEEPERS_H_
