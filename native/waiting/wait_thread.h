// One thread that sleeps for up to kMostWatches channels at once, and owns their roles. Where the
// system can wait for only one word (WaitMode::Apart), it sleeps for one channel.
//
// The wait stands: the thread always waits on every doorbell it knows. The JavaScript thread asks
// to be woken by arming a doorbell (a store, no system call and no thread hop), and wakes this
// thread itself only when channels come or go, through the control word.
#ifndef SMIPC_WAITING_WAIT_THREAD_H_
#define SMIPC_WAITING_WAIT_THREAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "layout.h"
#include "platform/marked_words.h"
#include "platform/thread.h"
#include "platform/word_wait.h"
#include "status.h"
#include "waiting/wake_queue.h"
#include "waiting/watch.h"

namespace smipc {

class WaitThread {
 public:
  static constexpr size_t kMostWatches = (kMostWords - 1) / Watch::kWords;  // and control

  // `may_mark_words`: if false, the kernel is not even asked for MarkedWords. `name`: see
  // Thread::Start.
  WaitThread(WakeQueue& queue, WaitMode mode, bool may_mark_words = true,
             const char* name = "smipc-waiter")
      : queue_(queue), mode_(mode), may_mark_words_(may_mark_words), name_(name) {}
  // The thread must not run: Stop().
  ~WaitThread() = default;
  WaitThread(const WaitThread&) = delete;
  WaitThread& operator=(const WaitThread&) = delete;

  // Everything below is for the JavaScript thread.

  // Starts the thread and waits until it can own words.
  //   Ok; System (no more threads).
  Result Start();
  // Ends the thread and waits for that. Words that it still owns are those of a dead owner then.
  void Stop();
  // Lets the thread sleep until the process ends: at exit it must not call into a JavaScript engine
  // that is being taken down, but it still owns roles. Returns when it no longer reports anything.
  void Quiesce();

  bool has_room() const {
    return watches_.size() < (mode_ == WaitMode::Together ? kMostWatches : 1);
  }
  bool is_empty();
  WaitMode mode() const { return mode_; }
  // What the thread owns. Null: it was not allowed to ask, or this kernel marks nothing.
  MarkedWords* marked_words() { return marked_words_.get(); }
  // The words of roles that are held under that scheme.
  OwnerWords& WordsOf(RoleScheme scheme) {
    // A thread that was refused what the environment's first one was given still owns roles; a
    // lifeline tells of its death.
    if (scheme == RoleScheme::RobustList && marked_words_ != nullptr) return *marked_words_;
    return *unmarked_words_;
  }

  void Add(Watch& watch);
  // Asks the thread to drop the watch. When it has, the queue says Retired; only then may the
  // watch's words be unmapped.
  void Remove(Watch& watch);

 private:
  static void Main(void* self);
  void Run();
  // Acts on what the JavaScript thread has changed. False: stop.
  bool TakeControl(std::vector<Watch*>* watches, uint32_t control);
  void Sleep(const std::vector<Watch*>& watches, uint32_t control);
  void SleepAtWords(const std::vector<Watch*>& watches, uint32_t control, int64_t timeout_ms);
  void AskForDeaths(const std::vector<Watch*>& watches);
  // Checks the words of all death watches. True: one is no longer waited at.
  bool CheckDeathWatches(const std::vector<Watch*>& watches);
  void ChangeControl();

  WakeQueue& queue_;
  const WaitMode mode_;
  const bool may_mark_words_;
  const char* const name_;
  Thread thread_;
  // Made by the thread itself, before Start() returns.
  std::unique_ptr<MarkedWords> marked_words_;
  std::unique_ptr<UnmarkedWords> unmarked_words_;
  int64_t last_recheck_ms_ = 0;  // the thread's own

  // One more whenever something below changes; the thread sleeps on it.
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

#endif  // SMIPC_WAITING_WAIT_THREAD_H_
