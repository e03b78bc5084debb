// How the peer and openers hear that an end has come, has ended or leaves; and the state of a
// channel as this end sees it.

#include "channel/endpoint.h"
#include "platform/directory.h"

namespace smipc {

namespace {

// How long to wait for the directory's lock when a channel is left: the event loop waits meanwhile,
// and a name that stays behind does no harm.
constexpr int64_t kLeavePatienceMs = 50;

}  // namespace

void Endpoint::Announce() {
  ForceWakeUp(peer_bell());
  WakeAll(peer_bell().seq);
  WakeOpeners(header());
}

void WakeOpeners(Header& header) {
  // release: the role's new state is stored first; partner: Watch::Check of a RoleWait.
  header.changes.fetch_add(1, std::memory_order_release);
  WakeAll(header.changes);
}

void Endpoint::End() {
  // In a reader's role the state Ended means that it has read to the end.
  if (has_left() || !is_writer_) return;
  claim_.MarkEnded();
  Announce();
}

bool Endpoint::PrepareForExit(bool may_wait) {
  if (has_left()) return true;
  if (!is_writer_ || claim_.has_ended() || IsGone(Peer())) return Leave(may_wait);
  claim_.MarkExiting();
  return true;
}

void Endpoint::GiveBackSlot() {
  if (lifeline_ != nullptr) lifeline_->GiveBack(slot_);
  slot_ = kNoSlot;
  lifeline_.reset();
}

bool Endpoint::Leave(bool may_wait) {
  if (has_left()) return true;
  loop_sleepers_.Remove(&loop_sleeper_);
  claim_.Leave(is_writer_ ? RoleState::Aborted : RoleState::Closed);
  WakeAll(own_role().owner);
  Announce();
  claim_.Settle();
  GiveBackSlot();
  const bool was_in_time = RemoveNameIfSpent(may_wait);
  thread_->Remove(watch_);
  return was_in_time;
}

bool Endpoint::RemoveNameIfSpent(bool may_wait) {
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

Endpoint::~Endpoint() {
  // JavaScript may have moved the lent memory to another ArrayBuffer
  // (ArrayBuffer.prototype.transfer), which cannot be detached any more: that memory is never
  // unmapped.
  if (is_lent_) static_cast<void>(segment_.release());
}

void Endpoint::Release() {
  if (is_lent_) return;
  peer_bell_.reset();
  segment_->Unmap();
}

bool Endpoint::TakeRefusal(Refusal* refusal) {
  if (has_left()) return false;
  // Loaded once, since a hostile peer may change it. relaxed: the wake-up that was for it acquired
  // it; any other may come too early, and is followed by that one.
  const uint64_t word = header().refused.load(std::memory_order_relaxed);
  if (word == refused_seen_) return false;
  refused_seen_ = word;
  return ReadNote(word, refusal);
}

bool Endpoint::HasEnded() {
  // The role first, and the position after it: see Readable.
  if (has_left() || Peer() != Presence::Ended) return false;
  uint64_t used = 0;
  if (consumer_.Used(kLoadNow, &used) != Status::Ok || used != 0) return false;
  NoteEnd();
  return true;
}

Counters Endpoint::counters() const {
  Counters counters = counters_;
  counters.polls_hit = busy_poll_.hits();
  counters.polls_missed = busy_poll_.misses();
  return counters;
}

Status Endpoint::TakeSnapshot(Snapshot* snapshot) {
  if (!segment_->mapped()) return Status::Closed;
  // The watch hears of deaths, so the kernel need not be asked about owners.
  const Status taken =
      smipc::TakeSnapshot(header(), segment_->identity(), {}, &own_role(), snapshot);
  Presence& peer = is_writer_ ? snapshot->reader : snapshot->writer;
  if (peer != Presence::Open) return taken;
  watch_.CheckForLostPeer();
  peer = watch_.Peer();
  return taken;
}

}  // namespace smipc
