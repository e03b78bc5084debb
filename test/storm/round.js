// One round: one or more victims die at one end of a channel, and a survivor is at the other.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'smipc';
import { until } from '../fixtures/timing/until.js';
import { countBefore } from './content.js';
import { startReader, startWriter } from './ends.js';
import { expectedPeer } from './plan.js';

/** @typedef {import('./plan.js').Plan} Plan */
/** @typedef {import('./ends.js').Site} Site */

/** Longer than anything takes: who needs more hangs. */
const kHangsMs = 60_000;
/** How long a stopped victim stays so. */
const kStoppedMs = 3;

/** @template T @param {Promise<T>} promise @param {string} what @returns {Promise<T>} */
async function inTime(promise, what) {
  const timer = new AbortController();
  const late = setTimeout(kHangsMs, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`hangs: ${what}`);
    },
    () => /** @type {never} */ (undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Holds the survivor up at a point, until it is let go. */
class Gate {
  #isOpen = false;
  /** @type {() => void} */
  #open = () => {};
  #opened = new Promise((resolve) => {
    this.#open = () => resolve(undefined);
  });

  /** @param {boolean} isOpen */
  constructor(isOpen) {
    if (isOpen) this.open();
  }

  open() {
    this.#isOpen = true;
    this.#open();
  }

  async pass() {
    if (!this.#isOpen) await this.#opened;
  }
}

