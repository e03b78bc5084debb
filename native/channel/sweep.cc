#include "channel/sweep.h"

#include <utility>

#include "channel/endpoint.h"
#include "core/admission.h"
#include "core/hidden_name.h"
#include "platform/bell.h"
#include "platform/lifeline.h"
#include "platform/monotonic.h"
#include "platform/segment.h"
#include "waiting/death_watch.h"

namespace smipc {

namespace {

// What one opening may cost: so many files are looked at, which takes some 10 µs each, and as long
// again to remove one. To give back the memory of a large ring takes longer.
constexpr int kMostLooks = 8;
constexpr uint64_t kMostBytes = uint64_t{64} << 20;
// Names are not read at each opening, and from what was read only a sample is kept. It is a random
// one: of processes that open one channel and end, each looks at other files.
constexpr int64_t kReadEveryNs = 1000 * 1000 * 1000;
constexpr size_t kSample = 64;
// An environment seldom uses more than one directory.
constexpr size_t kMostPlaces = 16;

// Has the role never been taken, or by owners in this very place? The lock of another place, such
// as the lower directory of an overlay, is another one (Directory::place), so there somebody may be
// about to enter whom our lock does not keep out.
bool IsOfPlace(const RoleRecord& role, const FileId& place) {
  const FileId nowhere;
  return CanSeeLocks(role, nowhere) || CanSeeLocks(role, place);
}

// In the directory's lock this is certain: no role can be taken meanwhile, and an owner that leaves
// or dies meanwhile counts as live, or not, as if it had done so later or before. Without the lock
// it is a guess, made of words that were loaded at different times. (Snapshot::is_spent is no
// guess, but true of one moment only.)
bool IsSweepable(const Directory& directory, const HeaderView& view, bool includes_unread) {
  if (!view.is_own()) return false;
  const Header& header = view.header();
  const Scene scene = SurveyScene(header, view.identity(), VantageOf(directory, view.file()));
  if (scene.is_of_earlier_boot) return true;
  const FileId& place = directory.place();
  if (!IsOfPlace(header.writer, place) || !IsOfPlace(header.reader, place)) return false;
  return includes_unread ? !IsHeld(scene) : IsSpent(scene);
}

Result SweepIn(Directory& directory, const char* name, const SweepTerms& terms, Snapshot* swept) {
  // Closed after the lock is dropped: only then the kernel frees the ring's memory, which may take
  // longer than others should wait.
  HeaderView view;
  Result done = view.Open(directory, name);
  if (!done.ok()) return done;
  // Nearly all files are to stay, and cost no lock.
  if (!IsSweepable(directory, view, terms.includes_unread)) return Result(Status::Busy);
  const DirectoryLock lock(directory, terms.patience_ms);
  if (!lock.result().ok()) return lock.result();
  // The name may belong to another file by now.
  if (!view.IsNamed(directory, name)) return Result(Status::NotFound);
  if (!IsSweepable(directory, view, terms.includes_unread)) return Result(Status::Busy);
  // An opener may wait behind a stream that has ended and is not read. Behind what is spent nobody
  // waits, except for an owner that has died unseen, and so looks again from time to time
  // (RoleWait); as do the others, if the header cannot be mapped.
  Segment awaited;
  if (terms.includes_unread) awaited.Attach(directory, name);
  const Vantage vantage = VantageOf(directory, view.file());
  done = Result(TakeSnapshot(view.header(), view.identity(), vantage, nullptr, swept));
  if (done.ok()) done = directory.RemoveName(name);
  if (!done.ok()) return done;
  RemoveFilesOfDeadOwners(directory, view.header(),
                          SceneOf(*swept, view.header(), view.identity(), view.file()));
  if (awaited.mapped()) WakeOpeners(awaited.header());
  return {};
}

// The same of a session that no server has taken. A living server takes it soon, even if its client
// has gone, for what that had written; and if both have died, nobody will.
constexpr int64_t kUntakenS = 60;

void SweepSession(Directory& directory, const char* name, const SweepTerms& terms) {
  HeaderView view;
  if (!view.Open(directory, name).ok()) return;
  Snapshot swept{};
  SweepIn(directory, name, {view.age_s() > kUntakenS, terms.patience_ms}, &swept);
}

// The same of a bell or a lifeline, which a process has in a directory for all its channels. They
// mostly go with a channel that names them, or when another one is made (RemoveAbandonedBells).
void SweepHidden(Directory& directory, const char* name) {
  const auto is_abandoned = [&] {
    return IsAbandonedBell(directory, name) || IsAbandonedLifeline(directory, name);
  };
  if (!is_abandoned()) return;
  const DirectoryLock lock(directory, 0);
  if (lock.result().ok() && is_abandoned()) directory.RemoveName(name);
}

}  // namespace

Result Sweep(const ChannelPath& path, const SweepTerms& terms, Snapshot* swept) {
  Directory directory;
  const Result opened = directory.Open(path.directory, path.permissions);
  return opened.ok() ? SweepIn(directory, path.name, terms, swept) : opened;
}

void Sweeper::SweepSome(const std::string& path, uint32_t permissions, const std::string& spared) {
  Directory directory;
  if (!directory.Open(path.c_str(), permissions).ok()) return;
  std::vector<std::string>& names = NamesOf(path, directory);
  // If somebody else has the lock, it is for others to sweep.
  const SweepTerms terms{false, 0};
  uint64_t bytes = 0;
  for (int i = 0; i < kMostLooks && !names.empty() && bytes < kMostBytes; i++) {
    const std::string name = std::move(names.back());
    names.pop_back();
    if (name == spared) continue;
    Snapshot swept{};
    uint64_t id = 0;
    if (HiddenName::Parse(kSessionPrefix, name.c_str(), &id)) {
      SweepSession(directory, name.c_str(), terms);
    } else if (name[0] == '.') {
      SweepHidden(directory, name.c_str());
    } else if (SweepIn(directory, name.c_str(), terms, &swept).ok()) {
      bytes += swept.capacity;
    }
  }
}

std::vector<std::string>& Sweeper::NamesOf(const std::string& path, const Directory& directory) {
  if (places_.size() >= kMostPlaces && places_.find(path) == places_.end()) places_.clear();
  Place& place = places_[path];
  const int64_t now_ns = MonotonicNs();
  const bool is_due = place.read_at_ns == 0 || now_ns - place.read_at_ns >= kReadEveryNs;
  if (place.names.empty() && is_due) {
    place.names = SampleNames(directory, kSample);
    place.read_at_ns = now_ns;
  }
  return place.names;
}

}  // namespace smipc
