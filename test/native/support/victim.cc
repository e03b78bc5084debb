#include "victim.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "check.h"
#include "temporary.h"

namespace smipc {

namespace {

// What the victim waits and tells with, and does not use otherwise: the ends of the act in a log.
constexpr char kBegin[] = "recvfrom";
constexpr char kEnd[] = "sendto";

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

// Starts strace; `*errors` is what it writes to stderr.
pid_t SpawnStrace(std::vector<std::string> arguments, int* errors) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  arguments.insert(arguments.begin(), "strace");
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawnp(&pid, "strace", &actions, nullptr, pointers.data(), environ) != 0) pid = 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *errors = ends[0];
  return pid;
}

// Reads up to the text. False: the end came first.
bool ReadUntil(int fd, const char* text) {
  std::string seen;
  char byte;
  while (read(fd, &byte, 1) == 1) {
    seen += byte;
    if (seen.find(text) != std::string::npos) return true;
  }
  std::printf("     strace: %s\n", seen.c_str());
  return false;
}

struct Line {
  pid_t thread;  // 0: strace has followed one only
  std::string name;
};

// The calls of a log, in the order in which they began.
std::vector<Line> ReadLog(const std::string& path) {
  std::vector<Line> lines;
  std::ifstream log(path);
  for (std::string text; std::getline(log, text);) {
    Line line{0, ""};
    if (text[0] >= '0' && text[0] <= '9') {
      std::istringstream(text) >> line.thread;
      text.erase(0, text.find_first_not_of("0123456789 "));
    }
    const size_t end = text.find('(');
    if (end == std::string::npos || text.find_first_of("<+-") < end) continue;
    line.name = text.substr(0, end);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

bool CanTrace() {
  int errors = -1;
  const pid_t pid = SpawnStrace({"-V"}, &errors);
  close(errors);
  return pid != 0 && WaitFor(pid) == 0;
}

Victim::Victim(const std::function<void()>& prepare, const std::function<void()>& act) {
  char log[] = "/tmp/smipc-strace-XXXXXX";
  close(mkstemp(log));
  log_ = log;
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) std::abort();
  std::fflush(stdout);
  pid_ = fork();
  if (pid_ < 0) std::abort();
  socket_ = sockets[pid_ == 0 ? 1 : 0];
  close(sockets[pid_ == 0 ? 0 : 1]);
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  check::KeepAlive();
  const auto next = [&] {
    if (!Hear()) _exit(0);
  };
  next();
  prepare();
  Tell();
  next();
  check::ForgetFailures();
  act();
  if (check::HasFailed()) _exit(1);
  Tell();
  next();
  _exit(0);
}

Victim::~Victim() {
  Kill();
  close(socket_);
  unlink(log_.c_str());
}

bool Victim::Tell() const { return send(socket_, "x", 1, MSG_NOSIGNAL) == 1; }

bool Victim::Hear() const {
  char byte;
  ssize_t length;
  do {
    length = recv(socket_, &byte, 1, 0);
  } while (length < 0 && errno == EINTR);
  return length == 1;
}

void Victim::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  WaitFor(pid_);
  pid_ = 0;
}

bool Victim::Prepare() { return Tell() && Hear(); }

pid_t Victim::Thread(Traced whose) const {
  if (whose == Traced::Main) return pid_;
  const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
  DIR* entries = opendir(tasks.c_str());
  pid_t found = 0;
  // No other thread has this stream. NOLINTNEXTLINE(concurrency-mt-unsafe)
  while (const dirent* entry = readdir(entries)) {
    if (Get(tasks + "/" + entry->d_name + "/comm") != "smipc-waiter\n") continue;
    found = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
  }
  closedir(entries);
  if (whose == Traced::Born) return found == 0 ? pid_ : 0;
  return found;
}

pid_t Victim::Attach(Traced whose, const std::string& injection) {
  const pid_t thread = Thread(whose);
  if (thread == 0) return 0;
  std::vector<std::string> arguments = {"-o", log_};
  if (whose == Traced::Born) arguments.emplace_back("-f");
  if (!injection.empty()) {
    arguments.emplace_back("-e");
    arguments.push_back("inject=" + injection);
  }
  arguments.emplace_back("-p");
  arguments.push_back(std::to_string(thread));
  int errors = -1;
  const pid_t strace = SpawnStrace(arguments, &errors);
  const bool is_attached = ReadUntil(errors, " attached\n");
  // Open until the end: strace also writes of threads that begin, and dies if the pipe has no
  // reader.
  errors_ = File(errors);
  if (!is_attached) WaitFor(strace);
  return is_attached ? strace : 0;
}

std::vector<Call> Victim::Trace(Traced whose) {
  const pid_t main = pid_;
  const pid_t strace = Attach(whose, "");
  const bool has_acted = Tell() && Hear();
  CHECK(has_acted);
  if (strace == 0) return {};
  // A thread beside the acting one may still be at it.
  if (whose != Traced::Main) SleepMs(20);
  Kill();
  WaitFor(strace);

  // The act begins after the last line of the wait for it, and ends with the first of the answer.
  std::map<pid_t, std::map<std::string, int>> ordinals;
  std::vector<Call> calls;
  std::map<std::string, int> of_main;
  for (const Line& line : ReadLog(log_)) {
    const int ordinal = ++ordinals[line.thread][line.name];
    if (whose == Traced::Main && line.name == kBegin) {
      calls.clear();
    } else if (whose == Traced::Main && line.name == kEnd) {
      break;
    } else if (whose == Traced::Born && (line.thread == main || line.thread == 0)) {
      of_main[line.name]++;
    } else {
      calls.push_back({line.name, ordinal});
    }
  }
  if (whose != Traced::Born) return calls;
  // strace counts for each thread, and kills at the first that comes so far: only what the acting
  // thread does not call itself can be told apart.
  std::vector<Call> of_born;
  for (const Call& call : calls) {
    if (of_main.count(call.name) == 0) of_born.push_back(call);
  }
  return of_born;
}

bool Victim::Tamper(const std::string& injection) {
  const pid_t strace = Attach(Traced::Main, injection);
  const bool has_acted = strace != 0 && Tell() && Hear();
  Kill();
  WaitFor(strace);
  return has_acted;
}

Hit Victim::KillAt(Traced whose, const Call& call, Death death) {
  const char* signal = death == Death::Before ? "KILL" : "TERM";
  const pid_t strace =
      Attach(whose, call.name + ":signal=" + signal + ":when=" + std::to_string(call.ordinal));
  if (!CHECK(strace != 0)) return Hit::AtTheEnd;
  const bool was_killed = Tell() && !Hear();
  Kill();
  WaitFor(strace);
  if (!was_killed) return Hit::AtTheEnd;
  const std::vector<Line> lines = ReadLog(log_);
  const bool is_there = !lines.empty() && lines.back().name == call.name;
  if (whose == Traced::Main && death == Death::Before) CHECK(is_there);
  return is_there || whose == Traced::Born ? Hit::There : Hit::Later;
}

}  // namespace smipc
