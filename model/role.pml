/*
 * One role under scheme 1 (robust lists): how its owner takes it, ends, leaves or dies at any step,
 * and how those who sleep hear of it, even if the kernel does not get as far as its word.
 *
 * Covered: the robust list and `list_op_pending` (marked_words.cc), the kernel's walk through the
 * list at death (exit_robust_list and handle_futex_death in kernel/futex/core.c) with its single
 * wake-up, the survivor's two threads that sleep on {seq, owner} (wait_thread.cc; Endpoint::Park),
 * the order of leaving (role_holder.cc), an opener that waits for the role on `changes`; the lifeline
 * (lifeline.h): its slot, in the list of another thread of the owner's, at which the waiter thread
 * sleeps too.
 *
 * Abstracted:
 * - The owner is a writer, the survivor its reader. It has another role in the same list, in front
 *   of this one or behind it, which must not be forgotten when it dies.
 * - FUTEX_WAITERS is a part of HELD. `seq` and `changes` are flags (see doorbell.pml). No bytes:
 *   what the reader still finds in the ring is ring.pml's.
 * - -DBAD_FILE: the other role's file has been truncated, and the kernel's walk ends there. The
 *   slots are in another file, and their list has no such end. Their lock is not modelled: it is
 *   free when the owner is dead, and an opener asks for it.
 * - A killed thread stops between any two steps, and the kernel walks its list after that. In truth
 *   the list is that of the waiter thread, and the JavaScript thread, which takes the role, could
 *   run on for a moment. -DLATE_THREADS lets it; README.md says what is found then.
 * - Memory is strong: the orders of two words are ring.pml's, and every sleep and wake-up is a
 *   system call. futex_waitv(2) queues at one word after the other, here at both at once: a word
 *   that changes in between is seen later, and not lost.
 *
 * Checked, when nothing can move any more: no role is held by a dead owner; the survivor's
 * JavaScript knows what has become of the owner; an opener does not sleep while the role is free.
 *
 * verify:
 * verify: -DRESUMABLE
 * verify: -DOPENER -DNEVER_PARKS
 * verify: -DOTHER_ROLE -DALONE
 * verify: -DOPENER -DALONE
 * verify: -DOTHER_ROLE -DBAD_FILE
 * verify: -DOTHER_ROLE -DBAD_FILE -DRESUMABLE
 * verify: -DOTHER_ROLE -DBAD_FILE -DOPENER -DNEVER_PARKS
 * verify: -DWIPED -DNEVER_PARKS
 * verify: -DLATE_THREADS -DOTHER_ROLE -DALONE
 * gap: -DLATE_THREADS -DFROM_CLAIM_ON -DRESUMABLE
 * gap: -DOTHER_ROLE -DBAD_FILE -DDIES_COMING
 * mutant openers_not_woken: -DOPENER -DALONE
 * mutant opener_waits_at_owner: -DOPENER -DNEVER_PARKS
 * mutant linked_before_own_next: -DOTHER_ROLE -DALONE
 * mutant parked_thread_heeds_only_changes: -DRESUMABLE
 * mutant no_lifeline: -DOTHER_ROLE -DBAD_FILE
 * mutant slot_taken_after_role: -DOTHER_ROLE -DBAD_FILE
 * mutant slot_given_back_before_role: -DOTHER_ROLE -DBAD_FILE
 * mutant lifeline_not_waited_for: -DOTHER_ROLE -DBAD_FILE
 * mutant marked_slot_not_heeded_at_first: -DOTHER_ROLE -DBAD_FILE
 * mutant any_slot_taken_for_marked: -DWIPED -DNEVER_PARKS
 * mutant last_state_not_told: -DOTHER_ROLE -DBAD_FILE
 * mutant loss_wakes_nobody: -DOTHER_ROLE -DBAD_FILE
 * mutant loss_not_told_to_openers: -DOTHER_ROLE -DBAD_FILE -DOPENER -DNEVER_PARKS
 * mutant death_not_told_to_openers: -DOPENER -DNEVER_PARKS -DRESUMABLE
 * mutant lifeline_not_asked_for: -DLATE_THREADS -DOTHER_ROLE -DALONE
 */

