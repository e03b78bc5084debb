#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "check.h"

namespace smipc {

namespace {

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

int Ending(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

pid_t Fork() {
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid < 0) {
    std::perror("fork");
    std::abort();
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    check::KeepAlive();
    check::ForgetFailures();
  }
  return pid;
}

// Without the clean-up of the process that was forked: it is the parent's.
[[noreturn]] void Exit(int status) {
  std::fflush(stdout);
  _exit(check::HasFailed() ? Child::kCheckFailed : status);
}

}  // namespace

Child::Child(const std::function<int(Child&)>& body) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) std::abort();
  pid_ = Fork();
  socket_ = sockets[pid_ == 0 ? 1 : 0];
  close(sockets[pid_ == 0 ? 0 : 1]);
  if (pid_ == 0) Exit(body(*this));
}

Child::~Child() {
  Kill();
  close(socket_);
}

bool Child::Tell() const { return send(socket_, "x", 1, MSG_NOSIGNAL) == 1; }

bool Child::Hear() const {
  char byte;
  ssize_t length;
  do {
    length = read(socket_, &byte, 1);
  } while (length < 0 && errno == EINTR);
  return length == 1;
}

int Child::Wait() {
  if (pid_ != 0) status_ = Ending(WaitFor(pid_));
  pid_ = 0;
  return status_;
}

void Child::Kill() {
  if (pid_ != 0) kill(pid_, SIGKILL);
  Wait();
}

SteppedChild::SteppedChild(const std::function<void()>& prepare, const std::function<int()>& body) {
  pid_ = Fork();
  if (pid_ == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    prepare();
    raise(SIGSTOP);
    const int status = body();
    raise(SIGSTOP);
    Exit(status);
  }
  int signal = 0;
  can_step_ = WaitForStop(&signal) && signal == SIGSTOP;
}

// False: the child has ended.
bool SteppedChild::WaitForStop(int* signal) {
  const int status = WaitFor(pid_);
  if (WIFSTOPPED(status)) {
    *signal = WSTOPSIG(status);
    return true;
  }
  pid_ = 0;
  is_over_ = true;
  status_ = Ending(status);
  return false;
}

bool SteppedChild::Step(uint64_t count) {
  for (uint64_t i = 0; i < count && !is_over_; i++) {
    int signal = 0;
    if (ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) std::abort();
    if (WaitForStop(&signal) && signal == SIGSTOP) is_over_ = true;
  }
  return !is_over_;
}

int SteppedChild::Finish() {
  while (pid_ != 0) {
    int signal = 0;
    if (ptrace(PTRACE_CONT, pid_, nullptr, nullptr) != 0) std::abort();
    WaitForStop(&signal);
  }
  return status_;
}

void SteppedChild::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  int signal = 0;
  while (pid_ != 0) WaitForStop(&signal);
}

}  // namespace smipc
