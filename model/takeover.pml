/*
 * A resumable segment's writer role, taken by one process after the other, of which each may die at
 * any step; and the reader that goes on through all of it.
 *
 * Covered: the directory's lock, the role's lock and the word (opening.cc, role_claim.cc), the
 * threads of a dead owner that still run, the positions at which the next one goes on, the bell at
 * which it is woken (Endpoint::WakeSleeper), a sleep that a dead owner left behind, how the reader
 * tells a dead owner from the next one under scheme 2 (RoleLockWatch::FindDeath).
 *
 * Abstracted:
 * - The kernel marks the word of scheme 1 when the owner's waiter thread has ended (role.pml has
 *   how), and the JavaScript thread runs on until the process is gone, and its locks with it.
 * - The ring has one byte, so that every write may have to wait; the byte is its writer's number.
 * - Memory is strong, but where a load could overtake the one before it, a mutant lets it.
 * - An opener that must try again later is shown as waiting for what it tries to get, without a
 *   limit.
 * - The reader's role is the same the other way round, and not modelled; nor is a segment's name.
 *
 * Checked: what is stored at `head` is stored by one owner at a time, which knows where it stands;
 * the reader gets every byte that was published, as it was written; a sleeping writer is woken;
 * only the dead are declared dead; at last the role can be taken again.
 *
 * verify: -DSCHEME=1
 * verify: -DSCHEME=2
 * mutant loss_not_keyed_by_generation: -USCHEME -DSCHEME=2
 * mutant generation_loaded_after_lock: -USCHEME -DSCHEME=2
 * mutant bell_kept_over_takeover: -DTOTAL=3
 * mutant bell_loaded_before_exchange: -DTOTAL=3
 */
#define PROCESSES 2
#define NOBODY 255
#define CAPACITY 1
#ifndef TOTAL
#define TOTAL 2
#endif

byte head, tail, data;
byte owner;       /* 0: free; a process's number and 1 */
#define DIED 100
#define NEVER 0
#define OPEN 1
#define ENDED 2
#define ABORTED 3
byte state;
byte bell;        /* a process's number */
byte generation;
byte sleeping;
byte wake_at;
byte directory_lock = NOBODY;
byte role_lock = NOBODY;

bit bell_has_token[PROCESSES]; /* something is in the process's bell */
bit is_marked[PROCESSES];      /* the kernel has walked its robust list */
bit is_gone[PROCESSES];        /* nothing of it runs any more */
bit waits_for_role[PROCESSES];
bit sleeps[PROCESSES];
byte log[TOTAL + 1];        /* ghost: who published the byte */
byte tenure[PROCESSES];     /* ghost: the generation it stored */
bit is_known_dead;          /* ghost: the reader said so, of the generation that it knew */

#define IS_ALIVE(w) ((w) != 0 && (w) != DIED)

/* @ native/channel/survey.cc: "const Presence seen = Observe(record, is_writer);" */
#if SCHEME == 1 && defined(MUTANT_lock_not_asked_for)
#define LIVES (IS_ALIVE(owner))
#else
/* @ native/waiting/death_watch.cc: "return IsRoleLockHeld(file, RoleOffset(is_writer));" */
#define LIVES (IS_ALIVE(owner) && role_lock != NOBODY)
#endif
#define IS_BUSY (state != ENDED && state != ABORTED && LIVES)

/* @ native/core/role_claim.cc: "bool IsFree(uint32_t owner, const RoleSite& site) {" */
#if SCHEME == 1 && defined(MUTANT_lock_not_asked_for)
#define IS_FREE(w) ((w) == 0 || (w) == DIED)
#else
#define IS_FREE(w) true
#endif

inline load_positions() {
  d_step { my_head = head; my_tail = tail }
}