/** @param {Site} site */
function look({ dir, name }) {
  try {
    return inspect(name, { dir });
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Lets one victim die.
 *
 * @param {Plan} plan @param {Site} site @param {import('./pool.js').Victim} victim
 */
async function kill(plan, site, victim) {
  const { cause, isStopped, delayMs } = plan;
  victim.send({ plan, site });
  const isSignal = cause.startsWith('SIG');
  if (isSignal || isStopped) await setTimeout(delayMs);
  if (isStopped) {
    victim.kill('SIGSTOP');
    await setTimeout(kStoppedMs);
  }
  if (isSignal) victim.kill(/** @type {NodeJS.Signals} */ (cause));
  if (isStopped) victim.kill('SIGCONT');
  const { code, signal, stderr } = await inTime(victim.death, `a victim of ${cause}`);
  const expected = isSignal ? cause : cause === 'exception' ? 1 : 0;
  assert.equal(signal ?? code, expected, `the victim ended otherwise: ${stderr}`);
}

/**
 * @typedef {object} Survivor
 * @property {import('./ends.js').End & { checker?: import('./content.js').Checker }} end
 * @property {Gate} gate
 * @property {() => void} finish lets a writer end its stream
 */

/** @param {Plan} plan @param {Site} site @param {boolean} isLate @returns {Survivor} */
function startSurvivor(plan, site, isLate) {
  const gate = new Gate(isLate || plan.survivor !== 'pauses');
  const quota = plan.framing === 'bytes' ? plan.quota : plan.quota / plan.largest;
  if (plan.victim === 'reader') {
    let isOver = false;
    const finish = () => {
      isOver = true;
    };
    const ask = async (/** @type {number} */ written) => {
      if (written >= plan.quota) await gate.pass();
      return !isOver;
    };
    return { gate, finish, end: startWriter(plan, site, plan.survivorApi, { ask }) };
  }
  const api = plan.survivorApi === 'stream' && plan.seed % 3 === 0 ? 'flow' : plan.survivorApi;
  const ask = async (/** @type {number} */ count) => {
    if (count >= quota) await gate.pass();
  };
  return { gate, finish: () => {}, end: startReader(plan, site, api, { ask }) };
}

/** @param {Plan} plan @param {Survivor['end']} reader @param {number} published */
function checkCount(plan, { checker }, published) {
  assert.equal(
    checker?.count,
    countBefore(plan, published),
    'the reader has exactly what was published',
  );
}

/**
 * After the death of a writer: its reader gets all that was published, exactly, and is told.
 *
 * @param {Plan} plan @param {Site} site @param {Survivor} survivor
 */
async function checkReader(plan, site, { end, gate }) {
  const status = end.channel?.status() ?? look(site);
  if (status?.writer.state === 'absent') {
    // It died before it came. Nobody is told of somebody who has not been there.
    gate.open();
    await end.close();
    return;
  }
  gate.open();
  const { event, code, peer, error } = await inTime(end.outcome, 'the reader');
  assert.deepEqual(
    { event, code, peer },
    { event: 'error', code: 'ECONNRESET', peer: expectedPeer(plan) },
    `the reader was told: ${error}`,
  );
  await end.close();
  // Its own status is of the moment at which it left; the victim was gone by then.
  const published = end.channel?.status().bytesWritten ?? status?.bytesWritten;
  if (published === undefined) return;
  checkCount(plan, end, published);
}

/**
 * After the death of a reader: the writer is told, idle or not.
 *
 * @param {Plan} plan @param {Survivor} survivor @param {boolean} hasCome
 */
async function checkWriter(plan, { end, gate }, hasCome) {
  if (!hasCome) {
    gate.open();
    await end.close();
    return;
  }
  const writesNothing = plan.survivorApi === 'channel' && plan.survivor === 'pauses';
  // A channel whose owner calls nothing tells nobody.
  if (writesNothing) gate.open();
  const { event, code, peer, error } = await inTime(end.outcome, 'the writer');
  gate.open();
  assert.deepEqual(
    { event, code, peer },
    { event: 'error', code: 'EPIPE', peer: expectedPeer(plan) },
    `the writer was told: ${error}`,
  );
  await end.close();
}

/** The name is free for both roles, and works. @param {Plan} plan @param {Site} site */
async function checkNextOwners(plan, site) {
  const fresh = { ...plan, acknowledge: false, largest: 100, capacity: 4096 };
  let left = 20;
  const writer = startWriter(fresh, site, 'stream', { ask: async () => left-- > 0 });
  const reader = startReader(fresh, site, 'stream', { ask: async () => {} });
  const [written, read] = await inTime(
    Promise.all([writer.outcome, reader.outcome]),
    'the next owners',
  );
  assert.deepEqual([written, read], [{ event: 'end' }, { event: 'end' }]);
  await Promise.all([writer.close(), reader.close()]);
}

/** @param {Plan} plan @param {Site} site @param {import('./pool.js').Pool} pool */
async function dieOnce(plan, site, pool) {
  const isLate = plan.survivor === 'comes late';
  const victim = await pool.take();
  let survivor = isLate ? undefined : startSurvivor(plan, site, false);
  await kill(plan, site, victim);
  const before = look(site);
  if (survivor === undefined) {
    // What broke off without a byte in it is forgotten, and so is a writer's channel without a reader.
    const isForgotten =
      before === undefined || plan.victim === 'reader' || before.bytesWritten === 0;
    if (isForgotten) return;
    survivor = startSurvivor(plan, site, true);
  }
  if (plan.victim === 'writer') {
    await checkReader(plan, site, survivor);
  } else {
    const reader = survivor.end.channel?.status().reader ?? before?.reader;
    await checkWriter(plan, survivor, reader === undefined || reader.state !== 'absent');
  }
}

/**
 * One victim after the other takes the role over; nobody at the other end minds.
 *
 * @param {Plan} plan @param {Site} site @param {import('./pool.js').Pool} pool
 */
async function dieAndResume(plan, site, pool) {
  let survivor = plan.survivor === 'comes late' ? undefined : startSurvivor(plan, site, false);
  for (let i = 0; i < plan.deaths; i++) {
    const victim = await pool.take();
    await kill(plan, site, victim);
    survivor ??= startSurvivor(plan, site, true);
  }
  if (survivor === undefined) throw new Error('no death');
  const { end, gate, finish } = survivor;
  gate.open();
  let left = 10;
  const survivorReads = plan.victim === 'writer';
  /** @type {Survivor['end']} */
  const last = survivorReads
    ? startWriter(plan, site, 'stream', { ask: async () => left-- > 0 })
    : startReader(plan, site, 'stream', { ask: async () => {} });
  finish();
  const outcomes = await inTime(Promise.all([last.outcome, end.outcome]), 'the end');
  assert.deepEqual(outcomes, [{ event: 'end' }, { event: 'end' }]);
  const [writer, reader] = survivorReads ? [last, end] : [end, last];
  const written = writer.channel?.position;
  if (written !== undefined) checkCount(plan, reader, written);
  await Promise.all([last.close(), end.close()]);
}

/** @param {Plan} plan @param {string} dir @param {import('./pool.js').Pool} pool */
export async function runRound(plan, dir, pool) {
  const site = { dir, name: `storm-${plan.seed}` };
  await (plan.resume ? dieAndResume : dieOnce)(plan, site, pool);
  await checkNextOwners(plan, site);
  // The bells go when the last channel of this process in the directory is unmapped.
  await until(() => readdirSync(dir).length === 0, `${readdirSync(dir)} is left behind`);
}
