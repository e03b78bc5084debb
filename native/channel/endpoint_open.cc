// Endpoint::Open: finding or making the segment, and taking a role in it. Fifty processes that open
// a new name at once end up with one segment, one writer and one reader.

#include <utility>

#include "channel/endpoint.h"
#include "core/admission.h"
#include "platform/directory.h"
#include "platform/thread.h"

namespace smipc {

Endpoint::Endpoint(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                   const Directory& directory, std::unique_ptr<Segment> segment,
                   std::shared_ptr<Lifeline> lifeline)
    : segment_(std::move(segment)),
      is_writer_(request.is_writer),
      directory_(request.directory),
      name_(request.name),
      permissions_(request.permissions),
      all_or_nothing_(segment_->is_resumable() && request.framing != Framing::Bytes),
      awaits_next_peer_(segment_->is_resumable()),
      producer_(header().head, header().tail, segment_->ring(), segment_->capacity()),
      consumer_(header().head, header().tail, segment_->ring(), segment_->capacity()),
      // acquire: partner: MarkDelivered.
      delivered_(header().delivered.load(std::memory_order_acquire)),
      lifeline_(std::move(lifeline)),
      role_lock_(segment_->file(), RoleOffset(is_writer_)),
      watch_(id, own_bell().seq,
             {peer_role(), !is_writer_, static_cast<RoleScheme>(segment_->identity().role_scheme),
              segment_->file(), directory_.c_str(), directory.place()},
             &header().changes),
      busy_poll_(std::chrono::microseconds(request.busy_poll_us)),
      own_bell_id_(request.bell),
      sleep_of_loop_(request.bell == kNoBell ? Sleep::AtFutex : Sleep::AtBell),
      loop_sleepers_(shared.sleepers),
      loop_sleeper_(own_bell()),
      bells_(shared.bells) {}

bool Endpoint::HasSanePositions() const {
  const uint64_t capacity = segment_->capacity();
  if (segment_->is_resumable()) {
    return is_writer_ ? PositionsAreSane(producer_.head(), producer_.tail(), capacity)
                      : PositionsAreSane(consumer_.head(), consumer_.tail(), capacity);
  }
  // A role is taken only once in such a segment, so our position must be where it began.
  return is_writer_ ? producer_.head() == 0 && producer_.tail() == 0
                    : consumer_.tail() == 0 && consumer_.head() <= capacity;
}

Result Endpoint::Claim(WaitThread& thread, const FileId& place) {
  const auto scheme = static_cast<RoleScheme>(segment_->identity().role_scheme);
  const RoleSite site{own_role(), scheme, segment_->is_resumable(), thread.WordsOf(scheme),
                      role_lock_};
  RoleEntry entry{position(), own_bell_id_, id(), CurrentProcessId()};
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

void Endpoint::Enter(WaitThread& thread) {
  // A lock needs the descriptor as long as the role is held. Without a lock it is closed, so that a
  // thousand channels do not cost a thousand descriptors.
  const auto scheme = static_cast<RoleScheme>(segment_->identity().role_scheme);
  const uint64_t lifeline = lifeline_ == nullptr ? kNoLifeline : lifeline_->id();
  if (!IsLocked(scheme, segment_->is_resumable(), lifeline)) segment_->CloseFile();
  // The previous owner of the role may have died while it slept.
  Disarm(own_bell());
  thread_ = &thread;
  wait_mode_ = thread.mode();
  thread.Add(watch_);
  Announce();
}

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

}  // namespace

Result Endpoint::Open(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                      std::unique_ptr<Endpoint>* channel, uint32_t* holder_pid) {
  Waiter& waiter = shared.waiter;
  WaitThread* thread = nullptr;
  Result done = waiter.Place(&thread);
  if (!done.ok()) return done;

  Directory directory;
  if (request.create == CreateMode::Never) {
    done = directory.Open(request.directory.c_str(), request.permissions);
  } else {
    done = directory.OpenOrMake(request.directory.c_str(), request.permissions);
  }
  if (!done.ok()) return done;

  // A lifeline and a new segment are made without the lock, because reserving memory may take long,
  // and only when they turn out to be needed. Then everything is checked again, under the lock.
  std::shared_ptr<Lifeline> lifeline;
  bool has_lifeline = waiter.PreferredScheme() != RoleScheme::RobustList;
  std::unique_ptr<Endpoint> fresh;
  for (;;) {
    bool may_enter = false;
    {
      const DirectoryLock lock(directory);
      if (!lock.result().ok()) return lock.result();

      auto found = std::make_unique<Segment>();
      done = found->Attach(directory, request.name.c_str());
      if (!done.ok() && done.status != Status::NotFound) return done;
      const bool is_there = done.ok();

      auto admission = Admission::Replace;
      Scene scene{};
      if (is_there) {
        scene =
            SurveyScene(found->header(), found->identity(), VantageOf(directory, found->file()));
        admission = request.is_writer ? AdmitWriter(scene) : AdmitReader(scene);
      }
      if (admission != Admission::Replace) {
        if (request.create == CreateMode::Always) return Result(Status::Exists);
        const RoleRecord& role =
            request.is_writer ? found->header().writer : found->header().reader;
        *holder_pid = role.pid.load(std::memory_order_relaxed);
        if (admission == Admission::Busy) return Result(Status::Busy);
        if (admission == Admission::Undrained) return Result(Status::Undrained);
        const Status fit = CheckFit(*found, request, waiter);
        if (fit != Status::Ok) return Result(fit);
        done = LockBeforeLoading(*found, request.is_writer);
        if (!done.ok()) return done;
        may_enter = true;
      }
      if (may_enter && has_lifeline) {
        RemoveFilesOfDeadOwners(directory, found->header(), scene);
        std::unique_ptr<Endpoint> taken(
            new Endpoint(shared, id, request, directory, std::move(found), lifeline));
        // Checks the private copies that will be used: shared memory could change after a check.
        if (!taken->HasSanePositions()) return Result(Status::Corrupt);
        const Presence peer = request.is_writer ? scene.reader : scene.writer;
        if (HasLeft(peer) && taken->watch_.Peer() == Presence::Open) taken->watch_.BeginWithLoss();
        done = taken->Claim(*thread, directory.place());
        if (!done.ok()) return done;
        taken->Enter(*thread);
        *channel = std::move(taken);
        return {};
      }
      if (!may_enter && request.create == CreateMode::Never) return Result(Status::NotFound);
      if (!may_enter && fresh != nullptr) {
        // Taken before it has a name, so that it is never found without its owner.
        done = fresh->Claim(*thread, directory.place());
        if (!done.ok()) return done;
        if (is_there) {
          done = directory.RemoveName(request.name.c_str());
          if (done.status == Status::NotFound)
            done = {};  // a user has removed it, without the lock
          if (done.ok()) RemoveFilesOfDeadOwners(directory, found->header(), scene);
        }
        // EPERM: it is another user's, in a sticky directory (unlink(2)).
        if (done.ok()) done = fresh->segment_->Name(directory, request.name.c_str());
        if (!done.ok()) {
          fresh->claim_.Leave(RoleState::Aborted);  // it has no name, so there is no one to wake
          fresh->claim_.Settle();
          fresh->GiveBackSlot();
          return done;
        }
        fresh->Enter(*thread);
        // Openers that wait at the old segment must try again with the new one.
        if (is_there) WakeOpeners(found->header());
        *channel = std::move(fresh);
        return {};
      }
    }
    if (!has_lifeline) {
      lifeline = shared.lifelines.Get(directory, request.directory, request.permissions,
                                      waiter.lifeline_words());
      has_lifeline = true;
    }
    if (may_enter) continue;
    auto segment = std::make_unique<Segment>();
    done = segment->Create(
        directory, {request.capacity, request.framing, waiter.PreferredScheme(),
                    request.permissions, request.is_resumable ? kResumable : 0u, request.shortage});
    if (!done.ok()) return done;
    fresh.reset(new Endpoint(shared, id, request, directory, std::move(segment), lifeline));
  }
}

}  // namespace smipc
