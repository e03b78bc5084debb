/*
 * The doorbell: a writer and a reader over one ring, each of which sleeps when there is nothing to
 * do, on weakly ordered memory (weak_memory.pml).
 *
 * Covered: the handshake of the sleeper and the waker (doorbell.h), the thresholds (the reader's
 * `min`, the writer's space), two waits for space at once (a write and drained()), two sides that
 * both sleep, the ticket of a thread that parks, a park that times out.
 *
 * Abstracted:
 * - The ring has 4 bytes and TOTAL bytes go through it: thresholds above one on both sides, and
 *   several rounds of sleeping. Only positions, no bytes (ring.pml).
 * - `seq` is not a number: `was_woken` says whether it has changed since the sleeper read it last,
 *   which is all that the kernel compares. A number of 32 bits comes round after 2^32 wake-ups
 *   between a load and a wait; that is not modelled.
 * - No side comes, leaves or dies (role.pml), and both sleep at the futex (waiter.pml).
 * - Polling for a while before arming is one more load, and left out. So are spurious wake-ups:
 *   they lead to loads too, and would hide a lost wake-up.
 *
 * Checked: when nothing can move any more (`timeout`), no side sleeps that has something to do.
 *
 * verify: -DTOTAL=6
 * verify: -DTOTAL=5 -DDRAINS -DTIMEOUTS
 * mutant later_position_replaces_earlier: -DDRAINS
 * mutant tail_load_acquire_only: -DDRAINS
 * mutant tail_release_only: -DDRAINS
 */
#define WRITER 0
#define READER 1
#define CAPACITY 4

/* The shared words: native/layout.h. Each doorbell has the number of the side that sleeps there. */
#define HEAD 0
#define TAIL 1
#define SLEEPING(side) (2 + (side))
#define WAKE_AT(side) (4 + (side))
#define WORDS 6
#define BUFFER 3
#define SIDES 2
#include "weak_memory.pml"

#define AWAKE 0
#define AT_FUTEX 1
#define ANY_POSITION 255
#define LOAD_NOW 255

bit was_woken[2];  /* `seq` is not what the sleeper read last */
bit is_asleep[2];  /* in the kernel */
byte wanted[2];    /* ghost: what the sleeper waits for, in bytes */
bit wants_drained; /* ghost: the writer waits for the reader to take everything, too */
bit is_done[2];    /* ghost: will do nothing more */
#ifdef TIMEOUTS
bit has_timed_out;
#endif

/* The orders that the handshake needs. */
#ifdef MUTANT_head_release_only
#define HEAD_ORDER RELEASE
#else
#define HEAD_ORDER SEQ_CST
#endif
#ifdef MUTANT_tail_release_only
#define TAIL_ORDER RELEASE
#else
#define TAIL_ORDER SEQ_CST
#endif
#ifdef MUTANT_sleeping_release_only
#define SLEEPING_ORDER RELEASE
#else
#define SLEEPING_ORDER SEQ_CST
#endif
#ifdef MUTANT_head_load_acquire_only
#define load_head load
#else
#define load_head load_seq_cst
#endif
#ifdef MUTANT_tail_load_acquire_only
#define load_tail load
#else
#define load_tail load_seq_cst
#endif

/* A load of the peer's `sleeping`. */
#if defined(MUTANT_head_load_acquire_only)
/* Between arming and loading the head, the reader loads the writer's `sleeping`. One of the two
 * loads is enough for a processor; the language needs both in its total order. */
#define load_sleeping(side, w, target) \
  atomic { side == READER || seq_cst_settled(side) -> target = seen(side, w) }
#elif defined(MUTANT_sleeping_load_acquire_only)
#define load_sleeping load
#else
#define load_sleeping load_seq_cst
#endif

/* --- the waker */

/* @ native/platform/word_wait.h: "void WakeAll(std::atomic<uint32_t>& word);" */
inline WakeAll(side) {
  atomic { settled(side) -> is_asleep[1 - side] = 0 }
}

/* @ native/core/doorbell.h: "bell.seq.fetch_add(1, std::memory_order_release);" */
inline IncrementSeq(side) {
#ifdef MUTANT_seq_not_incremented
  skip
#else
  atomic { settled(side) -> was_woken[1 - side] = 1 }
#endif
}

/* @ native/channel/ring_end.h: "const Sleep how = TakeWakeUp(peer_doorbell_, position);" */
inline WakePeerIfAsleep(side, position) {
  /* @ native/core/doorbell.h: "if (!IsArmed(bell)) return Sleep::Awake;" */
  load_sleeping(side, SLEEPING(1 - side), how);
  if
  :: how == AWAKE
  :: else ->
     /* @ native/core/doorbell.h: "if (position < bell.wake_at.load(std::memory_order_relaxed))" */
     load(side, WAKE_AT(1 - side), wake_at);
     if
     :: position < wake_at
     :: else ->
        /* @ native/core/doorbell.h: "bell.sleeping.exchange(kAwake" */
#ifdef MUTANT_sleeping_cleared_last
        how = AT_FUTEX;
#else
        exchange(side, SLEEPING(1 - side), AWAKE, how);
#endif
        if
        :: how == AWAKE
        :: else ->
#ifdef MUTANT_wake_before_seq
           WakeAll(side);
           IncrementSeq(side)
#else
           IncrementSeq(side);
           /* @ native/channel/role_holder.cc: "WakeAll(peer_doorbell().seq);" */
           WakeAll(side)
#endif
#ifdef MUTANT_sleeping_cleared_last
           ;
           exchange(side, SLEEPING(1 - side), AWAKE, how)
#endif
        fi
     fi
  fi;
  how = 0;
  wake_at = 0
}