/* `owner` */
#define FREE 0
#define HELD 1
#define DIED 2
byte owner = FREE;
byte other_owner = FREE;

/* `state`, and what Observe makes of it */
#define NEVER 0
#define OPEN 1
#define ENDED 2
#define ABORTED 3
#define EXITING 5
#define LOST 6
byte state = NEVER;

#define PRESENCE \
  (state == ENDED || state == ABORTED -> state : \
  (owner == DIED -> (state == EXITING -> ABORTED : LOST) : \
  (state == NEVER && owner == FREE -> NEVER : OPEN)))

/* --- the robust list of the owner's waiter thread: nodes, and where they lead */
#define LIST_HEAD 0
#define OTHER 1
#define THIS 2
#define NOWHERE 3
byte next[3];
byte pending = NOWHERE;

bit is_stopped; /* the owner runs no instruction any more */
bit is_dead;    /* and the kernel has walked its lists */

/* Otherwise slots change nothing, and are left out. */
#if defined(BAD_FILE) || defined(WIPED)
#define LIFELINE
#endif
/* The role's slot in the lifeline. That it is linked and pending at the right time is shown for
 * `owner`. */
byte slot = FREE;
bit waits_at_slot; /* the survivor's waiter thread */
bit is_lost;       /* it has found the slot marked, of an owner that seems open */
bit must_tell;     /* it has found it marked, even if the owner did not seem open */
bit is_dying;      /* ghost: the owner was killed */
bit has_come;      /* ghost: and had announced itself before */

/* What the survivor makes of the record and the loss; and what is so. */
#define SEEN (is_lost && PRESENCE == OPEN -> (state == EXITING -> ABORTED : LOST) : PRESENCE)
#define TRUTH (is_dead && PRESENCE == OPEN -> (state == EXITING -> ABORTED : LOST) : PRESENCE)

/* --- sleepers: two threads of the survivor, and an opener */
#define WAITER_THREAD 0
#define PARKED 1
#define WAITING_OPENER 2
bit was_woken[2];    /* `seq` has changed since the thread loaded it */
bit waits_at_seq[2]; /* queued in the kernel */
bit waits_at_owner[3];
bit waits_at_changes;
bit has_changed; /* `changes`, since the opener loaded it */

bit reported;       /* the waiter thread has told the event loop to check */
byte known = NEVER; /* what the survivor's JavaScript knows of the owner */
bit is_waiting;     /* it waits, parked or in its event loop */

inline wake_up(thread) {
  waits_at_seq[thread] = 0;
  waits_at_owner[thread] = 0;
  if
  :: thread == WAITER_THREAD -> waits_at_slot = 0
  :: else
  fi
}
inline WakeAllAtOwner() {
  d_step {
    wake_up(WAITER_THREAD);
    wake_up(PARKED);
    waits_at_owner[WAITING_OPENER] = 0
  }
}
/* @ native/channel/role_holder.cc: "ForceWakeUp(peer_doorbell());" */
inline Announce() {
  /* @ native/core/doorbell.h: "bell.seq.fetch_add(1, std::memory_order_release);  // partner: Watch::Check (watch.cc)" */
  d_step { was_woken[WAITER_THREAD] = 1; was_woken[PARKED] = 1 };
  /* @ native/channel/role_holder.cc: "WakeAll(peer_doorbell().seq);" */
  d_step {
    if :: waits_at_seq[WAITER_THREAD] -> wake_up(WAITER_THREAD) :: else fi;
    if :: waits_at_seq[PARKED] -> wake_up(PARKED) :: else fi
  };
#if defined(OPENER) && !defined(MUTANT_openers_not_woken)
  /* @ native/channel/role_holder.cc: "header.changes.fetch_add(1, std::memory_order_release);" */
  has_changed = 1;
  /* @ native/channel/role_holder.cc: "WakeAll(header.changes);" */
  waits_at_changes = 0
#endif
}

