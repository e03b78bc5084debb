// The doorbell: how one side asks to be woken, and how the other learns that it should. Only the
// words in shared memory and their order; the sleeping and waking itself is futex.h.
//
// The two sides run Dekker's handshake, each storing before it looks:
//
//     sleeper                              ringer
//     wake_at  = position wanted           position = new value   (Producer::Publish,
//     sleeping = how        (seq_cst)        Consumer::Consume) (seq_cst)
//     look at position      (seq_cst)      look at sleeping       (seq_cst)
//
// All four accesses are in the single total order of sequentially consistent operations, so at
// least one side sees the other's store: either the sleeper finds the bytes and does not sleep, or
// the ringer finds the sleeper and rings. No ring is lost, and while nobody sleeps a ringer makes
// no system call.
//
// The sleeper's thread waits on `seq` with the value it knew before it set `sleeping`; a ring in
// between changes `seq`, and the kernel refuses the wait (futex(2), FUTEX_WAIT).
#ifndef SMIPC_CORE_DOORBELL_H_
#define SMIPC_CORE_DOORBELL_H_

#include "layout.h"

namespace smipc {

// Sleeper: asks to be rung once the other side's position has reached `wake_at`. The caller must
// look at that position (sequentially consistent) afterwards, and may sleep only if it is not
// there.
inline void Arm(Doorbell& bell, uint64_t wake_at, Sleep how) {
  // relaxed: `sleeping` publishes it; partner: the load in TakeRing.
  bell.wake_at.store(wake_at, std::memory_order_relaxed);
  // partner: the load in TakeRing
  bell.sleeping.store(static_cast<uint32_t>(how), std::memory_order_seq_cst);
}

// Sleeper: takes the wish back, having found what it wanted.
inline void Disarm(Doorbell& bell) {
  // relaxed: a ringer that still sees the wish rings once too often, and every ring only means
  // "look".
  bell.sleeping.store(static_cast<uint32_t>(Sleep::Awake), std::memory_order_relaxed);
}

// The other side: does somebody sleep here, or is about to? seq_cst: two sides that both Arm, each
// at its own doorbell, and then look here, cannot miss each other; partner: the store in Arm.
inline bool IsArmed(const Doorbell& bell) {
  return bell.sleeping.load(std::memory_order_seq_cst) != static_cast<uint32_t>(Sleep::Awake);
}

// Sleeper: has somebody taken the wish that was left here? Only a hint, hence relaxed; what follows
// from a ring is learnt from `seq`, or at the bell.
inline bool HasBeenRung(const Doorbell& bell) {
  return bell.sleeping.load(std::memory_order_relaxed) == static_cast<uint32_t>(Sleep::Awake);
}

// Ringer, after it has stored `position` (sequentially consistent): where is the sleeper to be
// woken? The wish is taken, and `seq` has changed; the caller rings. Awake: nobody is to be woken.
// Whatever number a hostile peer leaves there is rung at the futex.
inline Sleep TakeRing(Doorbell& bell, uint64_t position) {
  constexpr auto kAwake = static_cast<uint32_t>(Sleep::Awake);
  if (!IsArmed(bell)) return Sleep::Awake;
  if (position < bell.wake_at.load(std::memory_order_relaxed)) return Sleep::Awake;  // see Arm
  // acquire: what is taken may be the wish of another owner than the one seen above, who has stored
  // where it is to be rung; partner: the store in Arm.
  const uint32_t how = bell.sleeping.exchange(kAwake, std::memory_order_acquire);
  if (how == kAwake) return Sleep::Awake;
  // release: whoever sees the new `seq` sees the position too; partner: Watch::Look
  // (wait_thread.cc).
  bell.seq.fetch_add(1, std::memory_order_release);
  return how == static_cast<uint32_t>(Sleep::AtBell) ? Sleep::AtBell : Sleep::AtFutex;
}

// Ringer: has left or has come, which the sleeper must hear whatever it waits for.
inline void RingAlways(Doorbell& bell) {
  Disarm(bell);
  bell.seq.fetch_add(1, std::memory_order_release);  // partner: Watch::Look (wait_thread.cc)
}

}  // namespace smipc

#endif  // SMIPC_CORE_DOORBELL_H_
