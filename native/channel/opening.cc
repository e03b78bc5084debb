#include "channel/opening.h"

#include <utility>

#include "channel/survey.h"
#include "core/admission.h"
#include "platform/directory.h"
#include "platform/thread.h"

namespace smipc {

namespace {

// Takes the role's lock in a resumable segment: its positions may be loaded only when no thread of
// the previous owner can store them any more.
//   Ok; Dying: such threads still run (role_claim.h); System.
Result LockBeforeLoading(const Segment& segment, bool is_writer) {
  if (!segment.is_resumable()) return {};
  const Result locked = FileRoleLock(segment.file(), RoleOffset(is_writer)).Take();
  return locked.status == Status::Busy ? Result(Status::Dying) : locked;
}

// Does an existing segment suit this request and this process?
Status CheckFit(const Segment& segment, const OpenRequest& request, const Waiter& waiter) {
  const Identity& identity = segment.identity();
  if (static_cast<Framing>(identity.framing) != request.framing) return Status::Incompatible;
  if (segment.is_resumable() != request.is_resumable) return Status::Incompatible;
  if (!waiter.CanUse(static_cast<RoleScheme>(identity.role_scheme))) return Status::Incompatible;
  return Status::Ok;
}

// Lets the owner of the other role know that this opener may not enter. (Nobody has the role that
// was wanted.) The request at the doorbell is left alone: it is for the peer to take.
void TellRefused(Header& header, const OpenRequest& request) {
  const RoleRecord& wanted = request.is_writer ? header.writer : header.reader;
  LeaveNote(header.refused,
            {CurrentProcessId(), request.is_writer, request.framing, request.is_resumable},
            wanted.generation.load(std::memory_order_relaxed));  // changed under the lock only
  Doorbell& bell = request.is_writer ? header.data : header.space;
  // release: the note is stored first; partner: Watch::Check (watch.cc), and through the wake queue
  // Endpoint::TakeRefusal.
  bell.seq.fetch_add(1, std::memory_order_release);
  WakeAll(bell.seq);
}

// One call of OpenRole. It tries under the directory's lock; what turns out to be missing then, a
// lifeline or a new segment, is made without the lock, because reserving memory may take long. Then
// everything is checked again, under the lock.
class Opening {
 public:
  Opening(const SharedParts& shared, uint32_t id, const OpenRequest& request, MakeHolder make,
          uint32_t* holder_pid)
      : shared_(shared), id_(id), request_(request), make_(make), holder_pid_(holder_pid) {}

  Result Run(std::unique_ptr<RoleHolder>* holder) {
    Result done = Prepare();
    while (done.ok() && opened_ == nullptr) done = Try();
    *holder = std::move(opened_);
    return done;
  }

 private:
  // What stands under the name.
  struct Found {
    std::unique_ptr<Segment> segment;
    bool is_there = false;
    bool may_enter = false;  // it is of use to us, and the role is free
    Scene scene{};
  };

  Result Prepare();
  // Opens, or makes something that is missing.
  Result Try();
  Result TryUnderLock(bool* may_enter);
  Result Survey(Found* found);
  Result CheckAdmission(Admission admission, Found* found);
  Result TakeFound(Found* found);
  Result NameFresh(const Found& found);
  Result MakeFresh();
  std::unique_ptr<RoleHolder> HolderOf(std::unique_ptr<Segment> segment) const {
    return make_(shared_, id_, request_, directory_, std::move(segment), lifeline_);
  }

  const SharedParts& shared_;
  const uint32_t id_;
  const OpenRequest& request_;
  const MakeHolder make_;
  uint32_t* const holder_pid_;

