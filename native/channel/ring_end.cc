#include "channel/ring_end.h"

#include <algorithm>

namespace smipc {

namespace {

// A write is published in parts of this size, so that the reader starts before it is all there.
constexpr uint64_t kMostAtOnce = uint64_t{128} << 10;
// Wakes the sleeper no matter what position it waits for.
constexpr uint64_t kAnyPosition = UINT64_MAX;

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

RingEnd::RingEnd(const Site& site, uint32_t busy_poll_us, LoopSleepers* sleepers)
    : is_writer_(site.is_writer),
      capacity_(site.memory.capacity),
      producer_(site.head, site.tail, site.memory, site.written),
      consumer_(site.head, site.tail, site.memory, site.consumed),
      own_doorbell_(site.own_doorbell),
      peer_doorbell_(site.peer_doorbell),
      busy_poll_(std::chrono::microseconds(busy_poll_us)),
      loop_sleepers_(sleepers),
      loop_sleeper_(own_doorbell_) {}

// --- waking

void RingEnd::ArmAt(uint64_t position, Sleeper who) {
  // Two calls may wait at once (a write for space, drained() for all of it): the earlier position
  // counts. A stale one only wakes us too early. relaxed: our own last store, or the waker's 0.
  const bool is_armed =
      own_doorbell_.sleeping.load(std::memory_order_relaxed) != static_cast<uint32_t>(Sleep::Awake);
  armed_at_ = is_armed ? std::min(armed_at_, position) : position;
  Arm(own_doorbell_, armed_at_, who == Sleeper::Loop ? sleep_of_loop_ : Sleep::AtFutex);
}

void RingEnd::NoteSleep(Sleeper who) {
  counters_.parks++;
  if (who == Sleeper::Loop && loop_sleepers_ != nullptr) loop_sleepers_->Add(&loop_sleeper_);
}

template <typename IsReady>
bool RingEnd::Poll(IsReady is_ready, Sleeper who, BusyPoll::Duration* budget) {
  if (loop_sleepers_ == nullptr) return false;
  const auto must_stop = [this, who](BusyPoll::Clock::time_point now) {
    return who == Sleeper::Loop && loop_sleepers_->AnyHasBeenWoken(now);
  };
  return busy_poll_.Poll(is_ready, must_stop, budget);
}

// Before the first call, since it is a template.
template <typename Attempt>
int64_t RingEnd::AttemptOrSleep(Wait wait, uint64_t wanted, Attempt attempt) {
  if (wait == kArm) return attempt(Sleeper::Loop);
  const Ticket ticket = DrawTicket();
  const int64_t count = attempt(Sleeper::Thread);
  if (count >= 0 && static_cast<uint64_t>(count) < wanted) Park(ticket, wait);
  return count;
}

// --- reading

int64_t RingEnd::ReadableNow(uint64_t wanted, uint64_t min) {
  if (has_left()) return Answer(Status::Closed);
  uint64_t used = 0;
  if (consumer_.Used(wanted, &used) != Status::Ok) return Answer(Status::Corrupt);
  if (used < min) {
    const Presence writer = Peer();
    if (!IsGone(writer)) return 0;
    // The writer is seen to be gone, so all that it has published is visible now: the position is
    // loaded once more, or the end could overtake the last write.
    if (consumer_.Used(kLoadNow, &used) != Status::Ok) return Answer(Status::Corrupt);
    if (used == 0) {
      if (writer == Presence::Ended) NoteEnd();
      return Answer(writer);
    }
  }
  return static_cast<int64_t>(used);
}

int64_t RingEnd::ReadNow(uint8_t* target, uint64_t size, uint64_t min, bool consumes) {
  const int64_t used = ReadableNow(std::max(min, size), min);
  if (used <= 0) return used;
  const uint64_t count = std::min(static_cast<uint64_t>(used), size);
  consumer_.Peek(target, count);
  if (consumes) Consume(count);
  return static_cast<int64_t>(count);
}

void RingEnd::Consume(uint64_t size) {
  if (has_left()) return;
  consumer_.Consume(std::min(size, consumer_.head() - consumer_.tail()));
  WakePeer(consumer_.tail());
}

// Attempts; if that moves nothing, polls for a while, arms, and attempts once more.
template <typename Attempt>
int64_t RingEnd::WaitToRead(uint64_t min, Sleeper who, Attempt attempt) {
  RemoveSleeper();
  int64_t count = attempt();
  if (count == 0) {
    BusyPoll::Duration poll_budget = busy_poll_.most();
    const auto has_bytes = [this, min] {
      uint64_t used = 0;
      return consumer_.Used(min, &used) != Status::Ok || used >= min;
    };
    const bool is_ready = Poll(has_bytes, who, &poll_budget);
    if (!is_ready) {
      ArmAt(consumer_.tail() + min, who);
      busy_poll_.Park();
      // A writer may wait for more space than we leave it while we wait for more bytes than it has
      // written. If it sleeps already, it is woken; if it arms later, it sees that we sleep.
      WakePeerIfAsleep(kAnyPosition);
    }
    count = attempt();  // once more: see doorbell.h
    if (count == 0) {
      NoteSleep(who);
      return 0;
    }
    Disarm(own_doorbell_);
  }
  busy_poll_.Wake();
  return count;
}

int64_t RingEnd::Read(uint8_t* target, uint64_t size, uint64_t min, Wait wait) {
  const auto read = [=] { return ReadNow(target, size, min, true); };
  if (wait == kReturn) return read();
  return AttemptOrSleep(wait, 1, [=](Sleeper who) { return WaitToRead(min, who, read); });
}

int64_t RingEnd::Peek(uint8_t* target, uint64_t size, uint64_t min, Wait wait) {
  const auto peek = [=] { return ReadNow(target, size, min, false); };
  if (wait == kReturn) return peek();
  return AttemptOrSleep(wait, 1, [=](Sleeper who) { return WaitToRead(min, who, peek); });
}

int64_t RingEnd::Readable(uint64_t min, Wait wait) {
  const auto count = [=] { return ReadableNow(kLoadNow, min); };
  if (wait == kReturn) return count();
  return AttemptOrSleep(wait, 1, [=](Sleeper who) { return WaitToRead(min, who, count); });
}

// --- writing

int64_t RingEnd::ReaderGone() const {
  if (has_left()) return Answer(Status::Closed);
  const Presence reader = Peer();
  return IsGone(reader) ? Answer(reader) : 0;
}

int64_t RingEnd::Write(const uint8_t* source, uint64_t size, uint64_t behind, Wait wait) {
  if (wait == kReturn) return WriteNow(source, size);
  return AttemptOrSleep(wait, size,
                        [=](Sleeper who) { return WriteOrSleep(source, size, behind, who); });
}

int64_t RingEnd::Writable(uint64_t size, Wait wait) {
  if (wait == kReturn) return WritableNow(size);
  return AttemptOrSleep(wait, 1, [=](Sleeper who) { return WritableOrSleep(size, who); });
}

int64_t RingEnd::WriteNow(const uint8_t* source, uint64_t size) {
  const int64_t gone = ReaderGone();
  if (gone != 0) return gone;
  uint64_t written = 0;
  while (written < size) {
    const uint64_t part = all_or_nothing_ ? size : std::min(size - written, kMostAtOnce);
    uint64_t free = 0;
    if (producer_.Free(part, &free) != Status::Ok) return Answer(Status::Corrupt);
    if (free == 0 || (all_or_nothing_ && free < part)) break;
    const uint64_t count = std::min(part, free);
    producer_.Write(source + written, count);
    WakePeer(producer_.head());
    written += count;
  }
  return static_cast<int64_t>(written);
}

int64_t RingEnd::WriteOrSleep(const uint8_t* source, uint64_t size, uint64_t behind, Sleeper who) {
  RemoveSleeper();
  const uint64_t capacity = capacity_;
  BusyPoll::Duration poll_budget = busy_poll_.most();
  uint64_t written = 0;
  for (;;) {
    const int64_t count = WriteNow(source + written, size - written);
    if (count < 0) return count;
    written += static_cast<uint64_t>(count);
    if (written == size) {
      busy_poll_.Wake();
      return static_cast<int64_t>(written);
    }
    // A part of the ring, not one byte: otherwise the two sides take turns in small steps. Never
    // more than is waiting to be written, or a reader that takes no more than that would wait for
    // us.
    const uint64_t space = all_or_nothing_ ? size : std::min(size - written + behind, capacity / 2);
    const auto has_space = [this, space] {
      uint64_t free = 0;
      return producer_.Free(space, &free) != Status::Ok || free >= space;
    };
    if (Poll(has_space, who, &poll_budget)) continue;
    ArmAt(producer_.head() - capacity + space, who);
    busy_poll_.Park();
    // A reader that sleeps already may have taken less than that, and wait for more bytes than it
    // left in the ring: then all the space there is gets filled. See WaitToRead, and doorbell.h.
    // (A reader of whole messages never does that: it waits only when the ring is empty.)
    const uint64_t least = IsArmed(peer_doorbell_) && !all_or_nothing_ ? 1 : space;
    uint64_t free = 0;
    // The answer is taken from this one load: a hostile peer that stores something else before the
    // next one could keep us here for ever.
    if (producer_.Free(least, &free) != Status::Ok) return Answer(Status::Corrupt);
    if (free < least) {
      const int64_t gone = ReaderGone();
      if (gone != 0) return gone;
      NoteSleep(who);
      return static_cast<int64_t>(written);
    }
    // Still armed, because drained() may be waiting too. It costs one needless wake-up at most.
  }
}

int64_t RingEnd::WritableNow(uint64_t size) {
  const int64_t gone = ReaderGone();
  if (gone != 0) return gone;
  uint64_t free = 0;
  if (producer_.Free(size, &free) != Status::Ok) return Answer(Status::Corrupt);
  return free < size ? 0 : static_cast<int64_t>(free);
}

int64_t RingEnd::WritableOrSleep(uint64_t size, Sleeper who) {
  RemoveSleeper();
  int64_t free = WritableNow(size);
  if (free == 0) {
    BusyPoll::Duration poll_budget = busy_poll_.most();
    const auto has_space = [this, size] {
      uint64_t now_free = 0;
      return producer_.Free(size, &now_free) != Status::Ok || now_free >= size;
    };
    if (!Poll(has_space, who, &poll_budget)) {
      ArmAt(producer_.head() - capacity_ + size, who);
      busy_poll_.Park();
    }
    free = WritableNow(size);  // once more: see doorbell.h
    if (free == 0) {
      NoteSleep(who);
      return 0;
    }
    // Still armed, as in WriteOrSleep.
  }
  busy_poll_.Wake();
  return free;
}

void RingEnd::Publish(uint64_t size) {
  if (has_left()) return;
  const uint64_t free = capacity_ - (producer_.head() - producer_.tail());
  producer_.Publish(std::min(size, free));
  WakePeer(producer_.head());
}

int64_t RingEnd::DrainedOrArm() {
  const int64_t gone = ReaderGone();
  if (gone == Answer(Status::Closed)) return gone;
  uint64_t free = 0;
  if (producer_.Free(kLoadNow, &free) != Status::Ok) return Answer(Status::Corrupt);
  if (free == capacity_) return 1;
  if (gone != 0) return gone;
  ArmAt(producer_.head(), Sleeper::Loop);
  if (producer_.Free(kLoadNow, &free) != Status::Ok) return Answer(Status::Corrupt);
  if (free == capacity_) return 1;
  // Not NoteSleep: a writer that could go on has not parked.
  if (loop_sleepers_ != nullptr) loop_sleepers_->Add(&loop_sleeper_);
  return 0;  // if the reader has left now, the watch reports it
}

// --- the end

bool RingEnd::HasEnded() {
  // The role first, and the position after it: see ReadableNow.
  if (has_left() || Peer() != Presence::Ended) return false;
  uint64_t used = 0;
  if (consumer_.Used(kLoadNow, &used) != Status::Ok || used != 0) return false;
  NoteEnd();
  return true;
}

Counters RingEnd::counters() const {
  Counters counters = counters_;
  counters.polls_hit = busy_poll_.hits();
  counters.polls_missed = busy_poll_.misses();
  return counters;
}

}  // namespace smipc
