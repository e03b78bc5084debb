// What can be done with channels without a role in them: look, remove, and wait for a role.
// All calls are made by the JavaScript thread of one environment.
#ifndef SMIPC_CHANNEL_REGISTRY_H_
#define SMIPC_CHANNEL_REGISTRY_H_

#include <memory>

#include "channel/survey.h"
#include "platform/segment.h"
#include "status.h"
#include "waiting/waiter.h"

namespace smipc {

// Which channel: an absolute directory, a name, and whom `permissions` lets in (directory.h).
struct ChannelPath {
  const char* directory;
  const char* name;
  uint32_t permissions;
};

//   Ok; NotFound; Incompatible; Corrupt; OpenToOthers; System.
Result Inspect(const ChannelPath& path, Snapshot* snapshot);

// Removes a channel's name. Without `force` only if no live owner holds a role (Busy) and the
// header is sound (Corrupt, Incompatible). With it, any file that begins with our magic.
//   Ok; NotFound; Busy; Incompatible; Corrupt; OpenToOthers; Locked; System.
Result Remove(const ChannelPath& path, bool force, uint32_t* holder_pid);

// An opener that found the role taken, and waits until somebody comes or goes. A death that leaves
// nobody in the channel is not reported: the opener must look again from time to time.
class RoleWait {
 public:
  //   Ok: the queue says Look for `id` once something has changed; NotFound; other open errors.
  static Result Start(Waiter& waiter, uint32_t id, const ChannelPath& path,
                      std::unique_ptr<RoleWait>* wait);
  // Asks for the watch to be retired. The object must live until it is, or the waiter is stopped.
  void Stop() { thread_->Remove(watch_); }

  RoleWait(const RoleWait&) = delete;
  RoleWait& operator=(const RoleWait&) = delete;

 private:
  RoleWait(uint32_t id, std::unique_ptr<HeaderView> view, WaitThread& thread)
      : view_(std::move(view)), watch_(id, view_->header().changes), thread_(&thread) {}

  std::unique_ptr<HeaderView> view_;
  Watch watch_;
  WaitThread* thread_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_REGISTRY_H_
