/*
 * A reader with an event loop: the waiter thread that always waits for it, the bell at which its
 * loop is woken without that thread, and blocking calls in between; and the writer that wakes it.
 *
 * Covered: the standing wait (wait_thread.cc), waking at the bell or at the futex
 * (Endpoint::WakeSleeper), a request that changes from one to the other, a bell that is full, a bell
 * that is closed (Environment::CloseBell), a bell that its loop never hears (Environment::TrustBell).
 *
 * Abstracted:
 * - Only one direction, and positions without bytes; memory is strong: doorbell.pml has the weak
 *   one.
 * - `seq` is a flag for each of the threads that wait at it (see doorbell.pml).
 * - Whether a token fits into the bell is a matter of chance, until it is closed: then it fits, but
 *   is not read.
 *
 * Checked: when nothing can move any more, the reader does not wait for bytes that are there.
 *
 * verify: -DTOTAL=3
 * mutant full_bell_taken_for_woken: -UTOTAL -DTOTAL=2
 * mutant bell_trusted_unheard: -UTOTAL -DTOTAL=2
 */
#define AWAKE 0
#define AT_FUTEX 1
#define AT_BELL 2

#define WAITER_THREAD 0
#define PARKED 1

byte head, tail;
byte sleeping, wake_at;
bit was_woken[2];     /* `seq` has changed since the thread loaded it */
bit is_asleep[2];     /* in the kernel */
bit bell_has_token = 1; /* something is in the FIFO; at first, the first token */
bit is_bell_closed;
bit is_reported;      /* the waiter thread has told the event loop */
bit is_waiting;       /* ghost: the JavaScript thread, parked or in its loop */
byte min = 1;         /* what it waits for */
bit is_done;

/* --- the writer */

/* @ native/channel/loop_waker.h: "void Wake(const RoleRecord& role, Doorbell& doorbell, Sleep how) {" */
inline WakeSleeper() {
  if
  /* @ native/channel/loop_waker.h: "if (bell_ != nullptr && bell_->Wake(token)) return;" */
  :: how == AT_BELL -> bell_has_token = 1
  :: how == AT_BELL && !is_bell_closed ->
#ifndef MUTANT_full_bell_taken_for_woken
     d_step { is_asleep[WAITER_THREAD] = 0; is_asleep[PARKED] = 0 }
#endif
  :: how == AT_FUTEX ->
     /* @ native/channel/loop_waker.h: "WakeAll(doorbell.seq);" */
     d_step { is_asleep[WAITER_THREAD] = 0; is_asleep[PARKED] = 0 }
  fi
}

proctype Writer() {
  byte how;
  do
  :: head < TOTAL ->
     head++;
     /* @ native/core/doorbell.h: "if (!IsArmed(bell)) return Sleep::Awake;" */
     how = sleeping;
     if
     :: how != AWAKE && head >= wake_at ->
        /* @ native/core/doorbell.h: "bell.sleeping.exchange(kAwake" */
#if defined(MUTANT_exchange_in_two_steps)
        how = sleeping;
        sleeping = AWAKE;
#elif defined(MUTANT_first_load_decides_where)
        sleeping = AWAKE;
#else
        d_step { how = sleeping; sleeping = AWAKE };
#endif
        if
        :: how != AWAKE ->
           /* @ native/core/doorbell.h: "bell.seq.fetch_add(1, std::memory_order_release);" */
           d_step { was_woken[WAITER_THREAD] = 1; was_woken[PARKED] = 1 };
           WakeSleeper()
        :: else
        fi
     :: else
     fi;
     how = 0
  :: break
  od
}

/* --- the reader's waiter thread */

/* @ native/waiting/wait_thread.cc: "void WaitThread::Run() {" */
proctype WaiterThread() {
end:
  do
  :: /* @ native/waiting/watch.cc: "const bool was_woken = bell != bell_seen_;" */
     if
     :: was_woken[WAITER_THREAD] ->
        was_woken[WAITER_THREAD] = 0;
        /* @ native/waiting/wait_thread.cc: "if (watch->HasNewLoss() || has_changed) queue_.Push(watch, WakeKind::Check);" */
        is_reported = 1
     :: else
     fi;
     /* @ native/waiting/watch.h: "WaitWord BellWord() const { return {&bell_, bell_seen_}; }" */
     atomic {
#ifdef MUTANT_waiter_thread_expects_what_is_there
       was_woken[WAITER_THREAD] = 0;
#endif
       if
       :: was_woken[WAITER_THREAD]
       :: else -> is_asleep[WAITER_THREAD] = 1
       fi
     };
     !is_asleep[WAITER_THREAD]
  od
}

