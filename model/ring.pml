/*
 * The ring's bytes and the stream's end, on weakly ordered memory (weak_memory.pml).
 *
 * Covered: copying and publishing (ring.cc), the end, abort, exit and death of the writer as its
 * reader sees them (role_state.cc, marked_words.cc), the reader's second load of `head`.
 *
 * Abstracted:
 * - The ring has 2 bytes and TOTAL go through it: every byte's place is used again at least once.
 *   The byte of position p holds p + 1, so that an old one, a new one and none are told apart.
 * - Both sides poll for ever instead of sleeping: doorbell.pml.
 * - A killed writer stops anywhere, and the kernel marks its word when its last store is visible: a
 *   thread that dies has entered the kernel. Waking the reader is role.pml's; a dead writer's other
 *   threads are resume.pml's. Here the writer has one life.
 *
 * Checked: every byte that is read is the one that was written there; the writer overwrites nothing
 * that is still to be read; each kind of end is reported as what it is, and after the last byte.
 *
 * verify: -DTOTAL=5
 */
#define WRITER 0
#define READER 1
#define CAPACITY 2

#define DATA(position) ((position) % CAPACITY)
#define HEAD 2
#define TAIL 3
#define OWNER 4
#define STATE 5
#define WORDS 6
#define BUFFER 4
#define SIDES 2
#include "weak_memory.pml"

/* `owner` */
#define FREE 0
#define THREAD_ID 1
#define OWNER_DIED 2
/* `state`: native/layout.h. What a reader sees has the same numbers (native/core/role_state.h), and: */
#define NEVER 0
#define OPEN 1
#define ENDED 2
#define ABORTED 3
#define EXITING 5
#define DIED 6
#define LOAD_AGAIN 7

#define LOAD_NOW 255

/* Ghosts. */
byte published; /* by the writer, visible or not */
bit has_said_end, is_exiting, has_left, is_killed;

#ifdef MUTANT_head_stored_relaxed
#define HEAD_ORDER RELAXED
#else
#define HEAD_ORDER SEQ_CST
#endif
#ifdef MUTANT_state_stored_relaxed
#define STATE_ORDER RELAXED
#else
#define STATE_ORDER RELEASE
#endif
#ifdef MUTANT_owner_cleared_relaxed
#define OWNER_ORDER RELAXED
#else
#define OWNER_ORDER RELEASE
#endif

/* --- the writer */

/* @ native/core/ring.cc: "shared_tail_.load(std::memory_order_seq_cst);" */
inline Free() {
  if
  :: head - tail == CAPACITY ->
     load_seq_cst(WRITER, TAIL, loaded);
     assert(loaded >= tail && loaded <= head);
     tail = loaded;
     loaded = 0
  :: else
  fi
}

/* @ native/core/ring.cc: "std::memcpy(space(), source, size);" */
inline CopyIn() {
  do
  :: part > 0 ->
     store(WRITER, DATA(head), head + 1, RELAXED);
     head++;
     part--
  :: else -> break
  od
}

proctype Writer() {
  byte head, tail, part, loaded;
  {
    /* @ native/platform/linux/marked_words.cc: "word.compare_exchange_strong(before, owner_id() | kHasWaiters, std::memory_order_acq_rel);" */
    exchange(WRITER, OWNER, THREAD_ID, loaded);
    loaded = 0;
    /* @ native/core/role_claim.cc: "SetState(RoleState::Open);" */
    store(WRITER, STATE, OPEN, STATE_ORDER);
    do
    :: head < TOTAL ->
#ifndef MUTANT_writer_ignores_tail
       Free();
       part = CAPACITY - (head - tail);
#else
       part = 1;
#endif
       if
       :: part > 1 && TOTAL - head > 1
       :: part > 1 -> part = 1
       :: else
       fi;
       if
       :: part > 0 ->
#ifdef MUTANT_head_stored_before_copy
          atomic { store(WRITER, HEAD, head + part, HEAD_ORDER); published = head + part };
          CopyIn()
#else
          CopyIn();
          /* @ native/core/ring.cc: "shared_head_.store(head_, std::memory_order_seq_cst);" */
          atomic { store(WRITER, HEAD, head, HEAD_ORDER); published = head }
#endif
       :: else
       fi
    :: break
    od;
    if
    :: /* @ native/channel/endpoint.cc: "claim().MarkEnded();" */
       atomic { store(WRITER, STATE, ENDED, STATE_ORDER); has_said_end = 1 }
    :: skip
    fi;
    /* @ native/channel/endpoint.cc: "claim().MarkExiting();" */
    if
    :: !has_said_end -> atomic { store(WRITER, STATE, EXITING, STATE_ORDER); is_exiting = 1 }
    :: skip
    fi;
    /* @ native/channel/role_holder.cc: "claim_.Leave(is_writer_ ? RoleState::Aborted : RoleState::Closed);" */
    has_left = 1;
#ifdef MUTANT_owner_cleared_before_state
    store(WRITER, OWNER, FREE, OWNER_ORDER);
#endif
    /* @ native/core/role_claim.cc: "if (!has_ended_) SetState(state);" */
    if
    :: !has_said_end -> store(WRITER, STATE, ABORTED, STATE_ORDER)
    :: else
    fi;
    /* @ native/platform/linux/marked_words.cc: "word.store(0, std::memory_order_release);" */
#ifndef MUTANT_owner_cleared_before_state
    store(WRITER, OWNER, FREE, OWNER_ORDER)
#endif
  } unless { is_killed }
}