/* --- the owner */

/* @ native/platform/linux/marked_words.cc: "bool RobustList::Claim(" */
inline Claim() {
#ifndef MUTANT_claim_without_pending
  /* @ native/platform/linux/marked_words.cc: "head_.list_op_pending.store(NodeOf(word), std::memory_order_release);" */
  pending = THIS;
#endif
  /* @ native/platform/linux/marked_words.cc: "word.compare_exchange_strong(before, owner_id() | kHasWaiters, std::memory_order_acq_rel);" */
  owner = HELD;
#ifdef MUTANT_pending_cleared_before_link
  pending = NOWHERE;
#endif
#ifdef MUTANT_linked_before_own_next
  next[LIST_HEAD] = THIS;
  next[THIS] = (other_owner == HELD -> OTHER : LIST_HEAD);
#else
  /* @ native/platform/linux/marked_words.cc: "node->next.store(head_.list.next.load(std::memory_order_relaxed), std::memory_order_release);" */
  next[THIS] = next[LIST_HEAD];
  /* @ native/platform/linux/marked_words.cc: "head_.list.next.store(node, std::memory_order_release);" */
  next[LIST_HEAD] = THIS;
#endif
  /* @ native/platform/linux/marked_words.cc: "head_.list_op_pending.store(nullptr, std::memory_order_release);" */
  pending = NOWHERE
}

/* @ native/channel/role_holder.cc: "bool RoleHolder::Leave(bool may_wait) {" */
inline Leave() {
  /* @ native/core/role_claim.cc: "if (!has_ended_) SetState(state);" */
  if
  :: state != ENDED -> state = ABORTED
  :: else
  fi;
#ifndef MUTANT_leave_without_pending
  /* @ native/platform/linux/marked_words.cc: "void RobustList::Release(std::atomic<uint32_t>& word) {" */
  pending = THIS;
#endif
  /* @ native/platform/linux/marked_words.cc: "before->next.store(node->next.load(std::memory_order_relaxed), std::memory_order_release);" */
  if
  :: next[LIST_HEAD] == THIS -> next[LIST_HEAD] = next[THIS]
#ifdef OTHER_ROLE
  :: else -> next[OTHER] = next[THIS]
#endif
  fi;
  /* @ native/platform/linux/marked_words.cc: "word.store(0, std::memory_order_release);" */
  owner = FREE;
#ifdef MUTANT_settled_before_wake
  pending = NOWHERE;
#endif
  /* @ native/channel/role_holder.cc: "WakeAll(own_role().owner);" */
  WakeAllAtOwner();
  Announce();
  /* @ native/platform/linux/marked_words.cc: "void RobustList::Settle() { head_.list_op_pending.store(nullptr, std::memory_order_release); }" */
  pending = NOWHERE
}

inline TakeSlot() {
#if defined(LIFELINE) && !defined(MUTANT_no_lifeline)
  /* @ native/platform/posix/lifeline.cc: "const bool is_stored = Store(slot, words_->owner_id() | kHasWaiters);" */
  slot = HELD
#else
  skip
#endif
}
inline GiveBackSlot() {
#ifdef LIFELINE
  /* @ native/platform/posix/lifeline.cc: "Store(slot, 0);" */
  slot = FREE
#else
  skip
#endif
}

