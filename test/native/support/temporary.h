// What the tests take from the system and give back: directories, and counts of what a process has.
#ifndef SMIPC_TEST_TEMPORARY_H_
#define SMIPC_TEST_TEMPORARY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace smipc {

// A new directory in shared memory (or in TMPDIR, or in `parent`), removed with everything in it.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const char* parent = nullptr);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string PathOf(const char* name) const { return path_ + "/" + name; }
  // Names in it, hidden ones included, in order; but for lifelines, which belong to environments
  // and not to channels.
  std::vector<std::string> Names() const;

 private:
  std::string path_;
};

// Of any directory, in order; none if it cannot be read.
std::vector<std::string> NamesIn(const std::string& path);

// Whole files.
void Put(const std::string& path, const std::string& bytes);
std::string Get(const std::string& path);

// Of this process, now.
int CountDescriptors();
// Of this process, but for those that are ending: a joined thread is still listed for a moment.
int CountThreads();
// Mappings of files that live in the directory, with or without a name.
int CountMappings(const TemporaryDirectory& directory);

// For children, because they last: a soft limit (setrlimit(2)), and how many descriptors may
// still be opened.
void Limit(int resource, uint64_t most);
void LeaveDescriptors(int count);

// Polls, with short sleeps, until it holds. False: not within 10 s.
template <typename Condition>
bool Eventually(Condition condition);

void SleepMs(long ms);

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 10000; i++) {
    if (condition()) return true;
    SleepMs(1);
  }
  return condition();
}

}  // namespace smipc

#endif  // SMIPC_TEST_TEMPORARY_H_