/* --- the sleeper */

/* @ native/channel/endpoint.cc: "return {own_doorbell().seq.load(std::memory_order_acquire)," */
inline DrawTicket(side) { was_woken[side] = 0 }

/* @ native/channel/ring_end.cc: "armed_at_ = is_armed ? std::min(armed_at_, position) : position;" */
inline ArmAt(side, position) {
  load(side, SLEEPING(side), how);
#ifdef MUTANT_later_position_replaces_earlier
  armed_at = position;
#else
  armed_at = (how != AWAKE && armed_at < (position) -> armed_at : (position));
#endif
  how = 0;
#ifdef MUTANT_wake_at_stored_after_sleeping
  store(side, SLEEPING(side), AT_FUTEX, SLEEPING_ORDER);
  store(side, WAKE_AT(side), armed_at, RELAXED)
#else
  /* @ native/core/doorbell.h: "bell.wake_at.store(wake_at, std::memory_order_relaxed);" */
  store(side, WAKE_AT(side), armed_at, RELAXED);
  /* @ native/core/doorbell.h: "bell.sleeping.store(static_cast<uint32_t>(how), std::memory_order_seq_cst);" */
  store(side, SLEEPING(side), AT_FUTEX, SLEEPING_ORDER)
#endif
}

/* @ native/channel/endpoint.cc: "WaitForAny(wait_mode(), words, 2, timeout_ms) == WaitOutcome::Unsupported) {" */
inline Park(side) {
#ifdef MUTANT_ticket_drawn_after_arming
  DrawTicket(side);
#endif
  atomic {
    settled(side) ->
    if
    :: was_woken[side]
    :: else -> is_asleep[side] = 1
    fi
  };
  if
  :: !is_asleep[side]
#ifdef TIMEOUTS
  /* A reader times out, once: it may then want something else, and is armed still. */
  :: atomic { side == READER && is_asleep[READER] && !has_timed_out -> has_timed_out = 1; is_asleep[READER] = 0 }
#endif
  fi
}


/* --- the writer */

