// The waiter of one JavaScript environment: as many waiter threads as its channels need, and the
// queue through which they reach the environment's thread. All calls are made by that thread.
#ifndef SMIPC_WAITING_WAITER_H_
#define SMIPC_WAITING_WAITER_H_

#include <memory>
#include <vector>

#include "waiting/wait_thread.h"
#include "waiting/wake_queue.h"

namespace smipc {

// Which of the kernel's optional facilities are used. A user or a test may switch one off.
struct Facilities {
  WaitMode wait_mode;
  bool may_mark_words;

  // Asks the kernel, but not for what is switched off: a seccomp filter may kill the process for
  // the call. MarkedWords are asked for by each waiter thread.
  static Facilities Detect(bool may_wait_together, bool may_mark_words);
};

class Waiter {
 public:
  // `notify` is called on a waiter thread when there is something to Take().
  Waiter(const Facilities& facilities, WakeQueue::Notify notify, void* context)
      : facilities_(facilities), queue_(notify, context) {}
  ~Waiter() { Stop(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // A thread with room for one more watch, started if need be.
  //   Ok; System (no more threads).
  Result Place(WaitThread** thread);

  // The scheme for new segments; known once a thread has been placed.
  RoleScheme PreferredScheme() const;
  // Can this process hold roles of that scheme?
  bool CanUse(RoleScheme scheme) const;

  // The words of the thread that owns the slots of lifelines, and nothing else (lifeline.h). Null:
  // the kernel marks no words, or no thread could be started for them. Known once a thread has been
  // placed.
  MarkedWords* lifeline_words();

  void Take(std::vector<Wake>* wakes) { queue_.Take(wakes); }

  // Ends the threads that have nothing left to wait for, but keeps one for the next channel.
  void Trim();
  // Before process exit: from now on no waiter thread reports anything (WaitThread::Quiesce).
  void Quiesce();
  // Ends all threads. No watch is touched any more when this returns.
  void Stop();

 private:
  Facilities facilities_;
  WakeQueue queue_;
  std::unique_ptr<WaitThread> lifeline_thread_;  // has no watches: it only owns slots
  std::vector<std::unique_ptr<WaitThread>> threads_;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_WAITER_H_
