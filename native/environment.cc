#include "environment.h"

#include <utility>

namespace smipc {

Result Environment::Open(uint32_t id, const OpenRequest& request, Channel** channel,
                         uint32_t* holder_pid) {
  std::unique_ptr<Channel> opened;
  const Result done = Channel::Open(waiter_, id, request, &opened, holder_pid);
  if (!done.ok()) return done;
  *channel = opened.get();
  channels_[id].channel = std::move(opened);
  return {};
}

Result Environment::StartRoleWait(uint32_t id, const ChannelPath& path) {
  std::unique_ptr<RoleWait> wait;
  const Result done = RoleWait::Start(waiter_, id, path, &wait);
  if (done.ok()) role_waits_[id] = std::move(wait);
  return done;
}

void Environment::StopRoleWait(uint32_t id) {
  const auto found = role_waits_.find(id);
  if (found != role_waits_.end()) found->second->Stop();
}

void Environment::Forget(uint32_t id) {
  const auto found = channels_.find(id);
  if (found == channels_.end()) return;
  found->second.is_forgotten = true;
  found->second.channel->Leave();
  if (found->second.is_retired) channels_.erase(found);
}

size_t Environment::TakeWakes(uint32_t* ids, size_t most) {
  if (next_wake_ == wakes_.size()) {
    waiter_.Take(&wakes_);
    next_wake_ = 0;
  }
  size_t count = 0;
  bool has_retired = false;
  while (count < most && next_wake_ < wakes_.size()) {
    const Wake& wake = wakes_[next_wake_++];
    const uint32_t id = wake.watch->id();
    if (wake.kind == WakeKind::Look) {
      ids[count++] = id;
    } else {
      has_retired = true;
      if (Retire(id)) ids[count++] = id | kRetiredBit;
    }
  }
  if (has_retired) waiter_.Trim();
  return count;
}

bool Environment::Retire(uint32_t id) {
  role_waits_.erase(id);
  const auto found = channels_.find(id);
  if (found == channels_.end()) return false;
  found->second.channel->Release();
  found->second.is_retired = true;
  if (!found->second.is_forgotten) return true;
  channels_.erase(found);
  return false;
}

void Environment::PrepareForExit() {
  for (auto& [id, entry] : channels_) entry.channel->PrepareForExit();
  waiter_.Quiesce();
}

void Environment::Shutdown() {
  if (is_shut_down_) return;
  is_shut_down_ = true;
  // Leave first: when the threads end, the kernel declares dead what they still own.
  for (auto& [id, entry] : channels_) entry.channel->Leave();
  waiter_.Stop();
  for (auto& [id, entry] : channels_) {
    entry.channel->Release();
    entry.is_retired = true;
  }
  role_waits_.clear();
}

}  // namespace smipc