  WaitThread* thread_ = nullptr;
  Directory directory_;
  std::shared_ptr<Lifeline> lifeline_;
  bool has_lifeline_ = false;  // or does without
  std::unique_ptr<RoleHolder> fresh_;
  std::unique_ptr<RoleHolder> opened_;
};

Result Opening::Prepare() {
  const Result placed = shared_.waiter.Place(&thread_);
  if (!placed.ok()) return placed;
  has_lifeline_ = shared_.waiter.PreferredScheme() != RoleScheme::RobustList;
  const char* path = request_.directory.c_str();
  const Result opened = request_.create == CreateMode::Never
                            ? directory_.Open(path, request_.permissions)
                            : directory_.OpenOrMake(path, request_.permissions);
  if (!opened.ok() || has_lifeline_) return opened;
  // Of other channels here: then the first look under the lock is the last one.
  lifeline_ = shared_.lifelines.Find(directory_, request_.directory);
  has_lifeline_ = lifeline_ != nullptr;
  return opened;
}

Result Opening::Try() {
  bool may_enter = false;
  const Result done = TryUnderLock(&may_enter);
  if (!done.ok() || opened_ != nullptr) return done;
  if (!has_lifeline_) {
    lifeline_ = shared_.lifelines.Get(directory_, request_.directory, request_.permissions,
                                      shared_.waiter.lifeline_words());
    has_lifeline_ = true;
  }
  return may_enter ? Result() : MakeFresh();
}

Result Opening::TryUnderLock(bool* may_enter) {
  const DirectoryLock lock(directory_);
  if (!lock.result().ok()) return lock.result();
  Found found;
  const Result surveyed = Survey(&found);
  if (!surveyed.ok()) return surveyed;
  *may_enter = found.may_enter;
  if (found.may_enter) return has_lifeline_ ? TakeFound(&found) : Result();
  if (request_.create == CreateMode::Never) return Result(Status::NotFound);
  return fresh_ != nullptr ? NameFresh(found) : Result();
}

Result Opening::Survey(Found* found) {
  found->segment = std::make_unique<Segment>();
  const Result attached = found->segment->Attach(directory_, request_.name.c_str());
  if (attached.status == Status::NotFound) return {};
  if (!attached.ok()) return attached;
  found->is_there = true;
  Scene& scene = found->scene;
  scene = SurveyScene(found->segment->header(), found->segment->identity(),
                      VantageOf(directory_, found->segment->file()));
  const Admission admission = request_.is_writer ? AdmitWriter(scene) : AdmitReader(scene);
  return admission == Admission::Replace ? Result() : CheckAdmission(admission, found);
}

Result Opening::CheckAdmission(Admission admission, Found* found) {
  if (request_.create == CreateMode::Always) return Result(Status::Exists);
  const Header& header = found->segment->header();
  const RoleRecord& role = request_.is_writer ? header.writer : header.reader;
  *holder_pid_ = role.pid.load(std::memory_order_relaxed);
  if (admission == Admission::Busy) return Result(Status::Busy);
  if (admission == Admission::Undrained) return Result(Status::Undrained);
  const Status fit = CheckFit(*found->segment, request_, shared_.waiter);
  if (fit != Status::Ok) {
    TellRefused(found->segment->header(), request_);
    return Result(fit);
  }
  const Result locked = LockBeforeLoading(*found->segment, request_.is_writer);
  found->may_enter = locked.ok();
  return locked;
}

Result Opening::TakeFound(Found* found) {
  RemoveFilesOfDeadOwners(directory_, found->segment->header(), found->scene);
  std::unique_ptr<RoleHolder> taken = HolderOf(std::move(found->segment));
  // Checks the private copies that will be used: shared memory could change after a check.
  if (!taken->IsSane()) return Result(Status::Corrupt);
  const Presence peer = request_.is_writer ? found->scene.reader : found->scene.writer;
  if (HasLeft(peer)) taken->BeginWithLoss();
  const Result claimed = taken->Claim(*thread_, directory_.place());
  if (!claimed.ok()) return claimed;
  taken->Enter(*thread_);
  opened_ = std::move(taken);
  return {};
}

Result Opening::NameFresh(const Found& found) {
  // Taken before it has a name, so that it is never found without its owner.
  Result done = fresh_->Claim(*thread_, directory_.place());
  if (!done.ok()) return done;
  if (found.is_there) {
    done = directory_.RemoveName(request_.name.c_str());
    if (done.status == Status::NotFound) done = {};  // a user has removed it, without the lock
    if (done.ok()) RemoveFilesOfDeadOwners(directory_, found.segment->header(), found.scene);
  }
  // The old one may not have been removed: in a sticky directory another user's cannot be.
  if (done.ok()) done = fresh_->Name(directory_);
  if (!done.ok()) {
    fresh_->Unclaim();
    return done;
  }
  fresh_->Enter(*thread_);
  // Openers that wait at the old segment must try again with the new one.
  if (found.is_there) WakeOpeners(found.segment->header());
  opened_ = std::move(fresh_);
  return {};
}

Result Opening::MakeFresh() {
  const SegmentSpec spec{request_.capacity,
                         request_.framing,
                         shared_.waiter.PreferredScheme(),
                         request_.permissions,
                         request_.is_resumable ? kResumable : 0u,
                         request_.shortage,
                         request_.reserved};
  auto segment = std::make_unique<Segment>();
  const Result made = segment->Create(directory_, spec);
  if (!made.ok()) return made;
  fresh_ = HolderOf(std::move(segment));
  return {};
}

}  // namespace

Result OpenRole(const SharedParts& shared, uint32_t id, const OpenRequest& request, MakeHolder make,
                std::unique_ptr<RoleHolder>* holder, uint32_t* holder_pid) {
  return Opening(shared, id, request, make, holder_pid).Run(holder);
}

}  // namespace smipc