inline Open() {
  do
  :: /* @ native/channel/opening.cc: "const DirectoryLock lock(directory_);" */
     atomic { directory_lock == NOBODY -> directory_lock = me };
     /* @ native/channel/opening.cc: "const Admission admission = request_.is_writer ? AdmitWriter(scene) : AdmitReader(scene);" */
     if
     :: state == ENDED -> directory_lock = NOBODY; goto has_left
     :: state != ENDED && IS_BUSY ->
        directory_lock = NOBODY;
        waits_for_role[me] = 1;
        !IS_BUSY || state == ENDED;
        waits_for_role[me] = 0
     :: else ->
#ifdef MUTANT_positions_loaded_before_lock
        load_positions();
#endif
#ifndef MUTANT_role_lock_not_taken
        /* @ native/channel/opening.cc: "const Result locked = LockBeforeLoading(*found->segment, request_.is_writer);" */
        if
        :: atomic { role_lock == NOBODY -> role_lock = me }
        :: atomic { else -> directory_lock = NOBODY; waits_for_role[me] = 1 };
           /* @ native/channel/opening.cc: "return locked.status == Status::Busy ? Result(Status::Dying) : locked;" */
           role_lock == NOBODY;
           waits_for_role[me] = 0;
           goto again
        fi;
#endif
#ifndef MUTANT_positions_loaded_before_lock
        /* @ native/channel/opening.cc: "std::unique_ptr<RoleHolder> taken = HolderOf(std::move(found->segment));" */
        load_positions();
#endif
        /* @ native/channel/opening.cc: "if (!taken->IsSane()) return Result(Status::Corrupt);" */
        assert(my_head >= my_tail && my_head - my_tail <= CAPACITY); /* the next owner finds the segment damaged */
        /* @ native/core/role_claim.cc: "uint32_t before = record.owner.load(std::memory_order_relaxed);  // the exchange acquires" */
        before = owner;
        if
        :: IS_FREE(before) ->
           atomic {
             assert(owner == before); /* two take the role at once */
             owner = me + 1
           }
#if defined(MUTANT_lock_not_asked_for)
        :: else -> role_lock = NOBODY; directory_lock = NOBODY; waits_for_role[me] = 1; IS_FREE(owner); goto again
#endif
        fi;
        /* @ native/core/role_claim.cc: "record.bell.store(entry.bell, std::memory_order_relaxed);" */
        bell = me;
        /* @ native/core/role_claim.cc: "record.generation.store(generation, std::memory_order_release);  // likewise" */
        atomic { generation++; tenure[me] = generation };
        /* @ native/core/role_claim.cc: "SetState(RoleState::Open);" */
        state = OPEN;
        /* @ native/channel/role_holder.cc: "Disarm(own_doorbell());" */
        sleeping = 0;
        directory_lock = NOBODY;
        break
     fi;
again:
     skip
  od
}

proctype Writer(byte me) {
  byte my_head, my_tail, before;
  {
    Open();
    do
    :: my_head - my_tail < CAPACITY && my_head < TOTAL ->
       data = me + 1;
       /* @ native/core/ring.cc: "shared_head_.store(head_, std::memory_order_seq_cst);" */
       atomic {
         assert(head == my_head); /* two owners store the head */
         my_head++;
         head = my_head;
         log[my_head] = me + 1
       }
    :: my_head - my_tail == CAPACITY && my_head < TOTAL ->
       /* @ native/channel/ring_end.cc: "ArmAt(producer_.head() - capacity + space, who);" */
       wake_at = my_head - CAPACITY + 1;
       sleeping = 1;
       if
       :: my_tail == tail ->
          sleeps[me] = 1;
          bell_has_token[me];
          d_step { bell_has_token[me] = 0; sleeps[me] = 0 }
       :: else
       fi;
       my_tail = tail
    :: break
    od;
    if
    :: my_head == TOTAL ->
       /* @ native/channel/endpoint.cc: "claim().MarkEnded();" */
       state = ENDED
    :: else
    fi;
    /* @ native/core/role_claim.cc: "void RoleClaim::Leave(RoleState state) {" */
    if
    :: state != ENDED -> state = ABORTED
    :: else
    fi;
    owner = 0;
    /* @ native/core/role_claim.cc: "lock_->Drop();" */
#ifdef MUTANT_role_lock_not_taken
    skip
#else
    role_lock = NOBODY
#endif
  } unless { is_gone[me] };
has_left:
  skip
}

/* The kernel, when a process is killed, at any step. */
proctype Kernel(byte me) {
  if
  :: goto lives
  :: skip
  fi;
#if SCHEME == 1
  /* @ native/core/role_claim.h: "a moment and store what the next owner would not expect. The lock is free only when the last of" */
  atomic {
    is_marked[me] = 1;
    if
    :: owner == me + 1 -> owner = DIED
    :: else
    fi
  };
#endif
  atomic {
    is_gone[me] = 1;
    sleeps[me] = 0;
    waits_for_role[me] = 0;
    if :: directory_lock == me -> directory_lock = NOBODY :: else fi;
    if :: role_lock == me -> role_lock = NOBODY :: else fi
  };
lives:
  skip
}

