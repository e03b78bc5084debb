#include "channel/environment.h"

#include <utility>

#include "platform/bell.h"
#include "platform/directory.h"
#include "platform/heap.h"

namespace smipc {

Result Environment::OpenBell(const std::string& directory, uint32_t permissions,
                             bool may_make_directory, File* bell) {
  Directory place;
  Result done = may_make_directory ? place.OpenOrMake(directory.c_str(), permissions)
                                   : place.Open(directory.c_str(), permissions);
  if (!done.ok()) return done;
  const DirectoryLock lock(place);
  if (!lock.result().ok()) return lock.result();
  RemoveAbandonedBells(place);
  uint64_t id = kNoBell;
  done = MakeBell(place, permissions, &id, bell);
  if (!done.ok()) return done;
  own_bells_[directory].id = id;
  // It fits, unless others have filled the bell already; then theirs are heard.
  static_cast<void>(WriteToken(*bell, kFirstToken));
  return {};
}

void Environment::TrustBell(const std::string& directory) {
  const auto found = own_bells_.find(directory);
  if (found == own_bells_.end()) return;
  found->second.is_trusted = true;
  for (auto& [id, entry] : holders_) entry.holder->TrustBell(found->second.id);
}

bool Environment::IsBellThere(const std::string& directory) const {
  const auto found = own_bells_.find(directory);
  return found != own_bells_.end() && smipc::IsBellThere(directory, found->second.id);
}

void Environment::CloseBell(const std::string& directory) {
  const auto found = own_bells_.find(directory);
  if (found == own_bells_.end()) return;
  Directory place;
  constexpr uint32_t kAnyPermissions = 0777;  // they were checked when the bell was made
  if (place.Open(directory.c_str(), kAnyPermissions).ok()) {
    RemoveBell(place, found->second.id);
    // As long as there was a bell, nobody here has looked for what killed processes have left.
    const DirectoryLock lock(place, 0);
    if (lock.result().ok()) {
      RemoveAbandonedBells(place);
      RemoveAbandonedLifelines(place);
    }
  }
  for (auto& [id, entry] : holders_) entry.holder->StopUsingBell(found->second.id);
  own_bells_.erase(found);
}

void Environment::CloseBells() {
  while (!own_bells_.empty()) CloseBell(std::string(own_bells_.begin()->first));
}

Result Environment::Open(uint32_t id, const OpenRequest& request, Endpoint** channel,
                         uint32_t* holder_pid) {
  return OpenAs(id, request, channel, holder_pid);
}

Result Environment::OpenWith(uint32_t id, OpenRequest request, MakeHolder make, RoleHolder** holder,
                             uint32_t* holder_pid) {
  const auto bell = own_bells_.find(request.directory);
  const bool has_bell = bell != own_bells_.end();
  request.bell = has_bell ? bell->second.id : kNoBell;
  request.is_bell_trusted = has_bell && bell->second.is_trusted;
  shortage_ = {};
  request.shortage = &shortage_;
  // Ids begin again at 1 after 2^31: the id of a channel that is still there must not be used
  // twice.
  if (holders_.count(id) != 0) return Result(Status::IdInUse);
  // Before the opening, which may need the memory.
  sweeper_.SweepSome(request.directory, request.permissions, request.name);
  std::unique_ptr<RoleHolder> opened;
  const Result done = OpenRole({waiter_, peer_bells_, loop_sleepers_, lifelines_}, id, request,
                               make, &opened, holder_pid);
  if (!done.ok()) return done;
  if (has_bell) bell->second.lifeline = opened->lifeline();
  *holder = opened.get();
  holders_[id].holder = std::move(opened);
  // What is read becomes chunks. Both sides of a session read.
  const bool reads = !request.is_writer || request.framing == Framing::Session;
  if (reads && !keeps_freed_memory_) {
    KeepFreedMemory();
    keeps_freed_memory_ = true;
  }
  return {};
}

Result Environment::StartRoleWait(uint32_t id, const ChannelPath& path) {
  std::unique_ptr<RoleWait> wait;
  const Result done = RoleWait::Start(waiter_, id, path, &wait);
  if (done.ok()) AddOnlooker(id, std::move(wait));
  return done;
}

void Environment::AddOnlooker(uint32_t id, std::unique_ptr<Onlooker> onlooker) {
  onlookers_[id] = std::move(onlooker);
}

void Environment::StopOnlooker(uint32_t id) {
  const auto found = onlookers_.find(id);
  if (found != onlookers_.end()) found->second->Stop();
}

void Environment::Forget(uint32_t id) {
  const auto found = holders_.find(id);
  if (found == holders_.end()) return;
  found->second.is_forgotten = true;
  found->second.holder->Leave();
  if (found->second.is_retired) holders_.erase(found);
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
    if (wake.kind == WakeKind::Check) {
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
  onlookers_.erase(id);
  const auto found = holders_.find(id);
  if (found == holders_.end()) return false;
  found->second.holder->Release();
  found->second.is_retired = true;
  if (!found->second.is_forgotten) return true;
  holders_.erase(found);
  return false;
}

void Environment::PrepareForExit() {
  bool may_wait = true;
  for (auto& [id, entry] : holders_) may_wait &= entry.holder->PrepareForExit(may_wait);
  waiter_.Quiesce();
  CloseBells();
  lifelines_.RemoveNames();
}

void Environment::Shutdown() {
  if (is_shut_down_) return;
  is_shut_down_ = true;
  // Leave first: when the threads end, the kernel declares the owners of their roles dead.
  bool may_wait = true;
  for (auto& [id, entry] : holders_) may_wait &= entry.holder->Leave(may_wait);
  CloseBells();
  waiter_.Stop();
  for (auto& [id, entry] : holders_) {
    entry.holder->Release();
    entry.is_retired = true;
  }
  onlookers_.clear();
}

}  // namespace smipc
