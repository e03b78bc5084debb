/*
 * A slot of a session: connections that follow each other in it, between a client and a server with
 * two ends each, on weakly ordered memory (weak_memory.pml).
 *
 * Covered: connecting and accepting, generations, the ends that leave in any order, when a slot is
 * free again, positions that begin at 0 anew, what is told by a slot's ready bit, the session's
 * doorbell, an end that sleeps at the slot's doorbell for bytes.
 *
 * Abstracted:
 * - One slot: what others have in common with it are words of bits that are set and taken one by one.
 * - A connection carries a byte at most in each direction, and nobody waits for space (doorbell.pml).
 * - An event loop that sleeps is woken by `is_woken`, whatever wakes it (waiter.pml). One that is
 *   awake is not told, and looks before it sleeps.
 * - No side leaves the session or dies: the role that it has there is one of role.pml.
 *
 * Checked: only one connection is in the slot at a time, and each is taken once; no byte or position
 * of the one before is seen; all that was written is read before the end, and the end is the right
 * one; when nothing can move any more (`timeout`), no side sleeps that has something to see.
 *
 * verify: -DCONNECTIONS=2 -DUP
 * verify: -DCONNECTIONS=2 -DDOWN
 */
#define CLIENT 0
#define SERVER 1
#ifdef MUTANT_freed_whatever_the_generation
#undef CONNECTIONS
#define CONNECTIONS 3
#endif

/* The shared words: native/session_layout.h. Of a ring, `head` has the number of the side that
 * writes, and `tail` of the side that reads. Each doorbell has that of the side that sleeps there. */
#define WORD(side) (side)
#define HEAD(side) (2 + (side))
#define TAIL(side) (4 + (side))
#define DATA(side) (6 + (side))
#define READY(side) (8 + (side))
#define SLEEPING(side) (10 + (side))
#define WORDS 12
#define BUFFER 3
#define SIDES 2
#include "weak_memory.pml"

#define NONE 0
#define OPEN 1
#define ENDED 2
#define ABORTED 3
#define WRITER(word) ((word) & 3)
#define READER_OPEN 4
#define LEFT 8
#define GENERATION(word) ((word) >> 4)
#define BOTH_OPEN (READER_OPEN | OPEN)

#define AWAKE 0
#define ASLEEP 1

/* What each side knows. */
byte word[2];        /* its own, as it has stored it last */
byte generation[2];  /* of the connection that it has, or had */
byte head[2], tail[2];
bit has_reader[2], has_writer[2];
bit is_free = 1;     /* the client's slot */
bit is_over[2];      /* its reader has seen the end */

bit is_woken[2];
bit is_asleep[2];
byte connected, accepted;   /* ghosts: how many */
byte written[2];            /* ghost: bytes of this connection */
bit has_ended[2];           /* ghost: its writer has ended */
bit is_inside[2];           /* has a connection */
bit may_touch;              /* ghost: the server may touch the slot */
bit is_done;

#ifdef MUTANT_word_released_not
#define WORD_ORDER RELAXED
#else
#define WORD_ORDER RELEASE
#endif
#ifdef MUTANT_rest_release_only
#define REST_ORDER RELEASE
#else
#define REST_ORDER SEQ_CST
#endif
#ifdef MUTANT_ready_load_acquire_only
#define load_ready load
#else
#define load_ready load_seq_cst
#endif

/* --- telling the peer */

/* @ native/session/session.cc: "void Session::Notify(uint32_t slot) {" */
inline Notify(side) {
  /* @ native/session/session.cc: "fetch_or(uint64_t{1} << (slot % 64), std::memory_order_seq_cst);" */
  atomic { settled(side) -> memory[READY(1 - side)] = 1 };
  /* @ native/session/session.cc: "const Sleep how = TakeWakeUp(peer_doorbell(), UINT64_MAX);" */
  load_seq_cst(side, SLEEPING(1 - side), how);
  if
  :: how == AWAKE
  :: else ->
     exchange(side, SLEEPING(1 - side), AWAKE, how);
     if
     :: how == AWAKE /* the peer has withdrawn it */
     :: else -> atomic { settled(side) -> is_woken[1 - side] = 1; how = 0 }
     fi
  fi
}

