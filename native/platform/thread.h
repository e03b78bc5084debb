// Platform seam: a thread that runs for as long as an environment needs it, and the ids by which
// threads and processes are told apart.
#ifndef SMIPC_PLATFORM_THREAD_H_
#define SMIPC_PLATFORM_THREAD_H_

#include <cstdint>
#include <memory>

#include "status.h"

namespace smipc {

// All calls are made by the thread that starts it.
class Thread {
 public:
  using Body = void (*)(void* argument);

  Thread();
  // The thread must not run: Join().
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Calls `body` on a new thread, which takes no signals: those are for the process's other
  // threads. `name`: for those who look at the process from outside, at most 15 characters; it must
  // stay.
  //   Ok; System (no more threads).
  Result Start(const char* name, Body body, void* argument);
  // Waits until the body has returned.
  void Join();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The id of the calling thread, as far as other processes can tell it: not 0, and within
// kOwnerMask.
uint32_t CurrentThreadId();

// For messages: what a user of this machine calls the process.
uint32_t CurrentProcessId();

}  // namespace smipc

#endif  // SMIPC_PLATFORM_THREAD_H_