proctype Owner() {
  {
#ifdef OTHER_ROLE
    if
    :: d_step { other_owner = HELD; next[LIST_HEAD] = OTHER }
    :: skip
    fi;
#endif
#ifndef MUTANT_slot_taken_after_role
    /* @ native/channel/role_holder.cc: "slot_ = lifeline_->TakeSlot();" */
    TakeSlot();
#endif
    /* @ native/channel/role_holder.cc: "const Result taken = claim_.Take(site, entry);" */
    Claim();
#ifdef MUTANT_slot_taken_after_role
    TakeSlot();
#endif
#ifdef OTHER_ROLE
    if
    :: other_owner == FREE ->
       d_step { other_owner = HELD; next[OTHER] = next[LIST_HEAD]; next[LIST_HEAD] = OTHER }
    :: else
    fi;
#endif
    /* @ native/core/role_claim.cc: "SetState(RoleState::Open);" */
    state = OPEN;
    /* @ native/channel/role_holder.cc: "Announce();" */
    Announce();
#ifdef BAD_FILE
    has_come = 1;
#endif
    if
    :: /* @ native/channel/endpoint.cc: "claim().MarkEnded();" */
#ifdef MUTANT_end_announced_before_state
       Announce();
       state = ENDED;
#else
       state = ENDED;
#ifndef MUTANT_end_not_announced
       Announce()
#endif
#endif
    :: /* @ native/channel/endpoint.cc: "claim().MarkExiting();" */
       state = EXITING
    :: skip
    fi;
    if
    ::
#ifdef MUTANT_slot_given_back_before_role
       GiveBackSlot();
       Leave()
#else
       Leave();
       /* @ native/channel/role_holder.cc: "if (lifeline_ != nullptr) lifeline_->GiveBack(slot_);" */
       GiveBackSlot()
#endif
    :: skip /* stays, for ever or until it is killed */
    fi
  } unless { is_stopped }
}

/* --- the kernel, when the owner dies */

inline wake_one_at_owner() {
  if
  :: waits_at_owner[WAITER_THREAD] -> d_step { wake_up(WAITER_THREAD) }
  :: waits_at_owner[PARKED] -> d_step { wake_up(PARKED) }
  :: waits_at_owner[WAITING_OPENER] -> waits_at_owner[WAITING_OPENER] = 0
  :: else
  fi
}

/* kernel/futex/core.c: handle_futex_death */
inline handle_futex_death(node, is_pending) {
  if
#ifdef OTHER_ROLE
  :: node == OTHER && other_owner == HELD -> other_owner = DIED
#endif
  :: node == THIS && is_pending && owner == FREE -> must_wake = 1
  :: node == THIS && owner == HELD ->
     owner = DIED;
#ifndef MUTANT_owner_without_waiters_flag
     must_wake = 1
#endif
  :: else
  fi
}

/* The slots' list has nothing that the kernel could not reach. */
inline mark_slot() {
  atomic {
    if
    :: slot == HELD ->
       slot = DIED;
       if
       :: waits_at_slot -> d_step { wake_up(WAITER_THREAD) }
       :: else
       fi
    :: else
    fi
  }
}

#ifdef WIPED
/* A process that damages the lifeline's file. */
proctype Wiper() {
  if
  :: slot == HELD -> slot = FREE
  :: skip
  fi
}
#endif

/* kernel/futex/core.c: exit_robust_list */
proctype Kernel() {
  byte entry, after, last;
  bit must_wake, has_marked;
  if
  :: goto lives
  :: skip
  fi;
#ifdef LATE_THREADS
  /* @ native/core/role_claim.h: "// list's owner dead when that one thread has ended; other threads of the process may still run for" */
#ifdef FROM_CLAIM_ON
  next[LIST_HEAD] == THIS && pending == NOWHERE;
#endif
  d_step { is_dying = 1; entry = next[LIST_HEAD]; last = pending };
#else
#if defined(BAD_FILE) && !defined(DIES_COMING)
  atomic { owner == FREE || has_come -> is_stopped = 1 };
#endif
  d_step { is_dying = 1; is_stopped = 1; entry = next[LIST_HEAD]; last = pending };
#endif
  /* Two threads end: that of the slots before the other one, or after it. */
#ifdef LIFELINE
  if
  :: mark_slot(); has_marked = 1
  :: skip
  fi;
#endif
  do
#ifdef BAD_FILE
  /* EFAULT: the walk is over, and what is pending is not handled. */
  :: atomic { entry == OTHER -> entry = NOWHERE; last = NOWHERE; after = 0; break }
#endif
  :: atomic { entry == LIST_HEAD || entry == NOWHERE -> entry = NOWHERE; break }
  :: atomic {
       else ->
       after = next[entry];
       if
       :: entry != last -> handle_futex_death(entry, false)
       :: else
       fi;
       entry = after;
       after = 0
     }
  od;
  atomic {
    if
    :: last != NOWHERE -> handle_futex_death(last, true)
    :: else
    fi;
    last = NOWHERE
  };
  atomic {
    if
    :: must_wake -> must_wake = 0; wake_one_at_owner()
    :: else
    fi
  };
#ifdef LIFELINE
  if
  :: !has_marked -> mark_slot()
  :: else
  fi;
#endif
  atomic { is_stopped = 1; is_dead = 1; has_marked = 0 };
lives:
  skip
}