/* @ native/session/slot_end.cc: "void SlotEnd::StoreState(uint32_t mask, uint32_t bits) {" */
inline StoreState(side) {
#ifdef MUTANT_bit_set_before_state
  Notify(side);
  store(side, WORD(side), word[side], SEQ_CST)
#else
  /* @ native/session/slot_end.cc: "side_.own_word().store((word & ~mask) | bits, std::memory_order_seq_cst);" */
  store(side, WORD(side), word[side], SEQ_CST)
#ifndef MUTANT_peer_not_told
  ;
  /* @ native/session/slot_end.cc: "keeper_->Notify(side_.index);" */
  Notify(side)
#endif
#endif
}

/* --- bytes */

/* @ native/channel/ring_end.cc: "int64_t RingEnd::ReadableNow(uint64_t wanted, uint64_t min) {" */
inline Load(side) {
  atomic {
    load_seq_cst(side, HEAD(1 - side), loaded);
    assert(loaded <= written[1 - side]); /* a position of another connection */
    has_read = loaded > tail[side];
    tail[side] = (has_read -> loaded : tail[side]);
    loaded = 0
  };
  if
  :: has_read ->
     /* @ native/core/ring.cc: "shared_tail_.store(tail_, std::memory_order_seq_cst);" */
     store(side, TAIL(side), tail[side], SEQ_CST)
  :: else
  fi
}

