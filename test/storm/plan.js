// What happens in one round of the storm. All of it follows from the round's seed, but for the moment
// at which the victim is really hit.
import { random } from '../fixtures/data/pattern.js';

/**
 * Who dies of what. `signal`: sent to the process; its peer sees a death. The others leave by way of
 * JavaScript, and their peer sees them go.
 *
 * @typedef {'SIGKILL' | 'SIGSEGV' | 'SIGABRT'} DeadlySignal
 * @typedef {DeadlySignal | 'exit' | 'exception' | 'terminate'} Cause
 */

/**
 * @typedef {object} Plan
 * @property {number} seed
 * @property {'writer' | 'reader'} victim the role of those who die; the other end is the survivor's
 * @property {Cause} cause
 * @property {boolean} isStopped whether it is stopped (SIGSTOP) before
 * @property {boolean} inThread whether the victim's end is in a worker thread of its process
 * @property {number} delayMs from the victim's order to its death
 * @property {number} capacity
 * @property {'bytes' | 'messages' | 'objects'} framing
 * @property {number} largest the largest chunk or message, in bytes
 * @property {'stream' | 'channel' | 'sync' | 'web'} victimApi
 * @property {'stream' | 'channel' | 'web'} survivorApi
 * @property {'steady' | 'idle' | 'huge'} work what the victim does: goes on and on; stops after `quota`
 *   bytes and stays; or, a writer, writes many rings' worth at once
 * @property {number} quota bytes after which an idle victim, or a survivor that pauses, stops
 * @property {'keeps up' | 'pauses' | 'comes late'} survivor
 * @property {boolean} resume
 * @property {boolean} acknowledge
 * @property {number} deaths how many victims die, one after the other; more than one with `resume`
 */

const kCapacities = [4096, 16_384, 65_536, 1_048_576];
/** @type {readonly Cause[]} */
const kCauses = ['SIGKILL', 'SIGKILL', 'SIGSEGV', 'SIGABRT', 'exit', 'exception', 'terminate'];

/** @param {number} seed @returns {Plan} */
export function planRound(seed) {
  const draw = drawFrom(seed);
  const { oneOf, chance, between, below } = draw;
  const victim = oneOf(/** @type {const} */ (['writer', 'reader']));
  const capacity = oneOf(kCapacities);
  const framing = oneOf(/** @type {const} */ (['bytes', 'bytes', 'messages', 'objects']));
  const resume = chance(35);
  const isBytes = framing === 'bytes';
  const cause = oneOf(kCauses);
  const apis = isBytes ? drawApis(draw, cause, resume) : kMessageApis;
  const isHuge = victim === 'writer' && isBytes && chance(25);
  // A resumable channel takes whole messages only.
  const most = resume && !isBytes ? Math.floor(capacity / 2) : 3 * capacity;
  return {
    seed,
    victim,
    cause,
    isStopped: cause !== 'terminate' && chance(20),
    inThread: cause === 'terminate' || chance(20),
    delayMs: chance(25) ? 0 : between(0, 25),
    capacity,
    framing,
    largest: Math.max(1, Math.min(most, oneOf([1, 100, 1000, 10_000, 100_000]))),
    ...apis,
    work: isHuge ? 'huge' : oneOf(/** @type {const} */ (['steady', 'steady', 'idle'])),
    quota: below(3 * capacity),
    survivor: oneOf(/** @type {const} */ (['keeps up', 'keeps up', 'pauses', 'comes late'])),
    resume,
    acknowledge: resume && !isBytes && chance(50),
    deaths: resume ? between(1, 4) : 1,
  };
}

/** @param {number} seed */
function drawFrom(seed) {
  const { below, between } = random(seed);
  return {
    below,
    between,
    /** @template T @param {readonly T[]} values @returns {T} */
    oneOf: (values) => /** @type {T} */ (values[below(values.length)]),
    chance: (/** @type {number} */ percent) => below(100) < percent,
  };
}

/** @type {Pick<Plan, 'victimApi' | 'survivorApi'>} */
const kMessageApis = { victimApi: 'stream', survivorApi: 'stream' };

/**
 * @param {ReturnType<typeof drawFrom>} draw @param {Cause} cause @param {boolean} resume
 * @returns {Pick<Plan, 'victimApi' | 'survivorApi'>}
 */
function drawApis({ oneOf }, cause, resume) {
  // What ends a thread or a process by way of JavaScript does not happen while it is blocked.
  const blocking = cause.startsWith('SIG') ? 'sync' : 'stream';
  // A web stream does not tell its position: it cannot take a role over, and know where it is.
  const web = resume ? 'channel' : 'web';
  return {
    victimApi: oneOf(/** @type {const} */ (['stream', 'channel', blocking, web])),
    survivorApi: oneOf(/** @type {const} */ (['stream', 'stream', 'channel', 'web'])),
  };
}

/** How the peer sees a victim of this cause leave. @param {Plan} plan */
export function expectedPeer({ cause, victim }) {
  if (cause.startsWith('SIG')) return 'died';
  return victim === 'writer' ? 'aborted' : 'closed';
}
