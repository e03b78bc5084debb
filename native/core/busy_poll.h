// How long to poll before parking. Parking costs two thread hops, and on virtual machines tens of
// microseconds more when the other processor has gone idle; polling for a few microseconds costs
// nothing that matters while data keeps coming.
//
// Adaptive, after KVM's halt polling (Documentation/virt/kvm/halt-polling.rst): the window grows
// while polls bring what is waited for, or would have if they had gone on a little longer, and
// drops to nothing when they do not. Besides, after a full window that brought nothing, some waits
// go without polling, more of them each time, until one of them would have been worth it: so a peer
// that is always a little slower wastes only a small share of the time. Used by one thread.
#ifndef SMIPC_CORE_BUSY_POLL_H_
#define SMIPC_CORE_BUSY_POLL_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace smipc {

// `ClockType`: a standard clock; another one in tests.
template <typename ClockType>
class BasicBusyPoll {
 public:
  using Clock = ClockType;
  using Duration = typename Clock::duration;

  // Never polls for longer than `most`; zero turns it off.
  explicit BasicBusyPoll(std::chrono::microseconds most) : most_(most) {}

  Duration most() const { return most_; }

  // Polls until `is_ready()` or the window is over. True: it was ready. The time it takes is taken
  // from `budget`, so that a caller whose polls succeed again and again returns to its event loop
  // at last. The poll also ends when `must_stop(now)`, which is asked less often. That is no miss,
  // and the wait that follows says nothing about polling: others are served meanwhile.
  template <typename IsReady, typename MustStop>
  bool Poll(IsReady is_ready, MustStop must_stop, Duration* budget) {
    was_stopped_ = false;
    was_skipped_ = false;
    if (*budget <= Duration::zero() || !MayPoll()) return false;
    Duration spent;
    const bool is_hit = Spin(is_ready, must_stop, std::min(window_, *budget), &spent);
    *budget -= spent;
    if (is_hit) {
      Hit();
    } else if (!was_stopped_) {
      Miss();
    }
    return is_hit;
  }

  // What a poll in parts has come to.
  enum class Part {
    Ready,  // it was ready
    GoOn,   // not yet, and the window is not over
    Over,   // not, and the caller is to park; or there is to be no poll
  };

  // As Poll(), but no longer than `part` at once, so that the caller can let others have their turn
  // before it goes on. What they take does not count.
  template <typename IsReady, typename MustStop>
  Part PollPart(IsReady is_ready, MustStop must_stop, Duration part) {
    was_stopped_ = false;
    if (!is_in_parts_) {
      was_skipped_ = false;
      if (!MayPoll()) return Part::Over;
      is_in_parts_ = true;
      polled_ = Duration::zero();
    }
    Duration spent;
    const bool is_hit = Spin(is_ready, must_stop, std::min(part, window_ - polled_), &spent);
    polled_ += spent;
    if (!is_hit && !was_stopped_ && polled_ < window_) return Part::GoOn;
    is_in_parts_ = false;
    if (is_hit) {
      Hit();
      return Part::Ready;
    }
    if (!was_stopped_) Miss();
    return Part::Over;
  }

  // The caller parks now.
  void Park() {
    is_in_parts_ = false;
    if (most_ == Duration::zero()) return;
    is_parked_ = !was_stopped_;
    if (is_parked_) parked_at_ = Clock::now();
  }

  // The caller polls again, although nothing has come: how long it has waited says nothing.
  void Unpark() { is_parked_ = false; }

  // The caller has what it parked for (or gave up): was it so soon that polling may pay?
  void Wake() {
    if (is_in_parts_) {
      is_in_parts_ = false;
      Hit();
    }
    if (!is_parked_) return;
    is_parked_ = false;
    const Duration parked = Clock::now() - parked_at_;
    if (parked > most_ + kWakeUpCosts) {
      window_ = Duration::zero();
      return;
    }
    Grow();
    // The poll that was left out would have had it, even before the wake-up came.
    if (was_skipped_ && parked <= most_) {
      misses_in_a_row_ = 0;
      skips_ = 0;
    }
  }

  // How long the next poll will take at most.
  Duration window() const { return window_; }
  // How often a poll has brought what was waited for, and how often it has not.
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  using TimePoint = typename Clock::time_point;

  static constexpr Duration kFirstWindow = std::chrono::microseconds(10);
  // What a parked thread measures holds its own wake-up, and, if it waits for an answer, the peer's
  // too. Neither would be there if both polled. On a guest whose processors have gone idle each
  // takes up to a quarter of a millisecond; if that were taken for slowness, two sides that have
  // once gone to sleep would keep each other from polling.
  static constexpr Duration kWakeUpCosts = std::chrono::microseconds(500);
  static constexpr uint32_t kMostMissesInARow = 6;
  // Shorter than 16 checks and one reading of the clock take on any processor. With this as the
  // least, a poll ends even if the clock stands still or goes backwards (libfaketime does both).
  static constexpr Duration kLeastRound = std::chrono::nanoseconds(20);

  bool MayPoll() {
    if (window_ == Duration::zero()) return false;
    if (skips_ == 0) return true;
    skips_--;
    was_skipped_ = true;
    return false;
  }

  // Whether it was ready within `limit`; false, too, if it must stop.
  template <typename IsReady, typename MustStop>
  bool Spin(IsReady is_ready, MustStop must_stop, Duration limit, Duration* spent) {
    const TimePoint start = Clock::now();
    // At least this much time has passed, even if the clock says less.
    Duration least = kLeastRound;
    do {
      // Reading the clock costs as much as some twenty checks.
      for (int i = 0; i < 16; i++) {
        if (is_ready()) {
          *spent = std::max(Clock::now() - start, least);
          return true;
        }
        Relax();
      }
      const TimePoint now = Clock::now();
      *spent = std::max(now - start, least);
      least += kLeastRound;
      was_stopped_ = must_stop(now);
    } while (*spent < limit && !was_stopped_);
    return false;
  }

  void Hit() {
    hits_++;
    misses_in_a_row_ = 0;
    Grow();
  }

  void Miss() {
    misses_++;
    if (window_ < most_) return;
    misses_in_a_row_ = std::min(misses_in_a_row_ + 1, kMostMissesInARow);
    skips_ = (1u << misses_in_a_row_) - 1;
  }

  void Grow() { window_ = std::min(most_, std::max(2 * window_, kFirstWindow)); }

  static void Relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");  // "yield" does nothing on most ARM cores
#endif
  }

  Duration most_;
  Duration window_ = Duration::zero();
  TimePoint parked_at_{};
  bool is_parked_ = false;
  bool was_stopped_ = false;            // the last poll
  bool is_in_parts_ = false;            // a poll has begun, and is to go on
  Duration polled_ = Duration::zero();  // so far, by the parts of that one
  bool was_skipped_ = false;            // there was none before the last wait, to waste less
  uint32_t misses_in_a_row_ = 0;        // of full windows
  uint32_t skips_ = 0;                  // how often not to poll now
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
};

using BusyPoll = BasicBusyPoll<std::chrono::steady_clock>;

}  // namespace smipc

#endif  // SMIPC_CORE_BUSY_POLL_H_
