/*
 * Shared memory as a weakly ordered processor shows it: what the models that depend on memory order
 * include. The includer defines WORDS (how many shared words), BUFFER (the most stores that one
 * side can have on their way) and SIDES.
 *
 * Each side has a buffer of stores that the other does not see yet. They leave it in any order,
 * except
 *
 * - two stores to the same word, which stay in order (coherence),
 * - a release store, which waits for every store before it.
 *
 * A load finds the side's own newest store, or else memory. A sequentially consistent load also
 * waits until the side's sequentially consistent stores have left the buffer; nothing else does.
 * That is what ARMv8 makes of C++ (stlr, then ldar; ldapr or a plain str or ldr otherwise), the
 * weakest that the package is built for. x86 is stricter twice over: stores leave in order, and a
 * sequentially consistent store (xchg) waits for the buffer itself. So what cannot go wrong here
 * cannot go wrong there.
 *
 * An exchange or addition acts on memory at once; it waits for the side's own stores to that word
 * and, if it releases, for all of them. A futex call is a full barrier: the kernel has one before
 * it checks for waiters, and checks the value of a word that is waited for under a lock.
 *
 * Loads are made in program order. Where a missing acquire would let a later load overtake an
 * earlier one, the mutant makes them in that order.
 */

#define RELAXED 0
#define RELEASE 1
#define SEQ_CST 2

typedef StoreBuffer {
  byte count;
  byte word[BUFFER];
  byte value[BUFFER];
  byte order[BUFFER];
}

byte memory[WORDS];
StoreBuffer stores[SIDES];

/* A side whose buffer is full waits, as a processor does. */
inline store(side, w, v, how) {
  d_step {
    stores[side].count < BUFFER;
    stores[side].word[stores[side].count] = w;
    stores[side].value[stores[side].count] = v;
    stores[side].order[stores[side].count] = how;
    stores[side].count++
  }
}

/* The newest own store to the word, or memory: BUFFER is at most 4. */
#define own(side, i, w) (i < stores[side].count && stores[side].word[i] == w)
#if BUFFER == 4
#define seen(side, w) \
  (own(side, 3, w) -> stores[side].value[3] : \
  (own(side, 2, w) -> stores[side].value[2] : \
  (own(side, 1, w) -> stores[side].value[1] : \
  (own(side, 0, w) -> stores[side].value[0] : memory[w]))))
#define none(side, what) (!what(side, 0) && !what(side, 1) && !what(side, 2) && !what(side, 3))
#else
#define seen(side, w) \
  (own(side, 2, w) -> stores[side].value[2] : \
  (own(side, 1, w) -> stores[side].value[1] : \
  (own(side, 0, w) -> stores[side].value[0] : memory[w])))
#define none(side, what) (!what(side, 0) && !what(side, 1) && !what(side, 2))
#endif

#define is_seq_cst(side, i) (i < stores[side].count && stores[side].order[i] == SEQ_CST)

#define settled(side) (stores[side].count == 0)
#define seq_cst_settled(side) none(side, is_seq_cst)

/* Loads: `load` is relaxed or acquire. */
inline load(side, w, target) { target = seen(side, w) }
inline load_seq_cst(side, w, target) {
  atomic { seq_cst_settled(side) -> target = seen(side, w) }
}

/* Read-modify-write: the side has no store to the word on its way. */
#define to_word(side, w) \
  (own(side, 0, w) || own(side, 1, w) || own(side, 2, w) || (BUFFER == 4 && own(side, BUFFER - 1, w)))
inline exchange(side, w, v, old) {
  atomic { !to_word(side, w) -> old = memory[w]; memory[w] = v }
}

/* Entry i of a buffer reaches memory. */
inline leave_buffer(side, i) {
  d_step {
    memory[stores[side].word[i]] = stores[side].value[i];
    stores[side].count--;
    j = i;
    do
    :: j < stores[side].count ->
       stores[side].word[j] = stores[side].word[j + 1];
       stores[side].value[j] = stores[side].value[j + 1];
       stores[side].order[j] = stores[side].order[j + 1];
       j++
    :: else -> break
    od;
    /* Unused entries are always the same, or one state would count as many. */
    stores[side].word[j] = 0;
    stores[side].value[j] = 0;
    stores[side].order[j] = 0;
    j = 0
  }
}

#define may_overtake(side, i) (i < stores[side].count && stores[side].order[i] == RELAXED)
#define other_word(side, i, k) (stores[side].word[i] != stores[side].word[k])

proctype Processor(byte side) {
  byte j;
end:
  do
  :: stores[side].count > 0 -> leave_buffer(side, 0)
  :: may_overtake(side, 1) && other_word(side, 1, 0) -> leave_buffer(side, 1)
  :: may_overtake(side, 2) && other_word(side, 2, 0) && other_word(side, 2, 1) ->
     leave_buffer(side, 2)
#if BUFFER == 4
  :: may_overtake(side, 3) && other_word(side, 3, 0) && other_word(side, 3, 1) &&
     other_word(side, 3, 2) -> leave_buffer(side, 3)
#endif
  od
}
