#include "channel/role_holder.h"

#include <utility>

#include "channel/survey.h"
#include "core/admission.h"
#include "platform/directory.h"
#include "platform/thread.h"

namespace smipc {

namespace {

// How long to wait for the directory's lock when a channel is left: the event loop waits meanwhile,
// and a name that stays behind does no harm.
constexpr int64_t kLeavePatienceMs = 50;

}  // namespace

RoleHolder::RoleHolder(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                       const Directory& directory, std::unique_ptr<Segment> segment,
                       std::shared_ptr<Lifeline> lifeline)
    : segment_(std::move(segment)),
      is_writer_(request.is_writer),
      directory_(request.directory),
      name_(request.name),
      permissions_(request.permissions),
      lifeline_(std::move(lifeline)),
      role_lock_(segment_->file(), RoleOffset(is_writer_)),
      watch_(id, own_doorbell().seq,
             {peer_role(), !is_writer_, static_cast<RoleScheme>(segment_->identity().role_scheme),
              segment_->file(), directory_.c_str(), directory.place()},
             &header().changes),
      own_bell_(request.bell),
      peers_loop_(shared.bells, directory_) {}

// --- coming

Result RoleHolder::Claim(WaitThread& thread, const FileId& place) {
  const auto scheme = static_cast<RoleScheme>(segment_->identity().role_scheme);
  const RoleSite site{own_role(), scheme, segment_->is_resumable(), thread.WordsOf(scheme),
                      role_lock_};
  RoleEntry entry{StartPosition(), StartMessages(), own_bell_, id(), CurrentProcessId()};
  entry.place[0] = place.volume;
  entry.place[1] = place.number;
  if (scheme == RoleScheme::RobustList && lifeline_ != nullptr) {
    // Taken before the role, and given back after it, so that the slot is held while the role is.
    slot_ = lifeline_->TakeSlot();
    entry.lifeline = lifeline_->id();
    entry.slot = slot_;
  } else {
    lifeline_.reset();
  }
  const Result taken = claim_.Take(site, entry);
  if (taken.ok())
    tenure_ = ReadTenure(own_role());
  else
    GiveBackSlot();
  return taken;
}

void RoleHolder::Enter(WaitThread& thread) {
  // A lock needs the descriptor as long as the role is held. Without a lock it is closed, so that a
  // thousand channels do not cost a thousand descriptors.
  const auto scheme = static_cast<RoleScheme>(segment_->identity().role_scheme);
  const uint64_t lifeline = lifeline_ == nullptr ? kNoLifeline : lifeline_->id();
  const bool is_locked = IsLocked(scheme, segment_->is_resumable(), lifeline);
  if (!is_locked && !KeepsFile()) segment_->CloseFile();
  // The previous owner of the role may have died while it slept.
  Disarm(own_doorbell());
  thread_ = &thread;
  wait_mode_ = thread.mode();
  thread.Add(watch_);
  Entered();
  Announce();
}

void RoleHolder::Unclaim() {
  claim_.Leave(RoleState::Aborted);
  claim_.Settle();
  GiveBackSlot();
}

// --- waking

void RoleHolder::Announce() {
  ForceWakeUp(peer_doorbell());
  WakeAll(peer_doorbell().seq);
  WakeOpeners(header());
}

void WakeOpeners(Header& header) {
  // release: the role's new state is stored first; partner: Watch::Check of a RoleWait.
  header.changes.fetch_add(1, std::memory_order_release);
  WakeAll(header.changes);
}

// --- going

void RoleHolder::GiveBackSlot() {
  if (lifeline_ != nullptr) lifeline_->GiveBack(slot_);
  slot_ = kNoSlot;
  lifeline_.reset();
}

bool RoleHolder::Leave(bool may_wait) {
  if (!is_held()) return true;
  Leaving();
  claim_.Leave(is_writer_ ? RoleState::Aborted : RoleState::Closed);
  WakeAll(own_role().owner);
  Announce();
  claim_.Settle();
  GiveBackSlot();
  const bool was_in_time = RemoveNameIfSpent(may_wait);
  thread_->Remove(watch_);
  return was_in_time;
}

bool RoleHolder::RemoveNameIfSpent(bool may_wait) {
  Directory directory;
  // If anything fails here, a segment without owners is left, which the next opener of the name
  // replaces.
  if (!directory.Open(directory_.c_str(), permissions_).ok()) return true;
  const DirectoryLock lock(directory, may_wait ? kLeavePatienceMs : 0);
  if (!lock.result().ok()) return lock.result().status != Status::Locked;
  // Both sides may leave at once; the lock lets the second see that the first has left. The name
  // may belong to a newer segment by now.
  if (!segment_->IsNamed(directory, name_.c_str())) return true;
  const Vantage vantage = VantageOf(directory, segment_->file());
  const Scene scene = SurveyScene(header(), segment_->identity(), vantage);
  if (!IsSpent(scene)) return true;
  directory.RemoveName(name_.c_str());
  RemoveFilesOfDeadOwners(directory, header(), scene);
  return true;
}

void RoleHolder::Release() {
  if (MustStayMapped()) return;
  peers_loop_.Close();
  segment_->Unmap();
}

}  // namespace smipc
