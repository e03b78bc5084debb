// An environment with an event loop, as JavaScript has one: it is woken at a bell, where there are
// bells, and otherwise by its waiter thread, and sleeps until one of the two happens.
#ifndef SMIPC_TEST_LOOP_H_
#define SMIPC_TEST_LOOP_H_

#include <cstdint>
#include <set>
#include <string>

#include "channel/environment.h"
#include "platform/file.h"

namespace smipc {

// What SMIPC_FALLBACK switches, and what a file system may not have.
struct Surroundings {
  const char* name;
  WaitMode mode;
  RoleScheme scheme;
  bool has_bells;
  bool has_nameless_files;
};

class Loop {
 public:
  Loop(const Surroundings& surroundings, const std::string& directory);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Null: `result` says why. The first one makes the bell.
  Endpoint* Open(bool is_writer, const char* name = "a");
  // Leaves, and waits until the memory is unmapped. False: that did not happen.
  bool Close(Endpoint* channel);
  // And hears it.
  bool OpenBell();
  void CloseBell();

  // Sleeps until something has woken it. False: nothing has, within the time.
  bool Hear(int64_t patience_ms);

  Environment& environment() { return environment_; }
  ChannelPath path() const { return {directory_.c_str(), "a", 0600}; }

  Result result;

 private:
  static void Notify(void* self);

  const bool has_bells_;
  const std::string directory_;
  const File event_;
  File bell_;
  uint32_t last_id_ = 0;
  std::set<uint32_t> retired_;
  Environment environment_;
};

}  // namespace smipc

#endif  // SMIPC_TEST_LOOP_H_
