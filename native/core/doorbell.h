// The doorbell: how one side asks to be woken, and how the other learns that it should. Only the
// words in shared memory and their order; the sleeping and waking itself is word_wait.h.
//
// The two sides run Dekker's handshake, each storing before it loads:
//
//     sleeper                              waker
//     wake_at  = position wanted           position = new value   (Producer::Publish,
//     sleeping = how        (seq_cst)        Consumer::Consume) (seq_cst)
//     load position         (seq_cst)      load sleeping          (seq_cst)
//
// All four accesses are in the single total order of sequentially consistent operations, so at
// least one side sees the other's store: either the sleeper finds the bytes and does not sleep, or
// the waker finds the sleeper and wakes it. No wake-up is lost, and while the peer is awake a waker
// makes no system call.
//
// The sleeper's thread waits on `seq` with the value it loaded before it set `sleeping`; a wake-up
// in between changes `seq`, and the system refuses the wait (word_wait.h).
#ifndef SMIPC_CORE_DOORBELL_H_
#define SMIPC_CORE_DOORBELL_H_

#include "layout.h"

namespace smipc {

// Sleeper: asks to be woken once the peer's position has reached `wake_at`. The caller must load
// that position (sequentially consistent) afterwards, and may sleep only if it is still below.
inline void Arm(Doorbell& bell, uint64_t wake_at, Sleep how) {
  // relaxed: `sleeping` publishes it; partner: the load in TakeWakeUp.
  bell.wake_at.store(wake_at, std::memory_order_relaxed);
  // partner: the load in TakeWakeUp
  bell.sleeping.store(static_cast<uint32_t>(how), std::memory_order_seq_cst);
}

// Sleeper: withdraws its request, having found what it wanted.
inline void Disarm(Doorbell& bell) {
  // relaxed: a waker that still sees the request wakes once too often, which does no harm: a
  // wake-up only means "check again".
  bell.sleeping.store(static_cast<uint32_t>(Sleep::Awake), std::memory_order_relaxed);
}

// Waker: does the peer sleep here, or is it about to? seq_cst: two sides that both Arm, each at its
// own doorbell, and then ask this of the other's, cannot miss each other; partner: the store in
// Arm.
inline bool IsArmed(const Doorbell& bell) {
  return bell.sleeping.load(std::memory_order_seq_cst) != static_cast<uint32_t>(Sleep::Awake);
}

// Sleeper: has the peer taken the request that was left here? Only a hint, hence relaxed; whoever
// must know for certain loads `seq`, or reads its bell.
inline bool HasBeenWoken(const Doorbell& bell) {
  return bell.sleeping.load(std::memory_order_relaxed) == static_cast<uint32_t>(Sleep::Awake);
}

// Waker, after it has stored `position` (sequentially consistent): takes the sleeper's request, and
// changes `seq`. Returns where the caller must wake the sleeper; Awake: there is no one to wake. A
// number that only a hostile peer stores in `sleeping` counts as AtFutex.
inline Sleep TakeWakeUp(Doorbell& bell, uint64_t position) {
  constexpr auto kAwake = static_cast<uint32_t>(Sleep::Awake);
  if (!IsArmed(bell)) return Sleep::Awake;
  if (position < bell.wake_at.load(std::memory_order_relaxed)) return Sleep::Awake;  // see Arm
  // acquire: the request that is taken may be that of a later owner than the one seen above, which
  // has stored where it is to be woken; partner: the store in Arm.
  const uint32_t how = bell.sleeping.exchange(kAwake, std::memory_order_acquire);
  if (how == kAwake) return Sleep::Awake;
  // release: a thread that sees the new `seq` sees the position too; partner: Watch::Check
  // (watch.cc).
  bell.seq.fetch_add(1, std::memory_order_release);
  return how == static_cast<uint32_t>(Sleep::AtBell) ? Sleep::AtBell : Sleep::AtFutex;
}

// Waker that takes or leaves its role: the peer must hear of that, no matter what position it waits
// for. The caller wakes it at `seq`.
inline void ForceWakeUp(Doorbell& bell) {
  Disarm(bell);
  bell.seq.fetch_add(1, std::memory_order_release);  // partner: Watch::Check (watch.cc)
}

}  // namespace smipc

#endif  // SMIPC_CORE_DOORBELL_H_