/* --- the reader's JavaScript thread */

/* @ native/channel/ring_end.cc: "armed_at_ = is_armed ? std::min(armed_at_, position) : position;" */
inline ArmAt(position, where) {
  armed_at = (sleeping != AWAKE && armed_at < (position) -> armed_at : (position));
  wake_at = armed_at;
  sleeping = where
}

/* @ native/channel/ring_end.cc: "int64_t RingEnd::WaitToRead(" */
inline WaitToRead(where) {
  has_read = 0;
  if
  :: head - tail >= min -> tail = tail + min; has_read = 1
  :: else ->
     ArmAt(tail + min, where);
     /* @ native/channel/ring_end.cc: "// once more: see doorbell.h" */
     if
     :: head - tail >= min -> tail = tail + min; has_read = 1; sleeping = AWAKE
     :: else
     fi
  fi
}

proctype Reader() {
  /* @ native/channel/endpoint.cc: "SleepAt(request.is_bell_trusted ? Sleep::AtBell : Sleep::AtFutex);" */
#ifdef MUTANT_bell_trusted_unheard
  byte armed_at, sleep_of_loop = AT_BELL;
#else
  byte armed_at, sleep_of_loop = AT_FUTEX;
#endif
  bit has_read, has_timed_out, may_close_bell, is_deaf;
  if
  :: may_close_bell = 1
  :: is_deaf = 1
  :: skip
  fi;
  do
  :: tail < TOTAL ->
     if
     :: min = 1
     :: min = 2
     fi;
     /* Waits in its event loop, which reads when it is woken. */
     do
     :: /* @ native/channel/ring_end.cc: "if (wait == kArm) return attempt(Sleeper::Loop);" */
        WaitToRead(sleep_of_loop);
        if
        :: has_read -> break
        :: else
        fi;
        is_waiting = 1;
        if
        :: bell_has_token && !is_bell_closed && !is_deaf ->
           bell_has_token = 0;
           /* @ native/channel/environment.cc: "entry.holder->TrustBell(found->second.id);" */
           sleep_of_loop = AT_BELL
        :: is_reported -> is_reported = 0
        :: may_close_bell && !is_bell_closed ->
           /* @ native/channel/environment.cc: "for (auto& [id, entry] : holders_) entry.holder->StopUsingBell(found->second.id);" */
           is_bell_closed = 1;
           sleep_of_loop = AT_FUTEX;
#ifdef MUTANT_closing_bell_without_check
           is_reported;
           is_reported = 0
#endif
        fi;
        is_waiting = 0
     od
  :: tail < TOTAL ->
     /* Blocks; the call may time out, once. */
     if
     :: min = 1
     :: min = 2
     fi;
     do
     :: /* @ native/channel/ring_end.cc: "const Ticket ticket = DrawTicket();" */
        was_woken[PARKED] = 0;
        /* @ native/channel/ring_end.cc: "const int64_t count = attempt(Sleeper::Thread);" */
        WaitToRead(AT_FUTEX);
        if
        :: has_read -> break
        :: else
        fi;
        atomic {
          if
          :: was_woken[PARKED]
          :: else -> is_asleep[PARKED] = 1; is_waiting = 1
          fi
        };
        if
        :: !is_asleep[PARKED] -> is_waiting = 0
        :: is_asleep[PARKED] && !has_timed_out ->
           d_step { has_timed_out = 1; is_asleep[PARKED] = 0; is_waiting = 0 };
           break
        fi
     od
  :: break
  od;
  is_done = 1
}

init {
  atomic {
    run Writer();
    run WaiterThread();
    run Reader()
  };
  timeout ->
  assert(is_done || is_waiting); /* the model itself is stuck */
  assert(!is_waiting || head - tail < min) /* the reader waits, and the bytes are there */
}
