#include "channel/registry.h"

#include <utility>

#include "channel/endpoint.h"
#include "platform/directory.h"

namespace smipc {

Result Inspect(const ChannelPath& path, Snapshot* snapshot) {
  Directory directory;
  Result done = directory.Open(path.directory, path.permissions);
  HeaderView view;
  if (done.ok()) done = view.Open(directory, path.name);
  if (done.ok()) {
    const Vantage vantage = VantageOf(directory, view.file());
    done = Result(TakeSnapshot(view.header(), view.identity(), vantage, nullptr, snapshot));
    snapshot->is_spent = snapshot->is_of_one_moment &&
                         IsSpent(SceneOf(*snapshot, view.header(), view.identity(), view.file()));
    snapshot->file_number = view.file_id().number;
  }
  return done;
}

Result Remove(const ChannelPath& path, bool force, uint32_t* holder_pid) {
  Directory directory;
  Result done = directory.Open(path.directory, path.permissions);
  if (!done.ok()) return done;
  const DirectoryLock lock(directory);
  if (!lock.result().ok()) return lock.result();

  Segment segment;
  done = segment.Attach(directory, path.name);
  if (!done.ok()) {
    if (!force) return done;
    // A segment of ours may be removed even if it is damaged or of another layout; other files
    // stay.
    File file;
    const Result opened = OpenSegmentFile(directory, path.name, &file);
    if (!opened.ok()) return opened;
    if (!HasMagic(file)) return Result(Status::Incompatible);
    return directory.RemoveName(path.name);
  }
  const Vantage vantage = VantageOf(directory, segment.file());
  const Scene scene = SurveyScene(segment.header(), segment.identity(), vantage);
  if (!force) {
    const RoleRecord* holder = scene.writer == Presence::Open   ? &segment.header().writer
                               : scene.reader == Presence::Open ? &segment.header().reader
                                                                : nullptr;
    if (holder != nullptr) {
      *holder_pid = holder->pid.load(std::memory_order_relaxed);
      return Result(Status::Busy);
    }
  }
  done = directory.RemoveName(path.name);
  RemoveFilesOfDeadOwners(directory, segment.header(), scene);
  WakeOpeners(segment.header());
  return done;
}

Result RoleWait::Start(Waiter& waiter, uint32_t id, const ChannelPath& path,
                       std::unique_ptr<RoleWait>* wait) {
  WaitThread* thread = nullptr;
  Result done = waiter.Place(&thread);
  if (!done.ok()) return done;
  Directory directory;
  done = directory.Open(path.directory, path.permissions);
  auto view = std::make_unique<HeaderView>();
  if (done.ok()) done = view->Open(directory, path.name);
  if (!done.ok()) return done;
  // The words stay mapped. So that who waits at a thousand channels does not need as many
  // descriptors.
  view->CloseFile();
  wait->reset(new RoleWait(id, std::move(view), *thread));
  thread->Add((*wait)->watch_);
  return {};
}

}  // namespace smipc
