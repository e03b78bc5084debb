// The ends of one environment that wait until their event loop is woken. A thread that polls one
// ring (busy_poll.h) keeps its event loop from all the others; so it stops once one of them has
// been woken.
//
// This only decides how long a thread polls: nothing is lost if it is wrong.
#ifndef SMIPC_WAITING_LOOP_SLEEPERS_H_
#define SMIPC_WAITING_LOOP_SLEEPERS_H_

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/doorbell.h"

namespace smipc {

// One end's place in LoopSleepers. Owned by the channel, whose doorbell must be mapped while it is
// there.
class LoopSleeper {
 public:
  explicit LoopSleeper(const Doorbell& bell) : bell_(bell) {}
  ~LoopSleeper() { assert(index_ == kNowhere); }
  LoopSleeper(const LoopSleeper&) = delete;
  LoopSleeper& operator=(const LoopSleeper&) = delete;

 private:
  friend class LoopSleepers;

  static constexpr size_t kNowhere = SIZE_MAX;

  const Doorbell& bell_;
  size_t index_ = kNowhere;
  bool is_known_to_be_woken_ = false;
  std::chrono::steady_clock::time_point known_since_{};
};

// Used by the environment's own thread.
class LoopSleepers {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The end's doorbell is armed, and the caller returns to the event loop.
  void Add(LoopSleeper* sleeper) {
    sleeper->is_known_to_be_woken_ = false;
    if (sleeper->index_ != LoopSleeper::kNowhere) return;
    sleeper->index_ = sleepers_.size();
    sleepers_.push_back(sleeper);
  }

  // The end is being served now, or leaves. Idempotent.
  void Remove(LoopSleeper* sleeper) {
    if (sleeper->index_ == LoopSleeper::kNowhere) return;
    sleepers_[sleeper->index_] = sleepers_.back();
    sleepers_[sleeper->index_]->index_ = sleeper->index_;
    sleepers_.pop_back();
    sleeper->index_ = LoopSleeper::kNowhere;
  }

  // Has one of them been woken? Checks those that went to sleep last, which are the busy ones, and
  // a few of the others in turn; so it costs the same for a thousand.
  bool AnyHasBeenWoken(TimePoint now) {
    for (size_t i = 1; i <= kMostChecks && i <= sleepers_.size(); i++) {
      if (IsToBeServed(sleepers_[sleepers_.size() - i], now)) return true;
    }
    for (size_t i = 0; i < kMostChecks && sleepers_.size() > kMostChecks; i++) {
      if (next_ >= sleepers_.size()) next_ = 0;
      if (IsToBeServed(sleepers_[next_++], now)) return true;
    }
    return false;
  }

 private:
  static constexpr size_t kMostChecks = 4;
  // An end that was woken is served, and so removed, within this time; or its reader does not want
  // bytes now, and then the others may poll all the same.
  static constexpr std::chrono::milliseconds kPatience{20};

  bool IsToBeServed(LoopSleeper* sleeper, TimePoint now) {
    if (!HasBeenWoken(sleeper->bell_)) return false;
    if (!sleeper->is_known_to_be_woken_) {
      sleeper->is_known_to_be_woken_ = true;
      sleeper->known_since_ = now;
    }
    if (now - sleeper->known_since_ < kPatience) return true;
    Remove(sleeper);
    return false;
  }

  std::vector<LoopSleeper*> sleepers_;
  size_t next_ = 0;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_LOOP_SLEEPERS_H_