/* --- the reader */

inline WakeWriter() {
  /* @ native/core/doorbell.h: "if (!IsArmed(bell)) return Sleep::Awake;" */
  if
  :: sleeping != 0 && my_tail >= wake_at ->
#ifdef MUTANT_bell_kept_over_takeover
     if
     :: woken_bell == NOBODY -> woken_bell = bell
     :: else
     fi;
#endif
#ifdef MUTANT_bell_loaded_before_exchange
     woken_bell = bell;
#endif
     /* @ native/core/doorbell.h: "bell.sleeping.exchange(kAwake, std::memory_order_acquire);" */
     atomic { how = sleeping; sleeping = 0 };
     if
     :: how != 0 ->
#if !defined(MUTANT_bell_kept_over_takeover) && !defined(MUTANT_bell_loaded_before_exchange)
        /* @ native/channel/loop_waker.h: "const uint64_t bell = role.bell.load(std::memory_order_relaxed);" */
        woken_bell = bell;
#endif
        bell_has_token[woken_bell] = 1
     :: else
     fi;
#ifndef MUTANT_bell_kept_over_takeover
     woken_bell = NOBODY;
#endif
     how = 0
  :: else
  fi
}

/* @ native/waiting/role_lock_watch.cc: "std::optional<uint32_t> RoleLockWatch::FindDeath() const {" */
inline FindDeath() {
#ifndef MUTANT_generation_loaded_after_lock
  /* @ native/waiting/role_lock_watch.cc: "const uint32_t generation = role_.generation.load(std::memory_order_acquire);" */
  seen = generation;
#endif
  if
  :: owner != 0 ->
     /* @ native/waiting/role_lock_watch.cc: "if (IsRoleLockHeld(file_, RoleOffset(is_writer_))) return std::nullopt;" */
     if
     :: role_lock == NOBODY ->
#ifdef MUTANT_generation_loaded_after_lock
        seen = generation;
#endif
        if
        :: owner != 0 -> has_lost = 1; lost = seen
        :: else
        fi
     :: else
     fi
  :: else
  fi;
  seen = 0
}

#define HAS_DIED(g) \
  ((g) == 0 || (tenure[0] == (g) && is_gone[0]) || (tenure[1] == (g) && is_gone[1]))

proctype Reader() {
  byte my_tail, how, seen, lost, woken_bell = NOBODY;
  bit has_lost;
end:
  do
  :: head > my_tail ->
     assert(head - my_tail <= CAPACITY); /* the reader finds the head damaged */
     assert(data == log[my_tail + 1]); /* a byte is read that is not the one published there */
     my_tail++;
     tail = my_tail;
     WakeWriter()
#if SCHEME == 2
  :: !has_lost -> FindDeath()
  :: has_lost ->
     /* @ native/waiting/watch.cc: "return lost != 0 && lost == (kHasLost | peer_->generation.load(std::memory_order_relaxed));" */
     atomic {
       if
#ifdef MUTANT_loss_not_keyed_by_generation
       :: IS_ALIVE(owner) && state == OPEN ->
#else
       :: IS_ALIVE(owner) && state == OPEN && lost == generation ->
#endif
          assert(HAS_DIED(generation)) /* a living owner is declared dead */
       :: else
       fi;
       has_lost = 0;
       lost = 0
     }
#endif
  :: my_tail == TOTAL -> break
  od
}

init {
  atomic {
    run Writer(0);
    run Writer(1);
    run Kernel(0);
    run Kernel(1);
    run Reader()
  };
  timeout ->
  assert(!sleeps[0] || tail < wake_at); /* a writer sleeps, and there is space */
  assert(!sleeps[1] || tail < wake_at); /* a writer sleeps, and there is space */
  assert(!waits_for_role[0] || (owner == 2 && !is_gone[1])); /* the role has no living owner, and cannot be taken */
  assert(!waits_for_role[1] || (owner == 1 && !is_gone[0])) /* the role has no living owner, and cannot be taken */
}
