#include "temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace smipc {

namespace {

std::string Parent() {
  if (access("/dev/shm", W_OK) == 0) return "/dev/shm";
  const char* chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): it is never set
  return chosen != nullptr ? chosen : "/tmp";
}

}  // namespace

std::vector<std::string> NamesIn(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return names;
  // Each of these streams belongs to one thread.
  while (const dirent* entry = readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

TemporaryDirectory::TemporaryDirectory(const char* parent)
    : path_((parent == nullptr ? Parent() : parent) + std::string("/smipc-test-XXXXXX")) {
  if (mkdtemp(path_.data()) == nullptr) {
    std::perror("mkdtemp");
    std::abort();
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  for (const std::string& name : NamesIn(path_)) {
    if (unlink(PathOf(name.c_str()).c_str()) != 0) rmdir(PathOf(name.c_str()).c_str());
  }
  rmdir(path_.c_str());
}

std::vector<std::string> TemporaryDirectory::Names() const {
  std::vector<std::string> names = NamesIn(path_);
  const auto is_lifeline = [](const std::string& name) { return name.rfind(".life-", 0) == 0; };
  names.erase(std::remove_if(names.begin(), names.end(), is_lifeline), names.end());
  return names;
}

void Put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string Get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

namespace {

// Is a waiter thread at work? It opens files of its own for a moment when a peer comes
// (lifeline.h).
bool IsAWaiterAwake() {
  for (const std::string& id : NamesIn("/proc/self/task")) {
    // Number, "(name)", state: proc(5).
    const std::string stat = Get("/proc/self/task/" + id + "/stat");
    const size_t name_end = stat.rfind(')');
    if (stat.find("(smipc-waiter)") == std::string::npos || name_end + 2 >= stat.size()) continue;
    if (stat[name_end + 2] == 'R' || stat[name_end + 2] == 'D') return true;
  }
  return false;
}

}  // namespace

int CountDescriptors() {
  constexpr int kMostTries = 10000;
  for (int i = 0; i < kMostTries && IsAWaiterAwake(); i++) sched_yield();
  return static_cast<int>(NamesIn("/proc/self/fd").size()) - 1;  // one is the listing's own
}

int CountThreads() {
  constexpr unsigned long kExiting = 4;  // PF_EXITING of include/linux/sched.h
  int count = 0;
  for (const std::string& id : NamesIn("/proc/self/task")) {
    // Number, "(name)", state, ...: proc(5), of which the ninth are the flags.
    std::ifstream stat("/proc/self/task/" + id + "/stat");
    std::string skipped;
    unsigned long flags = kExiting;  // if the thread has gone meanwhile
    std::getline(stat, skipped, ')');
    for (int i = 0; i < 6; i++) stat >> skipped;
    stat >> flags;
    if ((flags & kExiting) == 0) count++;
  }
  return count;
}

int CountMappings(const TemporaryDirectory& directory) {
  // A file without a name still shows the directory: "/dev/shm/smipc-test-abc/#1234 (deleted)".
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(directory.path() + "/") != std::string::npos) count++;
  }
  return count;
}

void Limit(int resource, uint64_t most) {
  rlimit limit{};
  bool done = getrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
  limit.rlim_cur = most;
  done = done && setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
  if (!done) std::abort();
}

void LeaveDescriptors(int count) {
  // The lowest free number; all below are in use.
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (next < 0) std::abort();
  close(next);
  Limit(RLIMIT_NOFILE, static_cast<uint64_t>(next) + static_cast<uint64_t>(count));
}

void SleepMs(long ms) {
  const timespec pause{ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, nullptr);
}

}  // namespace smipc
