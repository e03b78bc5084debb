// What happens in one round of the storm of sockets. All of it follows from the round's seed, but for
// the moments at which processes are really hit.
import { random } from '../../fixtures/data/pattern.js';

/**
 * What happens to a process. `SIGSTOP`: for a while. `terminate`: the worker thread in which its end
 * of things is. `close`: the server stops listening; `relisten`: and another one of the same process
 * takes the name at once.
 *
 * @typedef {'SIGKILL' | 'SIGSTOP' | 'exit' | 'exception' | 'terminate' | 'close' | 'relisten'} Blow
 */

/**
 * @typedef {object} Hit
 * @property {'server' | number} target the server, or the client of that index
 * @property {Blow} blow
 * @property {number} delayMs from the first connection to it
 * @property {number} stoppedMs how long a process is stopped
 */

/**
 * @typedef {object} ClientPlan
 * @property {boolean} inThread
 * @property {number | { read: number, write: number }} capacity
 * @property {number} connections how many it makes, one after the other in each chain
 * @property {number} chains how many there are at the same time
 * @property {boolean} waits connects with `wait`
 */

/**
 * @typedef {object} SocketPlan
 * @property {number} seed
 * @property {'bytes' | 'messages' | 'objects'} framing
 * @property {number} largest the largest chunk or message, in bytes
 * @property {boolean} serverInThread
 * @property {boolean} isRestarted a server that dies is followed by another one
 * @property {boolean} fillsSession whether clients fill a session when all is over, slot by slot
 * @property {boolean} looksForLeaks whether survivors look at what they have kept, before they end
 * @property {ClientPlan[]} clients
 * @property {Hit[]} hits
 */

const kCapacities = [4096, 4096, 16_384, 65_536, 262_144];
/** @type {readonly Blow[]} */
const kBlows = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGSTOP', 'exit', 'exception', 'terminate'];
/** @type {readonly Blow[]} */
const kServerBlows = [...kBlows, 'close', 'relisten', 'relisten'];
/** Of all connections of a round, in bytes and each way: what a round may cost. */
const kMostBytes = 30_000_000;
const kMostSteps = 6;

/** @param {number} seed @returns {SocketPlan} */
export function planSocketRound(seed) {
  const { below, between } = random(seed ^ 0x50c4e75);
  /** @template T @param {readonly T[]} values @returns {T} */
  const oneOf = (values) => /** @type {T} */ (values[below(values.length)]);
  const chance = (/** @type {number} */ percent) => below(100) < percent;

  const total = between(1, oneOf([1, 10, 40, 40, 120, 300]));
  const clientCount = Math.min(total, oneOf([1, 1, 2, 2, 3, 4, 6]));
  const most = kMostBytes / (total * kMostSteps);
  const clients = Array.from({ length: clientCount }, (_, index) => {
    const connections = Math.floor((total + index) / clientCount);
    const capacity = oneOf(kCapacities);
    return {
      inThread: chance(30),
      capacity: chance(20) ? { read: capacity, write: oneOf(kCapacities) } : capacity,
      connections,
      chains: Math.min(connections, between(1, oneOf([1, 4, 16, 64]))),
      waits: chance(30),
    };
  });
  const serverInThread = chance(30);
  const hits = Array.from({ length: oneOf([0, 1, 1, 1, 1, 2, 3]) }, () => {
    const isServer = chance(45);
    const target = isServer ? /** @type {const} */ ('server') : below(clientCount);
    const blow = oneOf(isServer ? kServerBlows : kBlows);
    const inThread = target === 'server' ? serverInThread : clients[target]?.inThread === true;
    return {
      target,
      // Only a thread can be terminated.
      blow: blow === 'terminate' && !inThread ? /** @type {const} */ ('SIGKILL') : blow,
      delayMs: chance(20) ? 0 : between(0, 60),
      stoppedMs: between(1, 40),
    };
  });
  return {
    seed,
    framing: oneOf(/** @type {const} */ (['bytes', 'bytes', 'bytes', 'messages', 'objects'])),
    largest: Math.max(1, Math.min(most, oneOf([1, 100, 5000, 50_000, 400_000]))) | 0,
    serverInThread,
    isRestarted: chance(60),
    fillsSession: chance(30),
    looksForLeaks: chance(25),
    clients,
    hits: oneDeathEach(hits),
  };
}

/** Who has died cannot be hit again. @param {Hit[]} hits */
function oneDeathEach(hits) {
  const inOrder = [...hits].sort((a, b) => a.delayMs - b.delayMs);
  const dead = new Set();
  return inOrder.filter(({ target, blow }) => {
    if (dead.has(target)) return false;
    if (isDeath(blow)) dead.add(target);
    return true;
  });
}

/** @param {Blow} blow */
export function isDeath(blow) {
  return blow !== 'SIGSTOP' && blow !== 'close' && blow !== 'relisten';
}

/**
 * The script of one side of a connection: what it writes, when it does not read, and how it leaves.
 *
 * @typedef {{ do: 'write', size: number } | { do: 'wait' | 'pause', ms: number }} Step
 * @typedef {'end' | 'await' | 'destroy' | 'error' | 'reset'} Finish
 * @typedef {object} Script
 * @property {Step[]} steps
 * @property {Finish} finish `await`: end when the peer has; servers only
 * @property {boolean} allowHalfOpen a client's
 */

/** @param {SocketPlan} plan @param {number} id @param {boolean} isClient @returns {Script} */
export function planScript({ seed, largest }, id, isClient) {
  const { below, between } = random(seed ^ Math.imul(2 * id + Number(isClient), 0x9e3779b1));
  /** @returns {Step} */
  const step = () => {
    const choice = below(10);
    if (choice < 7) return { do: 'write', size: between(1, largest) };
    return { do: choice < 9 ? 'wait' : 'pause', ms: between(0, 8) };
  };
  /** @type {Finish[]} */
  const finishes = ['end', 'end', 'end', 'end', 'destroy', 'destroy', 'error', 'reset'];
  if (!isClient) finishes.push('await', 'await', 'await', 'await');
  return {
    steps: Array.from({ length: below(kMostSteps + 1) }, step),
    finish: /** @type {Finish} */ (finishes[below(finishes.length)]),
    allowHalfOpen: below(2) === 0,
  };
}

/** A server's sockets have one setting for all. @param {SocketPlan} plan */
export function serverAllowsHalfOpen({ seed }) {
  return seed % 2 === 0;
}