/* @ native/core/ring.cc: "shared_tail_.load(std::memory_order_seq_cst);" */
inline Free(least) {
  if
  :: CAPACITY - (head - tail) < least ->
     load_tail(WRITER, TAIL, loaded);
     assert(loaded >= tail && loaded <= head);
     tail = loaded;
     loaded = 0
  :: else
  fi
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WriteNow(const uint8_t* source, uint64_t size) {" */
inline Write() {
  do
  :: size == 0 -> break
  :: else ->
     Free(size);
     part = CAPACITY - (head - tail);
     if
     :: part == 0 -> break
     :: else ->
        part = (part < size -> part : size);
        head = head + part;
        size = size - part;
        part = 0;
        /* @ native/core/ring.cc: "shared_head_.store(head_, std::memory_order_seq_cst);" */
        store(WRITER, HEAD, head, HEAD_ORDER);
        /* @ native/channel/ring_end.cc: "WakePeer(producer_.head());" */
        WakePeerIfAsleep(WRITER, head)
     fi
  od
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WriteOrSleep(" ; `size` is 0 afterwards, or it sleeps */
inline WriteOrSleep() {
  do
  :: Write();
     if
     :: size == 0 -> break
     :: else
     fi;
     /* @ native/channel/ring_end.cc: "all_or_nothing_ ? size : std::min(size - written + behind, capacity / 2);" */
     space = (size < CAPACITY / 2 -> size : CAPACITY / 2);
     /* @ native/channel/ring_end.cc: "ArmAt(producer_.head() - capacity + space, who);" */
     ArmAt(WRITER, head - CAPACITY + space);
     least = space;
#ifndef MUTANT_writer_ignores_sleeping_reader
     /* @ native/channel/ring_end.cc: "const uint64_t least = IsArmed(peer_doorbell_) && !all_or_nothing_ ? 1 : space;" */
     load_sleeping(WRITER, SLEEPING(READER), how);
     if
     :: how != AWAKE -> least = 1
     :: else
     fi;
     how = 0;
#endif
#ifndef MUTANT_writer_does_not_load_again
     /* @ native/channel/ring_end.cc: "if (producer_.Free(least, &free) != Status::Ok) return Answer(Status::Corrupt);" */
     Free(least);
#endif
     if
     :: CAPACITY - (head - tail) >= least -> least = 0; space = 0
     :: else -> least = 0; break
     fi
  od
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::DrainedOrArm() {" */
inline DrainedOrArm() {
  Free(LOAD_NOW);
  if
  :: head == tail
  :: else ->
     /* @ native/channel/ring_end.cc: "ArmAt(producer_.head(), Sleeper::Loop);" */
     ArmAt(WRITER, head);
     Free(LOAD_NOW)
  fi
}

proctype Writer() {
  byte head, tail, armed_at;
  byte size, part, space, least, loaded, how, wake_at;
  do
  :: head < TOTAL ->
     /* Some bytes, or all the rest, which may be more than the ring. */
     if
     :: size = 1
     :: TOTAL - head > 1 -> size = TOTAL - head
     fi;
     do
     :: size > 0 ->
        DrawTicket(WRITER);
        WriteOrSleep();
        if
        :: size == 0
        :: else ->
           wanted[WRITER] = space;
           /* The event loop may wait for both at once. */
#ifdef DRAINS
           if
           :: DrainedOrArm()
           :: skip
           fi;
#endif
           if
           :: head == tail
           :: else -> Park(WRITER)
           fi;
           wanted[WRITER] = 0;
           space = 0
        fi
     :: else -> break
     od
  :: else -> break
  od;
#ifdef DRAINS
  do
  :: DrawTicket(WRITER);
     DrainedOrArm();
     if
     :: head == tail -> break
     :: else
     fi;
     wants_drained = 1;
     Park(WRITER);
     wants_drained = 0
  od;
#endif
  is_done[WRITER] = 1
}

/* --- the reader */

/* @ native/core/ring.cc: "const uint64_t head = shared_head_.load(std::memory_order_seq_cst);" */
inline Used(least) {
  if
  :: head - tail < least ->
     load_head(READER, HEAD, loaded);
     assert(loaded >= head && loaded - tail <= CAPACITY);
     head = loaded;
     loaded = 0
  :: else
  fi
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::ReadNow(uint8_t* target, uint64_t size, uint64_t min, bool consumes) {" */
inline Read() {
  Used(size);
  if
  :: head - tail < min -> count = 0
  :: else ->
     count = (head - tail < size -> head - tail : size);
     tail = tail + count;
     /* @ native/core/ring.cc: "shared_tail_.store(tail_, std::memory_order_seq_cst);" */
     store(READER, TAIL, tail, TAIL_ORDER);
     /* @ native/channel/ring_end.cc: "WakePeer(consumer_.tail());" */
     WakePeerIfAsleep(READER, tail)
  fi
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WaitToRead(uint64_t min, Sleeper who, Attempt attempt) {" */
inline WaitToRead() {
  Read();
  if
  :: count > 0
  :: else ->
     /* @ native/channel/ring_end.cc: "ArmAt(consumer_.tail() + min, who);" */
     ArmAt(READER, tail + min);
#ifndef MUTANT_reader_does_not_wake_writer
     /* @ native/channel/ring_end.cc: "WakePeerIfAsleep(kAnyPosition);" */
     WakePeerIfAsleep(READER, ANY_POSITION);
#endif
#ifndef MUTANT_reader_does_not_load_again
     /* @ native/channel/ring_end.cc: "count = attempt();  // once more: see doorbell.h" */
     Read();
#endif
     if
     :: count == 0
     :: else ->
        /* @ native/channel/ring_end.cc: "Disarm(own_doorbell_);" */
        store(READER, SLEEPING(READER), AWAKE, RELAXED)
     fi
  fi
}

proctype Reader() {
  byte head, tail, armed_at;
  byte size, min, count, loaded, how, wake_at;
  do
  :: tail < TOTAL ->
     /* It wants this much: all there may be, or no more than it must have. */
     if
     :: min = 1
     :: min = CAPACITY
     fi;
     if
     :: size = min
     :: size = CAPACITY
     fi;
     DrawTicket(READER);
     WaitToRead();
     if
     :: count > 0 -> count = 0
     :: else -> wanted[READER] = min; Park(READER); wanted[READER] = 0
     fi;
     size = 0;
     min = 0
  :: tail < TOTAL -> break /* paused, for good */
  :: tail == TOTAL -> break
  od;
  is_done[READER] = 1
}

init {
  atomic {
    run Processor(WRITER);
    run Processor(READER);
    run Writer();
    run Reader();
  }
  /* Which side sleeps although it has something to do? */
#define USED (memory[HEAD] - memory[TAIL])
  timeout ->
  assert(is_done[WRITER] || is_asleep[WRITER]); /* the model itself is stuck */
  assert(is_done[READER] || is_asleep[READER]); /* the model itself is stuck */
  assert(!is_asleep[READER] || USED < wanted[READER]); /* the reader sleeps, and the bytes are there */
  assert(!is_asleep[WRITER] || wanted[WRITER] == 0 || CAPACITY - USED < wanted[WRITER]); /* the writer sleeps, and there is space */
  assert(!is_asleep[WRITER] || !wants_drained || USED > 0); /* drained() sleeps, and all is read */
  assert(!is_asleep[READER] || !is_asleep[WRITER] || wanted[WRITER] == 0 || USED == CAPACITY) /* each waits for the other */
}
