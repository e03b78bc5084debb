// What can be done with channels without a role in them: inspect, remove, and wait for a role.
// All calls are made by the JavaScript thread of one environment.
#ifndef SMIPC_CHANNEL_REGISTRY_H_
#define SMIPC_CHANNEL_REGISTRY_H_

#include <memory>

#include "channel/survey.h"
#include "platform/segment.h"
#include "status.h"
#include "waiting/waiter.h"

namespace smipc {

// A channel's absolute directory and its name; and the file mode that says whom the directory may
// let in (Directory::Open).
struct ChannelPath {
  const char* directory;
  const char* name;
  uint32_t permissions;
};

// The state of a channel. It may have another one when this returns: an opener that was admitted
// before may just be entering a channel that `is_spent`.
//   Ok; NotFound; Incompatible; Corrupt; OpenToOthers; System.
Result Inspect(const ChannelPath& path, Snapshot* snapshot);

// Removes a channel's name. Without `force` only if no live owner holds a role (Busy) and the
// header is sound (Corrupt, Incompatible). With it, any file that begins with our magic.
//   Ok; NotFound; Busy; Incompatible; Corrupt; OpenToOthers; Locked; System.
Result Remove(const ChannelPath& path, bool force, uint32_t* holder_pid);

// Something of an environment that watches a segment without a role in it.
class Onlooker {
 public:
  // Not before its watch is retired, or the waiter stopped.
  virtual ~Onlooker() = default;
  Onlooker(const Onlooker&) = delete;
  Onlooker& operator=(const Onlooker&) = delete;

  // Asks for the watch to be retired.
  virtual void Stop() = 0;

 protected:
  Onlooker() = default;
};

// An opener that found the role taken, and waits until a role is taken or left. The death of the
// only owner in a channel is not reported, so the opener must try again from time to time.
class RoleWait final : public Onlooker {
 public:
  //   Ok: the queue says Check for `id` once a role has been taken or left; otherwise as Inspect,
  //   or System (no more threads).
  static Result Start(Waiter& waiter, uint32_t id, const ChannelPath& path,
                      std::unique_ptr<RoleWait>* wait);
  void Stop() override { thread_->Remove(watch_); }

 private:
  RoleWait(uint32_t id, std::unique_ptr<HeaderView> view, WaitThread& thread)
      : view_(std::move(view)), watch_(id, view_->header().changes), thread_(&thread) {}

  std::unique_ptr<HeaderView> view_;
  Watch watch_;
  WaitThread* thread_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_REGISTRY_H_
