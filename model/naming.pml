/*
 * Names, and who may enter: any number of segments under one name, openers of both roles, of which
 * each may die at any step.
 *
 * Covered: the directory's lock, making and naming a segment, admission (admission.h), taking a
 * role, replacing, leaving, removing the name (opening.cc, role_holder.cc), and sweeping it
 * away (sweep.cc).
 *
 * Abstracted:
 * - Each process opens the name once, as writer or reader, writes or reads one byte at most, and
 *   ends, leaves or dies. Processes that die are gone at once, and their locks and roles with them
 *   (role.pml, takeover.pml).
 * - A segment is made by one process alone; what it lacks until it is complete is one flag.
 *
 * Checked: an opener never finds a segment that is not complete or has had no owner; a role has one
 * owner at a time, and without -DRESUMABLE one in all; no stream is replaced or removed that may
 * still be wanted; at last, a name that is left is of use, or the next opener can replace it.
 *
 * verify: -DWRITERS=2
 * verify: -DWRITERS=1
 * verify: -DWRITERS=2 -DRESUMABLE
 * verify: -DWRITERS=1 -DRESUMABLE
 * verify: -DWRITERS=1 -DPROCESSES=2 -DSWEEP
 * verify: -DWRITERS=1 -DPROCESSES=2 -DRESUMABLE -DSWEEP
 * verify: -DWRITERS=2 -DRESUMABLE -DSWEEP -DNOBODY_DIES
 * mutant end_not_noted: -DRESUMABLE
 * mutant end_not_heeded: -DRESUMABLE
 * mutant sweeper_looks_once: -DRESUMABLE -DSWEEP
 * mutant sweeper_asks_no_name: -DPROCESSES=2 -DSWEEP
 */
#ifndef PROCESSES
#define PROCESSES 3 /* the writers first */
#endif
#define SEGMENTS PROCESSES /* each may make one */
#define SWEEPER PROCESSES
#define NOBODY 255
#define NO_NAME 255

#define NEVER 0
#define OPEN 1
#define ENDED 2
#define LEFT 3
#define DIED 4

#define WRITER 0
#define READER 1

typedef Segment {
  bit is_complete;
  byte owner[2]; /* 0: free; a process's number and 1 */
  byte state[2];
  byte taken[2]; /* ghost: how often */
  bit head;
  bit tail;
  bit is_over;   /* ghost: a reader has read to the end */
}
Segment segments[SEGMENTS];
byte name = NO_NAME;
byte made;
byte directory_lock = NOBODY;
bit is_gone[PROCESSES];

#define S segments[at]
/* @ native/core/role_state.cc: "Presence Observe(const RoleRecord& record, bool is_writer) {" */
#define PRESENCE(r) \
  (S.state[r] == ENDED || S.state[r] == LEFT -> S.state[r] : \
  (S.owner[r] == 0 -> NEVER : (is_gone[S.owner[r] - 1] -> DIED : OPEN)))
#define HAS_LEFT(p) ((p) > OPEN)
#define IS_BROKEN(p) ((p) == LEFT || (p) == DIED)

/* A stream that may still be wanted, so that its name must not be taken away. */
#ifdef RESUMABLE
#define IS_WANTED (!S.is_over && (S.head || S.state[WRITER] == ENDED))
#else
#define IS_WANTED (S.taken[READER] == 0 && (S.state[WRITER] == ENDED || S.head))
#endif
#define IS_IN_USE(r) (S.owner[r] != 0 && !is_gone[S.owner[r] - 1] && S.state[r] == OPEN)

/* @ native/channel/opening.cc: "const Admission admission = request_.is_writer ? AdmitWriter(scene) : AdmitReader(scene);" */
#define TAKE 0
#define REPLACE 1
#define REFUSE 2
inline Admit() {
  d_step {
    writer = PRESENCE(WRITER);
    reader = PRESENCE(READER);
    if
    :: role == WRITER && writer == OPEN -> admission = REFUSE
    :: role == READER && reader == OPEN -> admission = REFUSE
#ifdef RESUMABLE
    /* @ native/core/admission.h: "return IsOver(scene) || (scene.published == 0 && scene.writer != Presence::Ended);" */
    :: writer != OPEN && reader != OPEN && writer != ENDED && !S.head -> admission = REPLACE
    /* @ native/core/admission.h: "if (scene.writer != Presence::Ended) return Admission::Take;" */
    :: role == WRITER && writer != OPEN && writer != ENDED && (S.head || reader == OPEN) ->
       admission = TAKE
    /* @ native/core/admission.h: "return IsOver(scene) ? Admission::Replace : Admission::Undrained;" */
#ifdef MUTANT_end_not_heeded
    :: role == WRITER && writer == ENDED -> admission = REPLACE
#else
    :: role == WRITER && writer == ENDED -> admission = (reader == ENDED -> REPLACE : REFUSE)
#endif
    /* @ native/core/admission.h: "if (scene.is_resumable) return IsOver(scene) ? Admission::Replace : Admission::Take;" */
    :: role == READER && reader != OPEN && (S.head || writer == OPEN || writer == ENDED) ->
       admission = (reader == ENDED -> REPLACE : TAKE)
#else
    /* @ native/core/admission.h: "return HasLeft(scene.reader) ? Admission::Replace : Admission::Take;" */
    :: role == WRITER && writer == NEVER -> admission = (HAS_LEFT(reader) -> REPLACE : TAKE)
    /* @ native/core/admission.h: "const bool is_awaited = scene.writer == Presence::Ended && scene.reader == Presence::Absent;" */
    :: role == WRITER && HAS_LEFT(writer) ->
       admission = (writer == ENDED && reader == NEVER -> REFUSE : REPLACE)
    /* @ native/core/admission.h: "if (HasLeft(scene.reader) || IsBrokenAndEmpty(scene)) return Admission::Replace;" */
    :: role == READER && reader != OPEN ->
       admission = (HAS_LEFT(reader) || (IS_BROKEN(writer) && !S.head) -> REPLACE : TAKE)
#endif
    fi;
    writer = 0;
    reader = 0
  }
}

