#include "channel/channel.h"

#include <algorithm>

#include "platform/directory.h"

namespace smipc {

namespace {

// A write is published in parts of this size, so that the reader starts before it is all there.
constexpr uint64_t kMostAtOnce = uint64_t{128} << 10;
constexpr uint64_t kWhatever = UINT64_MAX;  // rings, whatever position the sleeper waits for

// For the directory's lock when a channel is left: the event loop waits meanwhile, and a name that
// stays behind does no harm.
constexpr int64_t kLeavePatienceMs = 50;

int64_t Answer(Status status) { return static_cast<int64_t>(status); }

int64_t Answer(Presence presence) {
  switch (presence) {
    case Presence::Ended:
      return Answer(Status::PeerEnded);
    case Presence::Aborted:
      return Answer(Status::PeerAborted);
    case Presence::Closed:
      return Answer(Status::PeerClosed);
    default:
      return Answer(Status::PeerDied);
  }
}

}  // namespace

// --- waking

void Channel::Ring(Sleep how) {
  counters_.wake_ups_rung++;
  if (how == Sleep::AtBell) {
    // Each is read once. Whatever stands there: the worst is a bell that nobody hears. Read each
    // time, because a next owner has another one. relaxed: see RoleClaim::Take.
    const uint64_t bell = peer_role().bell.load(std::memory_order_relaxed);
    const uint32_t token = peer_role().token.load(std::memory_order_relaxed);
    if (peer_bell_pipe_ == nullptr || bell != peer_bell_id_) {
      peer_bell_pipe_ = bells_.Find(directory_, bell);
      peer_bell_id_ = bell;
    }
    if (peer_bell_pipe_ != nullptr && peer_bell_pipe_->Ring(token)) return;
  }
  WakeAll(peer_bell().seq);
}

void Channel::Announce() {
  RingAlways(peer_bell());
  WakeAll(peer_bell().seq);
  WakeOpeners(header());
}

void WakeOpeners(Header& header) {
  // release: the role's new state comes first; partner: Watch::Look of a RoleWait.
  header.changes.fetch_add(1, std::memory_order_release);
  WakeAll(header.changes);
}

void Channel::ArmAt(uint64_t position, Sleeper who) {
  // Two calls may wait at once (a write for space, drained() for all of it): the earlier position
  // counts. A stale one only rings too early. relaxed: our own last store, or the ringer's 0.
  const bool is_armed =
      own_bell().sleeping.load(std::memory_order_relaxed) != static_cast<uint32_t>(Sleep::Awake);
  armed_at_ = is_armed ? std::min(armed_at_, position) : position;
  Arm(own_bell(), armed_at_, who == Sleeper::Loop ? sleep_of_loop_ : Sleep::AtFutex);
}

void Channel::NoteSleep(Sleeper who) {
  counters_.parks++;
  if (who == Sleeper::Loop) loop_sleepers_.Add(&loop_sleeper_);
}

template <typename IsReady>
bool Channel::LookAgain(IsReady is_ready, Sleeper who, BusyPoll::Duration* budget) {
  const auto must_stop = [this, who](BusyPoll::Clock::time_point now) {
    return who == Sleeper::Loop && loop_sleepers_.HaveRung(now);
  };
  return busy_poll_.Poll(is_ready, must_stop, budget);
}

// --- reading

int64_t Channel::Readable(uint64_t wanted, uint64_t min) {
  if (has_left()) return Answer(Status::Closed);
  uint64_t used = 0;
  if (consumer_.Used(wanted, &used) != Status::Ok) return Answer(Status::Corrupt);
  if (used < min) {
    const Presence writer = Peer();
    if (!IsGone(writer)) return 0;
    // Seen as gone, so what it had published before is visible: look once more, or the end could
    // overtake the last write.
    if (consumer_.Used(kLookNow, &used) != Status::Ok) return Answer(Status::Corrupt);
    if (used == 0) {
      if (writer == Presence::Ended) NoteEnd();
      return Answer(writer);
    }
  }
  return static_cast<int64_t>(used);
}

int64_t Channel::Read(uint8_t* target, uint64_t size, uint64_t min, bool consumes) {
  const int64_t used = Readable(std::max(min, size), min);
  if (used <= 0) return used;
  const uint64_t count = std::min(static_cast<uint64_t>(used), size);
  consumer_.Peek(target, count);
  if (consumes) Consume(count);
  return static_cast<int64_t>(count);
}

void Channel::Consume(uint64_t size) {
  if (has_left()) return;
  consumer_.Consume(std::min(size, consumer_.head() - consumer_.tail()));
  TellPeer(consumer_.tail());
}

void Channel::MarkDelivered(uint64_t size) {
  if (has_left()) return;
  // release, so that it is not seen before the tail that was stored before it; partner: the
  // constructor of the next reader, which the lock of the role orders anyway.
  header().delivered.store(consumer_.tail() + size, std::memory_order_release);
}

void Channel::NoteEnd() {
  if (segment_->is_resumable() && !claim_.has_ended()) claim_.MarkEnded();
}

// Attempts; if nothing comes of it, looks again for a while, arms, and attempts once more.
template <typename Attempt>
int64_t Channel::WaitToRead(uint64_t min, Sleeper who, Attempt attempt) {
  loop_sleepers_.Remove(&loop_sleeper_);
  int64_t count = attempt();
  if (count == 0) {
    BusyPoll::Duration poll_budget = busy_poll_.most();
    const auto has_bytes = [this, min] {
      uint64_t used = 0;
      return consumer_.Used(min, &used) != Status::Ok || used >= min;
    };
    const bool is_ready = LookAgain(has_bytes, who, &poll_budget);
    if (!is_ready) {
      ArmAt(consumer_.tail() + min, who);
      busy_poll_.Park();
      // A writer may wait for more space than we leave it while we wait for more bytes than it has
      // written. If it sleeps already, it is woken; if it lies down later, it sees that we sleep.
      RingPeer(kWhatever);
    }
    count = attempt();  // once more: see doorbell.h
    if (count == 0) {
      NoteSleep(who);
      return 0;
    }
    Disarm(own_bell());
  }
  busy_poll_.Wake();
  return count;
}

int64_t Channel::ReadOrSleep(uint8_t* target, uint64_t size, uint64_t min, Sleeper who,
                             bool consumes) {
  return WaitToRead(min, who, [=] { return Read(target, size, min, consumes); });
}

int64_t Channel::ReadableOrSleep(uint64_t min, Sleeper who) {
  return WaitToRead(min, who, [=] { return Readable(min); });
}

// --- writing

int64_t Channel::ReaderGone() const {
  if (has_left()) return Answer(Status::Closed);
  const Presence reader = Peer();
  return IsGone(reader) ? Answer(reader) : 0;
}

int64_t Channel::Write(const uint8_t* source, uint64_t size) {
  const int64_t gone = ReaderGone();
  if (gone != 0) return gone;
  uint64_t written = 0;
  while (written < size) {
    const uint64_t part = writes_whole_ ? size : std::min(size - written, kMostAtOnce);
    uint64_t free = 0;
    if (producer_.Free(part, &free) != Status::Ok) return Answer(Status::Corrupt);
    if (free == 0 || (writes_whole_ && free < part)) break;
    const uint64_t count = std::min(part, free);
    producer_.Write(source + written, count);
    TellPeer(producer_.head());
    written += count;
  }
  return static_cast<int64_t>(written);
}

int64_t Channel::WriteOrSleep(const uint8_t* source, uint64_t size, uint64_t behind, Sleeper who) {
  loop_sleepers_.Remove(&loop_sleeper_);
  const uint64_t capacity = segment_->capacity();
  BusyPoll::Duration poll_budget = busy_poll_.most();
  uint64_t written = 0;
  for (;;) {
    const int64_t count = Write(source + written, size - written);
    if (count < 0) return count;
    written += static_cast<uint64_t>(count);
    if (written == size) {
      busy_poll_.Wake();
      return static_cast<int64_t>(written);
    }
    // A part of the ring, not one byte: else the two sides take turns in small steps. Never more
    // than is waiting to be written, or a reader that takes only so much would wait for us.
    const uint64_t space = writes_whole_ ? size : std::min(size - written + behind, capacity / 2);
    const auto has_space = [this, space] {
      uint64_t free = 0;
      return producer_.Free(space, &free) != Status::Ok || free >= space;
    };
    if (LookAgain(has_space, who, &poll_budget)) continue;
    ArmAt(producer_.head() - capacity + space, who);
    busy_poll_.Park();
    // A reader that sleeps already may have taken less than that, and wait for more than it left:
    // whatever there is of space is then filled. See ReadOrSleep, and doorbell.h.
    // (A reader of whole messages never does: it waits for one only when the ring is empty.)
    const uint64_t least = IsArmed(peer_bell()) && !writes_whole_ ? 1 : space;
    uint64_t free = 0;
    // What was seen is the answer: a peer that says something else at the next look could keep us
    // here for ever.
    if (producer_.Free(least, &free) != Status::Ok) return Answer(Status::Corrupt);
    if (free < least) {
      const int64_t gone = ReaderGone();
      if (gone != 0) return gone;
      NoteSleep(who);
      return static_cast<int64_t>(written);
    }
    // Still armed, which costs a ring too many at most: drained() may be waiting too.
  }
}

int64_t Channel::Writable(uint64_t size) {
  const int64_t gone = ReaderGone();
  if (gone != 0) return gone;
  uint64_t free = 0;
  if (producer_.Free(size, &free) != Status::Ok) return Answer(Status::Corrupt);
  return free < size ? 0 : static_cast<int64_t>(free);
}

int64_t Channel::WritableOrSleep(uint64_t size, Sleeper who) {
  loop_sleepers_.Remove(&loop_sleeper_);
  int64_t free = Writable(size);
  if (free == 0) {
    BusyPoll::Duration poll_budget = busy_poll_.most();
    const auto has_space = [this, size] {
      uint64_t now_free = 0;
      return producer_.Free(size, &now_free) != Status::Ok || now_free >= size;
    };
    if (!LookAgain(has_space, who, &poll_budget)) {
      ArmAt(producer_.head() - segment_->capacity() + size, who);
      busy_poll_.Park();
    }
    free = Writable(size);  // once more: see doorbell.h
    if (free == 0) {
      NoteSleep(who);
      return 0;
    }
    // Still armed, as in WriteOrSleep.
  }
  busy_poll_.Wake();
  return free;
}

void Channel::Publish(uint64_t size) {
  if (has_left()) return;
  const uint64_t free = segment_->capacity() - (producer_.head() - producer_.tail());
  producer_.Publish(std::min(size, free));
  TellPeer(producer_.head());
}

int64_t Channel::DrainedOrArm() {
  const int64_t gone = ReaderGone();
  if (gone == Answer(Status::Closed)) return gone;
  uint64_t free = 0;
  if (producer_.Free(kLookNow, &free) != Status::Ok) return Answer(Status::Corrupt);
  if (free == segment_->capacity()) return 1;
  if (gone != 0) return gone;
  ArmAt(producer_.head(), Sleeper::Loop);
  if (producer_.Free(kLookNow, &free) != Status::Ok) return Answer(Status::Corrupt);
  if (free == segment_->capacity()) return 1;
  loop_sleepers_.Add(&loop_sleeper_);  // not NoteSleep: a writer that could go on has not parked
  return 0;                            // if the reader has left now, the watch reports it
}

// --- lending

uint8_t* Channel::Lend() {
  is_lent_ = true;
  return segment_->ring() + (position() & (segment_->capacity() - 1));
}

// --- parking

int64_t Channel::ReadOrPark(uint8_t* target, uint64_t size, uint64_t min, int64_t timeout_ms) {
  const Ticket ticket = DrawTicket();
  const int64_t count = ReadOrSleep(target, size, min, Sleeper::Thread, true);
  if (count == 0) Park(ticket, timeout_ms);
  return count;
}

int64_t Channel::WriteOrPark(const uint8_t* source, uint64_t size, int64_t timeout_ms) {
  const Ticket ticket = DrawTicket();
  const int64_t count = WriteOrSleep(source, size, 0, Sleeper::Thread);
  if (count >= 0 && static_cast<uint64_t>(count) < size) Park(ticket, timeout_ms);
  return count;
}

int64_t Channel::ReadableOrPark(uint64_t min, int64_t timeout_ms) {
  const Ticket ticket = DrawTicket();
  const int64_t count = ReadableOrSleep(min, Sleeper::Thread);
  if (count == 0) Park(ticket, timeout_ms);
  return count;
}

int64_t Channel::WritableOrPark(uint64_t size, int64_t timeout_ms) {
  const Ticket ticket = DrawTicket();
  const int64_t free = WritableOrSleep(size, Sleeper::Thread);
  if (free == 0) Park(ticket, timeout_ms);
  return free;
}

Channel::Ticket Channel::DrawTicket() const {
  if (has_left()) return {0, 0};
  // acquire: as Watch::Look.
  return {own_bell().seq.load(std::memory_order_acquire),
          peer_role().owner.load(std::memory_order_acquire)};
}

void Channel::Park(const Ticket& ticket, int64_t timeout_ms) {
  const WaitWord words[] = {{&own_bell().seq, ticket.bell}, {&peer_role().owner, ticket.peer}};
  // Where only one word can be waited for, the caller's next look finds a death instead.
  if (!waits_together_ || WaitForAny(words, 2, timeout_ms) == WaitOutcome::Unsupported) {
    WaitForOne(words[0], timeout_ms);
  }
  // The kernel wakes one waiter of a dead owner's word, also if the owner had cleared it and died
  // before it could wake anybody; the other is this environment's own thread. It may not know of
  // the death even if the ticket was drawn after it.
  if (IsVacant(ticket.peer) || peer_role().owner.load(std::memory_order_acquire) != ticket.peer) {
    WakeAll(peer_role().owner);
  } else {
    watch_.CheckForLostPeer();  // that thread may be quiet by now: see Environment::PrepareForExit
  }
}

// --- leaving

void Channel::End() {
  // In a reader's role that state says that it has read to the end.
  if (has_left() || !is_writer_) return;
  claim_.MarkEnded();
  Announce();
}

bool Channel::PrepareForExit(bool may_wait) {
  if (has_left()) return true;
  if (!is_writer_ || claim_.has_ended() || IsGone(Peer())) return Leave(may_wait);
  claim_.MarkExiting();
  return true;
}

void Channel::GiveBackSlot() {
  if (lifeline_ != nullptr) lifeline_->GiveBack(slot_);
  slot_ = kNoSlot;
  lifeline_.reset();
}

bool Channel::Leave(bool may_wait) {
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

bool Channel::RemoveNameIfSpent(bool may_wait) {
  Directory directory;
  // Whatever goes wrong here leaves a segment without owners behind, which the next opener of the
  // name replaces.
  if (!directory.Open(directory_.c_str(), permissions_).ok()) return true;
  const DirectoryLock lock(directory, may_wait ? kLeavePatienceMs : 0);
  if (!lock.result().ok()) return lock.result().status != Status::Locked;
  // Both sides may leave at once; the lock lets the second see that the first has left. The name
  // may mean a newer segment by now.
  if (!segment_->IsNamed(directory.fd(), name_.c_str())) return true;
  const Vantage vantage = VantageOf(directory, segment_->fd());
  const Scene scene = SurveyScene(header(), segment_->identity(), vantage);
  if (!IsSpent(scene)) return true;
  directory.RemoveName(name_.c_str());
  RemoveTracesOfTheDead(directory, header(), scene);
  return true;
}

Channel::~Channel() {
  // JavaScript may have moved what was lent somewhere else (ArrayBuffer.prototype.transfer), where
  // nobody can take it away any more: that memory is never unmapped.
  if (is_lent_) static_cast<void>(segment_.release());
}

void Channel::Release() {
  if (is_lent_) return;
  peer_bell_pipe_.reset();
  segment_->Unmap();
}

bool Channel::HasEnded() {
  // In this order: see Read.
  if (has_left() || Peer() != Presence::Ended) return false;
  uint64_t used = 0;
  if (consumer_.Used(kLookNow, &used) != Status::Ok || used != 0) return false;
  NoteEnd();
  return true;
}

Counters Channel::counters() const {
  Counters counters = counters_;
  counters.polls_hit = busy_poll_.hits();
  counters.polls_missed = busy_poll_.misses();
  return counters;
}

Status Channel::TakeSnapshot(Snapshot* snapshot) {
  if (!segment_->mapped()) return Status::Closed;
  // The watch hears of deaths; nobody else need be asked.
  const Status taken =
      smipc::TakeSnapshot(header(), segment_->identity(), {}, &own_role(), snapshot);
  Presence& peer = is_writer_ ? snapshot->reader : snapshot->writer;
  if (peer != Presence::Open) return taken;
  watch_.CheckForLostPeer();
  peer = watch_.Peer();
  return taken;
}

}  // namespace smipc
