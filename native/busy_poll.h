// How long to look again before parking. Parking costs two thread hops, and on virtual machines
// tens of microseconds more when the other processor has gone idle; looking again for a few
// microseconds costs nothing that matters while data keeps coming.
//
// Adaptive, after KVM's halt polling (Documentation/virt/kvm/halt-polling.rst): the window grows
// while what is waited for comes soon, and drops to nothing when it does not. Beyond that, a full
// window that brought nothing is not tried again for a while, each time for longer: the time that
// is wasted on a peer that is always a little slower stays a small share. Used by one thread.
#ifndef SMIPC_BUSY_POLL_H_
#define SMIPC_BUSY_POLL_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace smipc {

class BusyPoll {
 public:
  using Clock = std::chrono::steady_clock;

  // Never looks again for longer than `most`; zero turns it off.
  explicit BusyPoll(std::chrono::microseconds most) : most_(most) {}

  Clock::duration most() const { return most_; }

  // Looks until `is_ready()` or the window is over. True: it was ready. What it takes is taken from
  // `budget`: a caller that is served just in time again and again goes to its event loop after
  // all.
  template <typename IsReady>
  bool Poll(IsReady is_ready, Clock::duration* budget) {
    if (window_ == Clock::duration::zero() || *budget <= Clock::duration::zero()) return false;
    if (skips_ > 0) {
      skips_--;
      return false;
    }
    const Clock::time_point start = Clock::now();
    const Clock::time_point end = start + std::min(window_, *budget);
    Clock::time_point now;
    do {
      // Reading the clock costs as much as some twenty looks.
      for (int i = 0; i < 16; i++) {
        if (is_ready()) {
          misses_ = 0;
          *budget -= Clock::now() - start;
          return true;
        }
        Relax();
      }
      now = Clock::now();
    } while (now < end);
    *budget -= now - start;
    if (window_ == most_) {
      misses_ = std::min(misses_ + 1, kMostMisses);
      skips_ = (1u << misses_) - 1;
    }
    return false;
  }

  // The caller parks now.
  void Park() {
    if (most_ == Clock::duration::zero()) return;
    parked_at_ = Clock::now();
    is_parked_ = true;
  }

  // The caller has what it parked for (or gave up): was it so soon that polling may pay?
  void Wake() {
    if (!is_parked_) return;
    is_parked_ = false;
    if (Clock::now() - parked_at_ > most_ + kWakeUpCosts) {
      window_ = Clock::duration::zero();
    } else {
      window_ = std::min(most_, std::max(2 * window_, kFirstWindow));
    }
  }

  Clock::duration window() const { return window_; }

 private:
  static constexpr Clock::duration kFirstWindow = std::chrono::microseconds(10);
  // What a parked thread measures holds its own wake-up, and, if it waits for an answer, the peer's
  // too. Neither would be there if both polled.
  static constexpr Clock::duration kWakeUpCosts = std::chrono::microseconds(200);
  static constexpr uint32_t kMostMisses = 6;

  static void Relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");  // "yield" does nothing on most ARM cores
#endif
  }

  Clock::duration most_;
  Clock::duration window_ = Clock::duration::zero();
  Clock::time_point parked_at_{};
  bool is_parked_ = false;
  uint32_t misses_ = 0;  // full windows in a row that brought nothing
  uint32_t skips_ = 0;   // how often not to poll now
};

}  // namespace smipc

#endif  // SMIPC_BUSY_POLL_H_