/* @ native/core/admission.h: "inline bool IsSpent(const Scene& scene) {" */
#ifdef RESUMABLE
#define IS_SPENT_AS(writer, reader) \
  ((writer) != OPEN && (reader) != OPEN && \
   ((reader) == ENDED || (!S.head && (writer) != ENDED)))
#else
#define IS_SPENT_AS(writer, reader) \
  ((writer) != OPEN && (reader) != OPEN && \
   (HAS_LEFT(reader) || !HAS_LEFT(writer) || (IS_BROKEN(writer) && !S.head)))
#endif
#define IS_SPENT IS_SPENT_AS(PRESENCE(WRITER), PRESENCE(READER))

inline Lock() {
#ifdef MUTANT_lock_not_held
  skip
#else
  atomic { directory_lock == NOBODY -> directory_lock = me }
#endif
}
inline Unlock() {
  atomic {
    if
    :: directory_lock == me -> directory_lock = NOBODY
    :: else
    fi
  }
}

/* @ native/core/role_claim.cc: "Result RoleClaim::Take(const RoleSite& site, const RoleEntry& entry) {" */
inline Claim() {
  atomic {
#ifdef RESUMABLE
    /* An owner that is still leaving, or dying, has the role's lock: takeover.pml. */
    S.owner[role] == 0 || is_gone[S.owner[role] - 1];
#endif
    assert(!IS_IN_USE(role)); /* a role has two owners */
#ifndef RESUMABLE
    assert(S.taken[role] == 0); /* a role is taken twice */
#endif
    S.owner[role] = me + 1;
    S.taken[role]++
  };
  S.state[role] = OPEN
}

/* A writer does not wait for the reader of a stream that broke off. */
#ifdef RESUMABLE
#define IS_BROKEN_FOR(r) false
#else
#define IS_BROKEN_FOR(r) (r == WRITER && S.state[WRITER] != ENDED)
#endif