inline Read(side) {
  Load(side);
  if
  :: has_read
  :: else ->
     atomic {
       /* @ native/session/slot_end.cc: "const uint32_t word = side_.peer_word().load(std::memory_order_acquire);" */
       load(side, WORD(1 - side), peer);
       /* @ native/session/slot_end.cc: "if (side_.is_client) return Presence::Open;" */
       assert(side == CLIENT || GENERATION(peer) == generation[side]); /* the client has gone on without its server */
       is_gone = (GENERATION(peer) == generation[side] && WRITER(peer) != OPEN)
     };
     if
     :: !is_gone
     :: else ->
#ifndef MUTANT_head_not_loaded_again
        /* @ native/channel/ring_end.cc: "if (consumer_.Used(kLoadNow, &used) != Status::Ok) return Answer(Status::Corrupt);" */
        Load(side);
#endif
        d_step {
          if
          :: has_read
          :: else ->
             is_over[side] = 1;
             assert(tail[side] == written[1 - side]); /* the end overtakes the last byte */
             assert((WRITER(peer) == ENDED) == has_ended[1 - side]) /* the wrong end */
          fi;
          is_gone = 0
        }
     fi;
     peer = 0
  fi
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WaitToRead(uint64_t min, Sleeper who, Attempt attempt) {" */
inline ReadOrArm(side) {
  do
  :: Read(side);
     if
     :: has_read
     :: !has_read && is_over[side] -> break
     :: else ->
        /* @ native/channel/ring_end.cc: "ArmAt(consumer_.tail() + min, who);" */
        store(side, DATA(side), ASLEEP, SEQ_CST);
#ifndef MUTANT_reader_does_not_look_again
        /* @ native/channel/ring_end.cc: "count = attempt();  // once more: see doorbell.h" */
        Read(side);
#endif
        if
        :: !has_read && !is_over[side] -> break
        :: else ->
           /* @ native/channel/ring_end.cc: "Disarm(own_doorbell_);" */
           store(side, DATA(side), AWAKE, RELAXED)
        fi
     fi
  od;
  has_read = 0
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WriteNow(const uint8_t* source, uint64_t size) {" */
inline Write(side) {
  /* @ native/core/ring.cc: "shared_tail_.load(std::memory_order_seq_cst);" */
  atomic {
    load_seq_cst(side, TAIL(1 - side), loaded);
    assert(loaded <= head[side]); /* a position of the connection before */
    loaded = 0;
    head[side] = 1;
    written[side] = 1
  };
  /* @ native/core/ring.cc: "shared_head_.store(head_, std::memory_order_seq_cst);" */
  store(side, HEAD(side), head[side], SEQ_CST);
  /* @ native/channel/ring_end.cc: "WakePeer(producer_.head());" */
  load_seq_cst(side, DATA(1 - side), how);
  if
  :: how == AWAKE
  :: else ->
     exchange(side, DATA(1 - side), AWAKE, how);
     if
     :: how == AWAKE
     :: else ->
        how = 0;
        /* @ native/session/slot_end.h: "override { keeper_->Notify(side_.index); }" */
        Notify(side)
     fi
  fi;
  how = 0
}

/* --- leaving */

/* @ native/session/slot_end.cc: "StoreState(kWriterMask, static_cast<uint32_t>(EndState::Ended));" */
inline End(side) {
  d_step {
    has_ended[side] = 1;
    word[side] = (word[side] & ~3) | ENDED
  };
  StoreState(side)
}

/* @ native/session/session.cc: "void Session::FreeIfLeft(uint32_t slot) {" */
inline FreeIfLeft() {
  atomic {
    /* @ native/session/session.cc: "const uint32_t word = record().slots_begin[slot].server.load(std::memory_order_acquire);" */
    load(CLIENT, WORD(SERVER), peer);
    /* @ native/session/session.cc: "if (GenerationOf(word) != generations_[slot] || !HasLeftSlot(word)) return;" */
#ifdef MUTANT_freed_when_reader_has_left
    is_free = (GENERATION(peer) == generation[CLIENT] && !(peer & READER_OPEN));
#elif defined(MUTANT_freed_whatever_the_generation)
    is_free = ((peer & LEFT) != 0);
#else
    is_free = (GENERATION(peer) == generation[CLIENT] && (peer & LEFT) != 0);
#endif
    peer = 0
  }
}

#ifdef MUTANT_left_said_at_first_end
#define LEFT_IF_VACATED(side) LEFT
#else
/* @ native/session/slot_end.cc: "const uint32_t left = is_vacated ? kHasLeftSlot : 0;" */
#define LEFT_IF_VACATED(side) (has_reader[side] || has_writer[side] -> 0 : LEFT)
#endif

inline NoteLastTouch(side) {
  if
  :: side == SERVER && !has_reader[side] && !has_writer[side] -> may_touch = 0
  :: else
  fi
}

/* @ native/session/slot_end.cc: "StoreState(kReaderOpen, left);" */
inline LeaveReader(side) {
  d_step {
    has_reader[side] = 0;
    NoteLastTouch(side);
    word[side] = (word[side] & ~READER_OPEN) | LEFT_IF_VACATED(side)
  };
  StoreState(side)
}

inline LeaveWriter(side) {
  d_step {
    has_writer[side] = 0;
    NoteLastTouch(side);
    how = (WRITER(word[side]) == OPEN || !has_reader[side]);
    /* @ native/session/slot_end.cc: "StoreState(kWriterMask, static_cast<uint32_t>(EndState::Aborted) | left);" */
    word[side] = word[side] | (WRITER(word[side]) == OPEN -> ABORTED : 0) | LEFT_IF_VACATED(side)
  };
  if
  :: how ->
     how = 0;
     /* @ native/session/slot_end.cc: "StoreState(0, left);" */
     StoreState(side)
  :: else
  fi
}

inline LeaveBoth(side) {
  if
  :: LeaveReader(side);
     LeaveWriter(side)
  :: LeaveWriter(side);
     LeaveReader(side)
  fi
}

/* --- the event loop */

/* @ native/session/session.cc: "size_t Session::TakeReady(uint32_t* slots) {" ; sleeps until there is something */
inline WaitForNews(side) {
  do
  :: /* @ native/session/session.cc: "if (ready.load(std::memory_order_relaxed) == 0) continue;  // Rest looks at it again" */
     load(side, READY(side), how);
     if
     :: how != 0 ->
        how = 0;
#ifndef MUTANT_bits_taken_last
        /* @ native/session/session.cc: "uint64_t bits = ready.exchange(0, std::memory_order_acquire);" */
        exchange(side, READY(side), 0, how);
        how = 0;
#endif
        break
     :: else
     fi;
#ifdef MUTANT_rest_looks_first
     load_ready(side, READY(side), how);
     store(side, SLEEPING(side), ASLEEP, REST_ORDER);
#else
     /* @ native/session/session.cc: "Arm(own_doorbell(), 0, sleep_);" */
     store(side, SLEEPING(side), ASLEEP, REST_ORDER);
     /* @ native/session/session.cc: "if (!IsAnyReady()) {" */
     load_ready(side, READY(side), how);
#endif
     if
     :: how == 0 ->
        is_asleep[side] = 1;
        atomic { is_woken[side] -> is_woken[side] = 0; is_asleep[side] = 0 }
     :: else ->
        how = 0;
        /* @ native/session/session.cc: "Disarm(own_doorbell());" */
        store(side, SLEEPING(side), AWAKE, RELAXED)
     fi
  od
}
/* What has been served is served. */
inline NoteServed(side) {
#ifdef MUTANT_bits_taken_last
  exchange(side, READY(side), 0, how);
  how = 0
#else
  skip
#endif
}

/* --- the client */

inline ZeroPositions() {
  /* @ native/session/session.cc: "position->store(0, std::memory_order_relaxed);" */
  store(CLIENT, HEAD(CLIENT), 0, RELAXED);
  store(CLIENT, TAIL(SERVER), 0, RELAXED);
  store(CLIENT, HEAD(SERVER), 0, RELAXED);
  store(CLIENT, TAIL(CLIENT), 0, RELAXED)
}

/* @ native/session/session.cc: "Result Session::Connect(Framing framing, uint32_t* slot, MemoryShortage* shortage) {" */
inline Connect() {
  d_step {
    assert(!may_touch); /* two connections in one slot */
    is_free = 0;
    generation[CLIENT]++;
    connected++;
    written[CLIENT] = 0;
    written[SERVER] = 0;
    has_ended[CLIENT] = 0;
    has_ended[SERVER] = 0;
    is_over[CLIENT] = 0;
    head[CLIENT] = 0;
    tail[CLIENT] = 0;
    has_reader[CLIENT] = 1;
    has_writer[CLIENT] = 1;
    is_inside[CLIENT] = 1;
    word[CLIENT] = (generation[CLIENT] << 4) | BOTH_OPEN
  };
#ifdef MUTANT_word_stored_first
  store(CLIENT, WORD(CLIENT), word[CLIENT], WORD_ORDER);
#endif
#ifndef MUTANT_positions_zeroed_early
#ifndef MUTANT_positions_not_zeroed
  ZeroPositions();
#endif
#endif
  store(CLIENT, DATA(CLIENT), AWAKE, RELAXED);
  store(CLIENT, DATA(SERVER), AWAKE, RELAXED);
#ifndef MUTANT_word_stored_first
  /* @ native/session/session.cc: "shared.client.store(word, std::memory_order_release);  // partner: Accept" */
  store(CLIENT, WORD(CLIENT), word[CLIENT], WORD_ORDER);
#endif
  /* @ native/session/session.cc: "Notify(chosen);" */
  Notify(CLIENT)
}

proctype Client() {
  byte how, loaded, peer;
  bit has_read, is_gone;
  do
  :: connected == CONNECTIONS -> break
  :: else ->
     do
     :: is_free -> break
     :: else ->
        WaitForNews(CLIENT);
        /* @ native/session/session.cc: "FreeIfLeft(slot);" */
        FreeIfLeft();
        NoteServed(CLIENT)
     od;
     Connect();
     if
#ifdef UP
     :: Write(CLIENT)
#endif
     :: skip
     fi;
     if
     :: End(CLIENT)
     :: skip
     fi;
     /* It may wait for the end of its peer. */
     if
     :: do
        :: ReadOrArm(CLIENT);
           NoteServed(CLIENT);
           if
           :: is_over[CLIENT] -> break
           :: else -> WaitForNews(CLIENT)
           fi
        od
     :: skip
     fi;
     LeaveBoth(CLIENT);
#ifdef MUTANT_positions_zeroed_early
     ZeroPositions();
#endif
     /* @ native/session/session.cc: "void Session::NoteVacated(uint32_t slot) {" */
     is_inside[CLIENT] = 0;
#ifndef MUTANT_not_freed_at_vacating
     FreeIfLeft()
#endif
  od;
  is_done = 1
}

/* --- the server */

/* @ native/session/session.cc: "Session::Arrival Session::Accept(uint32_t slot, Framing framing) {" */
inline Accept() {
  /* @ native/session/session.cc: "const uint32_t word = shared.client.load(std::memory_order_acquire);" */
  load(SERVER, WORD(CLIENT), peer);
  if
  /* @ native/session/session.cc: "if (generation == generations_[slot] || WriterOf(word) == EndState::None) return Arrival::None;" */
#ifdef MUTANT_word_without_generation
  :: WRITER(peer) == NONE
#else
  :: GENERATION(peer) == generation[SERVER]
#endif
  :: else ->
     d_step {
       generation[SERVER] = GENERATION(peer);
       accepted++;
       is_over[SERVER] = 0;
       head[SERVER] = 0;
       tail[SERVER] = 0;
       has_reader[SERVER] = 1;
       has_writer[SERVER] = 1;
       is_inside[SERVER] = 1;
       may_touch = 1;
       word[SERVER] = (generation[SERVER] << 4) | BOTH_OPEN
       ;
       assert(accepted == connected) /* a connection is taken twice, or not at all */
     };
     /* @ native/session/session.cc: "shared.server.store(own | kReaderOpen | static_cast<uint32_t>(EndState::Open)," */
     store(SERVER, WORD(SERVER), word[SERVER], RELEASE);
     /* @ native/session/session.cc: "if (!made.reader.IsAtStart() || !made.writer.IsAtStart()) {" */
     load(SERVER, HEAD(SERVER), loaded);
     assert(loaded == 0); /* it does not begin at the start */
     load(SERVER, TAIL(SERVER), loaded);
     assert(loaded == 0); /* it does not begin at the start */
     loaded = 0
  fi;
  peer = 0
}

proctype Server() {
  byte how, loaded, peer;
  bit has_read, is_gone;
end:
  do
  :: WaitForNews(SERVER);
     if
     :: is_inside[SERVER] -> ReadOrArm(SERVER)
     :: else ->
        Accept();
        if
        :: is_inside[SERVER] ->
           if
#ifdef DOWN
           :: Write(SERVER)
#endif
           :: skip
           fi;
           if
           :: ReadOrArm(SERVER)
           :: /* @ native/session/session.cc: "void Session::Drop(uint32_t slot) {" */
              is_over[SERVER] = 1
           fi
        :: else
        fi
     fi;
     NoteServed(SERVER);
     if
     :: is_inside[SERVER] && is_over[SERVER] ->
        if
        :: End(SERVER)
        :: skip
        fi;
        LeaveBoth(SERVER);
        is_inside[SERVER] = 0
     :: else
     fi
  od
}

init {
  atomic {
    run Processor(CLIENT);
    run Processor(SERVER);
    run Client();
    run Server();
  }
#define SERVERS memory[WORD(SERVER)]
#define CLIENTS memory[WORD(CLIENT)]
  timeout ->
  assert(is_done || is_asleep[CLIENT]); /* the model itself is stuck */
  assert(is_asleep[SERVER]); /* the model itself is stuck */
  assert(is_inside[SERVER] || GENERATION(CLIENTS) == generation[SERVER]); /* the server sleeps, and a connection has come */
  assert(!is_inside[SERVER] || memory[HEAD(CLIENT)] == tail[SERVER]); /* the server sleeps, and a byte is there */
  assert(!is_inside[SERVER] || WRITER(CLIENTS) == OPEN); /* the server sleeps, and the client has ended or left */
  assert(is_done || is_inside[CLIENT] || GENERATION(SERVERS) != generation[CLIENT] || !(SERVERS & LEFT)); /* the client sleeps, and the slot is free */
  assert(!is_inside[CLIENT] || GENERATION(SERVERS) != generation[CLIENT] || memory[HEAD(SERVER)] == tail[CLIENT]); /* the client sleeps, and a byte is there */
  assert(!is_inside[CLIENT] || GENERATION(SERVERS) != generation[CLIENT] || WRITER(SERVERS) == OPEN) /* the client sleeps, and the server has ended or left */
}
