/** What two processes do with each other, and what must come of it. */
import assert from 'node:assert/strict';

/**
 * Starts a part of parts.js in the left or the right one of two runtimes.
 *
 * @typedef {(part: string, parameters?: object) => import('./process.js').Part} Start
 */
/** @typedef {(left: Start, right: Start) => Promise<void>} Scenario */

const kMegabyte = 1_000_000;

/** @param {string} write @param {string} read @param {object} parameters @returns {Scenario} */
const transfer = (write, read, parameters) => async (left, right) => {
  const writer = left(write, parameters);
  const reader = right(read, parameters);
  assert.equal(await writer.said(), 'open');
  assert.equal(await reader.said(), 'open');
  const written = await writer.said();
  assert.deepEqual(await reader.said(), written);
  const { bytes } = /** @type {{ bytes: number }} */ (parameters);
  assert.equal(written.bytes, bytes);
  await writer.end();
  await reader.end();
};

/** A writer that leaves in a way of parts.js. @param {string} way @param {number} code @returns {Scenario} */
const leaving = (way, code) => async (left, right) => {
  const reader = right('readToTheEnd');
  await reader.said();
  const writer = left('leave', { way, bytes: 2000 });
  assert.equal(await writer.said(), 'open');
  assert.equal(await writer.exit(), code);
  const { bytes, outcome } = await reader.said();
  const isEnd = way.startsWith('end');
  assert.deepEqual(
    outcome,
    isEnd ? 'ended' : { code: 'ECONNRESET', peer: 'aborted', pid: writer.pid },
  );
  assert.equal(bytes, 2000);
  await reader.end();
};

/** A writer that is killed while it holds what it has written. @param {string} part @param {number} bytes @returns {Scenario} */
const killed = (part, bytes) => async (left, right) => {
  const writer = left(part, { bytes });
  await writer.said();
  const reader = right('readToTheEnd');
  await reader.said();
  writer.kill();
  const seen = await reader.said();
  assert.deepEqual(seen.outcome, { code: 'ECONNRESET', peer: 'died', pid: writer.pid });
  assert.equal(seen.bytes, bytes);
  await reader.end();
};

/** @type {Record<string, Scenario>} */
export const scenarios = {
  '100 MB': transfer('write', 'read', { bytes: 100 * kMegabyte, chunk: 65_536 }),
  'small ring': transfer('write', 'iterate', { bytes: kMegabyte, chunk: 10_000, capacity: 4096 }),
  messages: transfer('write', 'read', { bytes: 2 * kMegabyte, chunk: 100, messages: true }),
  'large messages': transfer('write', 'iterate', {
    ...{ bytes: 20 * kMegabyte, chunk: 3 * kMegabyte, messages: true, capacity: 65_536 },
  }),
  'web streams': transfer('writeWeb', 'readWeb', { bytes: 10 * kMegabyte, chunk: 70_000 }),
  onread: transfer('write', 'readInto', { bytes: 10 * kMegabyte, chunk: 65_536 }),
  'blocking calls': transfer('writeBlocking', 'readBlocking', {
    ...{ bytes: 10 * kMegabyte, chunk: 65_536, capacity: 65_536 },
  }),
  'peek and reserve': transfer('writeInPlace', 'readInPlace', {
    ...{ bytes: 10 * kMegabyte, chunk: 3000, capacity: 4096 },
  }),

  // If its bell is not heard, nothing wakes the sleeper; so this is about whether, not how fast. The
  // runner's limit is more than a second for each wake-up.
  'sleepers are woken': async (left, right) => {
    const parameters = { name: 'question', reply: 'answer', rounds: 20 };
    const answering = right('answer', parameters);
    assert.equal(await answering.said(), 'open');
    const asking = left('ask', parameters);
    assert.equal(await asking.said(), 'open');
    assert.equal(await asking.said(), 'answered');
    assert.equal(await answering.said(), 'ended');
    await asking.end();
    await answering.end();
  },

  'a taken role': async (left, right) => {
    const holder = left('holdWriter', { bytes: 10 });
    await holder.said();
    const other = right('tryWriter');
    assert.deepEqual(await other.said(), { code: 'EBUSY', pid: holder.pid });
    await other.end();
    holder.kill();
  },

  'a killed writer': killed('holdWriter', 100_000),

  'a killed reader': async (left, right) => {
    const writer = left('idleWriter');
    await writer.said();
    const reader = right('holdReader');
    await reader.said();
    reader.kill();
    assert.deepEqual(await writer.said(), { code: 'EPIPE', peer: 'died', pid: reader.pid });
    await writer.end();
  },

  'end(), then exit': leaving('end, exit', 0),
  'exit without an end': leaving('exit', 0),
  'an uncaught exception': leaving('uncaught exception', 1),
  'an idle writer lets its process exit': leaving('idle', 0),

  "an unref'ed reader lets its process exit": async (left, right) => {
    const writer = left('idleWriter');
    await writer.said();
    const reader = right('readUnrefed');
    assert.equal(await reader.said(), 'open');
    await reader.end();
    assert.deepEqual(await writer.said(), { code: 'EPIPE', peer: 'closed', pid: reader.pid });
    await writer.end();
  },

  'a forgotten writer stays open': killed('forgetWriter', 1000),

  'a terminated thread': async (left, right) => {
    const reader = right('readToTheEnd');
    await reader.said();
    const writer = left('terminate', { bytes: 1000 });
    assert.equal(await writer.said(), 'open');
    const { bytes, outcome } = await reader.said();
    assert.deepEqual(outcome, { code: 'ECONNRESET', peer: 'aborted', pid: writer.pid });
    assert.equal(bytes, 1000);
    assert.equal(await writer.said(), 'terminated');
    await reader.end();
  },

  // In one process, of the left runtime.
  'two threads that block': async (left) => {
    const both = left('blockTwoThreads', { bytes: 5 * kMegabyte, chunk: 9000, capacity: 4096 });
    const { wrote, read } = await both.said();
    assert.deepEqual(read, wrote);
    assert.equal(wrote.bytes, 5 * kMegabyte);
    await both.end();
  },
};