/* --- the survivor */

/* @ native/platform/linux/word_wait.cc: "const long index = syscall(kFutexWaitv, waiters, static_cast<unsigned>(count), 0u," */
#ifdef MUTANT_owner_not_waited_for
#define has_changed_meanwhile(thread, expected) was_woken[thread]
#else
#define has_changed_meanwhile(thread, expected) (was_woken[thread] || owner != expected)
#endif
inline sleep_at_words(thread, expected, follows_slot) {
  atomic {
    if
    :: has_changed_meanwhile(thread, expected) || (follows_slot && slot != HELD)
    :: else ->
       waits_at_seq[thread] = 1;
       if
       :: follows_slot -> waits_at_slot = 1
       :: else
       fi;
#ifndef MUTANT_owner_not_waited_for
       waits_at_owner[thread] = 1
#endif
    fi
  };
  !waits_at_seq[thread]
}

/* @ native/waiting/watch.cc: "if (Observe(*peer_, peer_is_writer_) != Presence::Open) return;" */
inline NoteLoss() {
#ifndef MUTANT_last_state_not_told
  must_tell = 1;
#endif
  if
  :: PRESENCE == OPEN ->
     assert(is_dying); /* a living owner is declared dead */
     is_lost = 1;
     must_tell = 1
  :: else
  fi
}

inline TellOpeners() {
#if defined(OPENER)
  /* @ native/waiting/watch.cc: "changes_->fetch_add(1, std::memory_order_release);" */
  has_changed = 1;
  /* @ native/waiting/watch.cc: "WakeAll(*changes_);" */
  waits_at_changes = 0
#else
  skip
#endif
}

