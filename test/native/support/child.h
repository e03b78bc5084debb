// Processes that a test starts: to be killed, or to be observed between any two instructions.
// Fork only while the process has no other threads, or the child may find a lock taken for ever.
#ifndef SMIPC_TEST_CHILD_H_
#define SMIPC_TEST_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace smipc {

class Child {
 public:
  // Forks. The child runs `body`, with an object whose Tell() and Hear() reach the parent, and
  // exits with what it returns, or with kCheckFailed.
  explicit Child(const std::function<int(Child&)>& body);
  // Kills it, if it is still there.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  static constexpr int kCheckFailed = 99;

  // Tells the other process, and hears from it. False: it is gone.
  bool Tell() const;
  bool Hear() const;

  pid_t pid() const { return pid_; }
  // Waits for the end: the exit status, or minus the signal that ended it.
  int Wait();
  void Kill();

 private:
  pid_t pid_ = 0;  // 0: has ended, or we are the child
  int socket_ = -1;
  int status_ = 0;
};

// A child of one thread that its parent runs instruction by instruction.
class SteppedChild {
 public:
  // Forks. The child runs `prepare` and stops ahead of `body`; what `body` returns is the exit
  // status.
  SteppedChild(const std::function<void()>& prepare, const std::function<int()>& body);
  ~SteppedChild() { Kill(); }
  SteppedChild(const SteppedChild&) = delete;
  SteppedChild& operator=(const SteppedChild&) = delete;

  // False where a process may not trace another: the test is to be skipped.
  bool can_step() const { return can_step_; }
  pid_t pid() const { return pid_; }
  // Runs that many instructions. False: the body was over before.
  bool Step(uint64_t count);
  // Runs the rest of it. The exit status, or minus the signal that ended it.
  int Finish();
  void Kill();

 private:
  bool WaitForStop(int* signal);

  pid_t pid_ = 0;
  bool can_step_ = false;
  bool is_over_ = false;
  int status_ = 0;
};

}  // namespace smipc

#endif  // SMIPC_TEST_CHILD_H_