/* The kernel: kills the writer anywhere, and marks the word that it owns. */
proctype Kernel() {
end:
  is_killed = 1;
  atomic {
    settled(WRITER) ->
    if
    :: memory[OWNER] == THREAD_ID -> memory[OWNER] = OWNER_DIED
    :: else
    fi
  }
}

/* --- the reader */

/* @ native/core/ring.cc: "const uint64_t head = shared_head_.load(std::memory_order_seq_cst);" */
inline Used(least) {
  if
  :: head - tail < least ->
#ifdef MUTANT_head_load_relaxed
     /* The processor may load the byte before the position that says it is there. */
     load(READER, DATA(tail), early);
#endif
     load_seq_cst(READER, HEAD, loaded);
     assert(loaded >= head && loaded - tail <= CAPACITY); /* the reader finds the head damaged */
     head = loaded;
     loaded = 0
  :: else
  fi
}

/* @ native/core/ring.cc: "CopyOut(target, bytes(), room);" */
inline CopyOut() {
#ifdef MUTANT_head_load_relaxed
  assert(early == tail + 1); /* a byte is read that is not the one written there */
#else
  load(READER, DATA(tail), loaded);
  assert(loaded == tail + 1); /* a byte is read that is not the one written there */
  loaded = 0;
#endif
}

/* @ native/core/role_state.cc: "Presence Observe(const RoleRecord& record, bool is_writer) {" */
inline Observe() {
#ifdef MUTANT_state_loaded_before_owner
  load(READER, STATE, state);
  load(READER, OWNER, owner);
#else
  /* @ native/core/role_state.cc: "const uint32_t owner = record.owner.load(std::memory_order_acquire);" */
  load(READER, OWNER, owner);
  /* @ native/core/role_state.cc: "static_cast<RoleState>(record.state.load(std::memory_order_acquire));" */
  load(READER, STATE, state);
#endif
  if
  :: state == ENDED || state == ABORTED -> presence = state
  :: state == NEVER -> presence = (owner == FREE -> NEVER : (owner == OWNER_DIED -> DIED : OPEN))
  :: else ->
     /* @ native/core/role_state.cc: "if (owner == 0) continue;" */
     presence = (owner == FREE -> LOAD_AGAIN :
                (owner != OWNER_DIED -> OPEN :
                (state == EXITING -> ABORTED : DIED)))
  fi;
  owner = 0;
  state = 0
}

proctype Reader() {
  byte head, tail, loaded, owner, state, presence, loads;
#ifdef MUTANT_head_load_relaxed
  byte early;
#endif
  do
  :: Used(1);
     if
     :: head == tail ->
        /* @ native/channel/ring_end.cc: "const Presence writer = Peer();" */
        Observe();
        /* Two of its hundred loads are enough: an honest writer has come or gone by then. */
        if
        :: presence == LOAD_AGAIN -> loads++; assert(loads < 3) /* an impossible pair, for ever */
        :: presence == NEVER || presence == OPEN -> loads = 0
        :: else ->
#ifndef MUTANT_reader_does_not_load_head_again
           /* @ native/channel/ring_end.cc: "if (consumer_.Used(kLoadNow, &used) != Status::Ok) return Answer(Status::Corrupt);" */
           Used(LOAD_NOW);
#endif
           if
           :: head == tail -> break
           :: else
           fi
        fi
     :: else
     fi;
     if
     :: head > tail ->
#ifdef MUTANT_tail_stored_before_copy
        store(READER, TAIL, tail + 1, SEQ_CST);
        CopyOut();
        tail++
#else
        CopyOut();
        tail++;
        /* @ native/core/ring.cc: "shared_tail_.store(tail_, std::memory_order_seq_cst);" */
        store(READER, TAIL, tail, SEQ_CST)
#endif
     :: else
     fi;
     presence = 0
  od;
  assert(tail == published); /* an end before the last byte */
  assert(presence != ENDED || has_said_end); /* a cut stream taken for a whole one */
  assert(presence != ABORTED || has_left || is_killed); /* gone, though it is there */
  assert(presence != DIED || (is_killed && !has_said_end && !is_exiting)) /* dead, though it had ended or exited */
}

init {
  atomic {
    run Processor(WRITER);
    run Processor(READER);
    run Writer();
    run Kernel();
    run Reader();
  }
}
