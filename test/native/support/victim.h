// A process that strace(1) kills at one of its system calls.
//
// strace can send a signal at the n-th call of a kind. SIGKILL ends the process before the call:
// the kernel does not begin it. SIGTERM, whose default is death too, waits until the call has taken
// effect, and ends the process before the next instruction of its own.
#ifndef SMIPC_TEST_VICTIM_H_
#define SMIPC_TEST_VICTIM_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/segment.h"

namespace smipc {

enum class Traced {
  Main,    // the thread that acts
  Waiter,  // the waiter thread, if it was there before
  Born,    // the waiter thread, if the act starts it
};

// One call that the act made. `ordinal`: the how-manieth of its name that strace saw of the thread.
struct Call {
  std::string name;
  int ordinal;
};

enum class Death { Before, After };

enum class Hit {
  There,    // dead at the call
  Later,    // after it: the thread did not take signals just then
  AtTheEnd  // the act never made the call, and was over
};

// Is there a strace?
bool CanTrace();

class Victim {
 public:
  // Forks: the process must have no other threads. The child waits for Prepare().
  Victim(const std::function<void()>& prepare, const std::function<void()>& act);
  // Kills it, if it is still there.
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // Lets it run `prepare`. False: it has died.
  bool Prepare();

  // Lets it act, then kills it; returns what the thread has called meanwhile.
  std::vector<Call> Trace(Traced whose);
  // Lets it act, while strace tampers with its calls (-e inject=). False: it has died, or a check
  // has failed.
  bool Tamper(const std::string& injection);
  // Lets it act, and kills it at one call, or at the end of the act if there are fewer calls.
  Hit KillAt(Traced whose, const Call& call, Death death);

 private:
  bool Tell() const;
  bool Hear() const;
  void Kill();
  pid_t Thread(Traced whose) const;
  // Of a strace that has the thread in hand.
  pid_t Attach(Traced whose, const std::string& injection);

  pid_t pid_ = 0;
  int socket_ = -1;
  File errors_;
  std::string log_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_VICTIM_H_