/* @ native/waiting/wait_thread.cc: "void WaitThread::Run() {" */
proctype WaiterThread() {
  byte seen;
  bit must_report, must_wake, must_follow, follows, knows_slot;
end:
  do
  :: /* @ native/waiting/watch.cc: "const bool was_woken = bell != bell_seen_;" */
     d_step { must_report = was_woken[WAITER_THREAD]; was_woken[WAITER_THREAD] = 0 };
     /* @ native/waiting/watch.cc: "const uint32_t peer = peer_->owner.load(std::memory_order_acquire);" */
     atomic {
       must_wake = (owner != seen);
       must_report = must_report || must_wake;
       must_follow = must_report;
#if defined(OPENER) && !defined(MUTANT_death_not_told_to_openers)
       /* @ native/waiting/watch.cc: "if ((has_changed || was_woken) && IsVacant(peer)) TellOpeners();" */
       if
       :: must_report && owner != HELD -> TellOpeners()
       :: else
       fi;
#endif
#ifndef MUTANT_waiter_thread_heeds_only_changes
       /* It may have been taken and left since the last check, and a parked thread know only that. */
       must_wake = must_wake || (must_report && owner != HELD);
#endif
       seen = owner
     };
#ifndef MUTANT_waiter_thread_does_not_wake_others
     /* @ native/waiting/watch.cc: "if (has_changed || (was_woken && IsVacant(peer))) PassOnWakeUp(peer_->owner);" */
     if
     :: must_wake -> WakeAllAtOwner()
     :: else
     fi;
#endif
#ifdef LIFELINE
     /* @ native/waiting/watch.cc: "if (death_watch_->Follow(peer) == Sign::Death) NoteLoss();" */
     atomic {
       if
       :: must_follow && seen == HELD && !knows_slot ->
          /* @ native/waiting/death_watch.h: "if (lifeline == lifeline_ && slot == slot_) return Sign::None;" */
          knows_slot = 1;
          /* @ native/waiting/lifeline_watch.cc: "peer_slot_.Open(directory_, lifeline_, slot_, &is_marked);" */
          follows = (slot == HELD);
#ifndef MUTANT_marked_slot_not_heeded_at_first
          /* @ native/waiting/lifeline_watch.cc: "return is_marked ? Sign::Death : Sign::None;" */
          if
          :: slot == DIED -> NoteLoss()
          :: else
          fi
#endif
       :: must_follow && seen != HELD -> follows = 0
       :: else
       fi;
       must_follow = 0
     };
     /* @ native/waiting/watch.cc: "bool is_new = std::exchange(has_news_of_death_, false);" */
     atomic {
       if
       :: must_tell ->
          d_step { must_tell = 0; must_report = 1 };
#ifndef MUTANT_loss_wakes_nobody
          /* @ native/waiting/watch.cc: "bell_.fetch_add(1, std::memory_order_release);" */
          was_woken[PARKED] = 1;
          /* @ native/waiting/watch.cc: "WakeAll(bell_);" */
          if
          :: waits_at_seq[PARKED] -> wake_up(PARKED)
          :: else
          fi;
#endif
#ifndef MUTANT_loss_not_told_to_openers
          TellOpeners()
#endif
       :: else
       fi
     };
#endif
     /* @ native/waiting/wait_thread.cc: "if (watch->HasNewLoss() || has_changed) queue_.Push(watch, WakeKind::Check);" */
     if
     :: must_report -> reported = 1
     :: else
     fi;
     d_step { must_report = 0; must_wake = 0; must_follow = 0 };
#ifdef MUTANT_lifeline_not_waited_for
     sleep_at_words(WAITER_THREAD, seen, false);
#else
     sleep_at_words(WAITER_THREAD, seen, follows);
#endif
#ifdef LIFELINE
     /* @ native/waiting/lifeline_watch.cc: "const SlotState state = peer_slot_.Check();" */
     atomic {
       if
       :: follows && slot != HELD ->
          follows = 0;
          /* @ native/waiting/lifeline_watch.cc: "return state == SlotState::Marked ? Sign::Death : Sign::Lost;" */
          if
#ifdef MUTANT_any_slot_taken_for_marked
          :: true -> NoteLoss()
#else
          :: slot == DIED -> NoteLoss()
          :: else
#endif
          fi
       :: else
       fi
     }
#endif
  od
}

inline Observe() {
  d_step { known = SEEN }
}

#ifdef RESUMABLE
/* A blocking call goes on without the peer; the event loop checks right after it. */
#define IS_GONE (known == ENDED)
#define WILL_CHECK reported
#else
#define IS_GONE (known >= ENDED)
#define WILL_CHECK false
#endif