/* @ native/channel/opening.cc: "directory_.RemoveName(request_.name.c_str());" */
inline RemoveName() {
  atomic {
    assert(name == at); /* another segment's name is removed */
    assert(!IS_IN_USE(READER) || !IS_IN_USE(WRITER)); /* the name is taken from two that use it */
    assert(!IS_WANTED || IS_BROKEN_FOR(role)); /* a stream is removed that may still be wanted */
    name = NO_NAME
  }
}
proctype Process(byte me) {
  byte role, at, old = NO_NAME, admission, writer, reader;
  {
    role = (me < WRITERS -> WRITER : READER);
    Lock();
    /* @ native/channel/opening.cc: "const Result attached = found->segment->Attach(directory_, request_.name.c_str());" */
    at = name;
    if
    :: at == NO_NAME -> admission = REPLACE; old = NO_NAME
    :: else ->
       assert(S.is_complete); /* a half-made segment is found */
       assert(S.taken[WRITER] + S.taken[READER] > 0); /* a segment without its maker is found */
       Admit();
       old = at
    fi;
    if
    :: admission == REFUSE -> Unlock(); goto done
    :: admission == TAKE -> Claim()
    :: admission == REPLACE ->
       /* It is made before the lock is taken; no other process knows of it. */
       /* @ native/channel/opening.cc: "const Result made = segment->Create(directory_, spec);" */
       atomic { at = made; made++ };
#ifdef MUTANT_named_before_complete
       if :: old == NO_NAME -> name = at :: else fi;
#endif
       S.is_complete = 1;
#ifdef MUTANT_named_before_claimed
       if :: old == NO_NAME -> name = at :: else fi;
#endif
       /* @ native/channel/opening.cc: "Result done = fresh_->Claim(*thread_, directory_.place());" */
       Claim();
       if
       :: old != NO_NAME -> d_step { admission = at; at = old }; RemoveName(); d_step { at = admission; admission = REPLACE }
       :: else
       fi;
       /* @ native/channel/opening.cc: "done = fresh_->Name(directory_);" */
       atomic {
#if !defined(MUTANT_named_before_complete) && !defined(MUTANT_named_before_claimed)
         assert(name == NO_NAME); /* two segments want the name */
#endif
         name = at
       }
    fi;
    Unlock();
    if
    :: role == WRITER ->
       if
       :: S.head = 1
       :: skip
       fi;
       if
       :: S.state[WRITER] = ENDED
       :: skip
       fi
    :: else ->
       /* Reads what there is; and, if it is the end, notes that it has read to the end. */
       if
       :: S.head -> S.tail = 1
       :: skip
       fi;
#ifdef RESUMABLE
       if
       :: S.state[WRITER] == ENDED && S.head == S.tail ->
#ifdef MUTANT_end_not_noted
          S.is_over = 1
#else
          /* @ native/channel/ring_end.cc: "if (writer == Presence::Ended) NoteEnd();" */
          atomic { S.state[READER] = ENDED; S.is_over = 1 }
#endif
       :: skip
       fi
#endif
    fi;
    /* @ native/channel/role_holder.cc: "claim_.Leave(is_writer_ ? RoleState::Aborted : RoleState::Closed);" */
    if
    :: S.state[role] == OPEN -> S.state[role] = LEFT
    :: else
    fi;
    S.owner[role] = 0;
    /* @ native/channel/role_holder.cc: "bool RoleHolder::RemoveNameIfSpent(bool may_wait) {" */
    Lock();
    if
#ifdef MUTANT_whose_name_not_asked
    :: name != NO_NAME && IS_SPENT -> RemoveName()
#else
    /* @ native/channel/role_holder.cc: "if (!segment_->IsNamed(directory, name_.c_str())) return true;" */
    :: name == at && IS_SPENT -> RemoveName()
#endif
    :: else
    fi;
    Unlock()
  } unless { is_gone[me] };
done:
  skip
}

#ifdef SWEEP
/* Somebody who comes across the name: it looks without the lock, one role after the other, and judges
   again under the lock. If it is killed there, the lock is dropped, and all is as it was. */
inline Look() {
  writer = PRESENCE(WRITER);
  reader = PRESENCE(READER)
}
inline SweepAway() {
  assert(!IS_IN_USE(READER) && !IS_IN_USE(WRITER)); /* a channel is swept away that is held */
  RemoveName()
}
proctype Sweeper() {
  byte me = SWEEPER, role = READER /* it may not even break a stream off */, at, writer, reader;
  at = name;
  if
  :: at == NO_NAME -> goto done
  :: else
  fi;
  Look();
  if
  :: IS_SPENT_AS(writer, reader)
  :: else -> goto done
  fi;
  Lock();
#ifndef MUTANT_sweeper_looks_once
  Look();
#endif
  if
#ifdef MUTANT_sweeper_asks_no_name
  :: name != NO_NAME && IS_SPENT_AS(writer, reader) -> SweepAway()
#else
  /* @ native/channel/sweep.cc: "if (!view.IsNamed(directory, name)) return Result(Status::NotFound);" */
  /* @ native/channel/sweep.cc: "if (done.ok()) done = directory.RemoveName(name);" */
  :: name == at && IS_SPENT_AS(writer, reader) -> SweepAway()
#endif
  :: skip
  fi;
  Unlock();
done:
  skip
}

#endif
/* Kills one of them, at any step. */
proctype Kernel() {
  byte me;
end:
  do
  :: me < PROCESSES ->
     if
     :: atomic {
          is_gone[me] = 1;
          if
          :: directory_lock == me -> directory_lock = NOBODY
          :: else
          fi
        };
        break
     :: me++
     fi
  :: else -> break
  od
}

init {
  byte me, at;
  atomic {
    do
    :: me < PROCESSES -> run Process(me); me++
    :: else -> break
    od;
#ifdef SWEEP
    run Sweeper();
#endif
#ifndef NOBODY_DIES /* so that a search with three and a sweeper ends soon */
    run Kernel()
#endif
  };
  timeout ->
  assert(directory_lock == NOBODY || is_gone[directory_lock]); /* the lock is held for ever */
  at = name;
  if
  :: at == NO_NAME
  :: else ->
     /* All have gone: the next writer gets in, or the stream waits for a reader, who gets in. */
     assert(!IS_IN_USE(WRITER) && !IS_IN_USE(READER)); /* a role is stuck */
     assert(PRESENCE(WRITER) != ENDED || PRESENCE(READER) == ENDED || !S.is_over) /* a stream waits for a reader, and was read to its end */
  fi
}
