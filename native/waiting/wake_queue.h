// What waiter threads report to the JavaScript thread of their environment: which watches to check,
// and which are retired. One queue for each environment.
//
// Push() is called by waiter threads, everything else by the JavaScript thread. A watch stands in
// the queue at most once for each kind, so wake-ups coalesce: each means "check", never "one more".
#ifndef SMIPC_WAITING_WAKE_QUEUE_H_
#define SMIPC_WAITING_WAKE_QUEUE_H_

#include <cstdint>
#include <mutex>
#include <vector>

namespace smipc {

class Watch;

enum class WakeKind : uint32_t {
  Check = 0,    // the doorbell's `seq` or the peer's role has changed
  Retired = 1,  // the waiter thread will never touch the watch again
};

struct Wake {
  Watch* watch;
  WakeKind kind;
};

class WakeQueue {
 public:
  // Called, on a waiter thread, when the queue is no longer empty.
  using Notify = void (*)(void* context);

  WakeQueue(Notify notify, void* context) : notify_(notify), context_(context) {}
  WakeQueue(const WakeQueue&) = delete;
  WakeQueue& operator=(const WakeQueue&) = delete;

  void Push(Watch* watch, WakeKind kind) {
    bool was_empty;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      for (const Wake& wake : wakes_) {
        if (wake.watch == watch && wake.kind == kind) return;
      }
      was_empty = wakes_.empty();
      wakes_.push_back({watch, kind});
    }
    if (was_empty) notify_(context_);
  }

  // Empties the queue into `wakes`, whose own storage is reused for the next round.
  void Take(std::vector<Wake>* wakes) {
    wakes->clear();
    const std::lock_guard<std::mutex> guard(mutex_);
    wakes_.swap(*wakes);
  }

 private:
  std::mutex mutex_;
  std::vector<Wake> wakes_;
  Notify notify_;
  void* context_;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_WAKE_QUEUE_H_