/* The survivor's JavaScript thread: parks in a blocking call, or waits in its event loop. */
proctype Survivor() {
  byte ticket;
  bit must_wake;
  do
#ifndef NEVER_PARKS
  :: /* Blocks. Before each attempt a resumable channel checks which owner it waits for
        (lib/endpoint/endpoint.ts). */
#ifdef RESUMABLE
     Observe();
#endif
#ifdef MUTANT_ticket_drawn_after_check
     Observe();
     d_step { was_woken[PARKED] = 0; ticket = owner };
#else
     /* @ native/channel/endpoint.cc: "return {own_doorbell().seq.load(std::memory_order_acquire)," */
     was_woken[PARKED] = 0;
     /* @ native/channel/endpoint.cc: "peer_role().owner.load(std::memory_order_acquire)};" */
     ticket = owner;
     /* @ native/channel/ring_end.cc: "const Presence writer = Peer();" */
#ifdef RESUMABLE
     /* It checks only whether the stream is over. */
     if
     :: SEEN == ENDED -> known = ENDED
     :: else
     fi;
#else
     Observe();
#endif
#endif
     if
     :: IS_GONE -> break
     :: else
     fi;
     is_waiting = 1;
     /* @ native/channel/endpoint.cc: "void Endpoint::Park(const Ticket& ticket, int64_t timeout_ms) {" */
     sleep_at_words(PARKED, ticket, false);
     is_waiting = 0;
#ifndef MUTANT_parked_thread_does_not_wake_others
     /* @ native/channel/endpoint.cc: "if (IsVacant(ticket.peer) || peer_role().owner.load(std::memory_order_acquire) != ticket.peer) {" */
     d_step {
       must_wake = (owner != ticket);
#ifndef MUTANT_parked_thread_heeds_only_changes
       /* It may have been the only one to be woken for what the other thread has not seen yet. */
       must_wake = must_wake || ticket != HELD
#endif
     };
     if
     :: must_wake -> WakeAllAtOwner()
     :: else
     fi;
     must_wake = 0;
#endif
     ticket = 0
#endif
  :: /* Waits in its event loop. */
     is_waiting = 1;
     reported;
     is_waiting = 0;
     reported = 0;
     Observe();
     if
     :: IS_GONE -> break
     :: else
     fi
  od
}

/* An opener asks for the owner's locks, and checks its slot. */
#ifdef MUTANT_lifeline_not_asked_for
#define HOLDS(word) (word == HELD)
#else
/* @ native/waiting/death_watch.cc: "if (IsSlotMarked(directory, lifeline, slot)) return false;" */
/* @ native/waiting/death_watch.cc: "return IsLifelineHeld(directory, lifeline);" */
#define HOLDS(word) (word == HELD && slot != DIED && !is_dead)
#endif

/* Without a peer, a death is not reported: the opener tries again by itself. */
#ifdef ALONE
#define IS_NOT_REPORTED true
#else
#define IS_NOT_REPORTED false
#endif

/* --- an opener that found the role taken, and may be killed whenever it is not asleep */

/* @ native/channel/registry.cc: "wait->reset(new RoleWait(id, std::move(view), *thread));" */
proctype Opener() {
  do
  :: has_changed = 0;
#ifdef MUTANT_opener_waits_at_owner
     if
     :: owner == HELD -> waits_at_owner[WAITING_OPENER] = 1; !waits_at_owner[WAITING_OPENER]
     :: else
     fi;
#else
     if
     :: HOLDS(owner) ->
        atomic {
          if
          :: has_changed
          :: else -> waits_at_changes = 1
          fi
        };
        !waits_at_changes
     :: else
     fi;
#endif
     if
     :: !HOLDS(owner) -> break
     :: else
     fi
  :: break
  od
}

init {
  d_step { next[OTHER] = LIST_HEAD; next[THIS] = NOWHERE };
  atomic {
    run Owner();
    run Kernel();
#ifndef ALONE
    run WaiterThread();
    run Survivor();
#endif
#ifdef WIPED
    run Wiper();
#endif
#ifdef OPENER
    run Opener()
#endif
  };
  timeout ->
#if defined(BAD_FILE) || defined(LATE_THREADS)
  assert(!is_dead || (!HOLDS(owner) && !HOLDS(other_owner))); /* a dead owner holds a role for ever */
#else
  assert(!is_dead || (owner != HELD && other_owner != HELD)); /* the kernel has not marked a dead owner */
#endif
  assert(!is_waiting || known == TRUTH || WILL_CHECK); /* the survivor sleeps, and does not know that its peer has gone */
  assert(!waits_at_changes || HOLDS(owner) || (is_dead && IS_NOT_REPORTED)) /* an opener sleeps, and the role is free */
}
