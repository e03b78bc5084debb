/**
 * What one process does in a scenario. Every part opens one end, or both, says 'open' when that is
 * done, and says in the end what it has seen.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import process from 'node:process';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createReadStream, createWriteStream, openChannel } from '../../../dist/index.js';
import { openReadableStream, openWritableStream } from '../../../dist/web.js';
import { patternBytes } from '../../fixtures/data/pattern.js';

/**
 * @typedef {object} Parameters
 * @property {string} name of the channel
 * @property {string} [reply] of a channel back
 * @property {string} dir
 * @property {number} [capacity]
 * @property {number} bytes
 * @property {number} chunk
 * @property {number} rounds
 * @property {boolean} messages
 * @property {string} way
 */
/** @typedef {(parameters: Parameters, say: (said: unknown) => void) => unknown} Part */

/** @param {Parameters} parameters */
const optionsOf = ({ dir, capacity }) => ({ dir, ...(capacity === undefined ? {} : { capacity }) });

/** @param {Parameters} parameters */
function* chunksOf({ bytes, chunk }) {
  for (let at = 0; at < bytes; at += chunk) yield patternBytes(Math.min(chunk, bytes - at), at);
}

/** Adds up what has passed. */
class Sum {
  #hash = createHash('sha1');
  #bytes = 0;
  #chunks = 0;

  /** @param {Uint8Array} bytes */
  add(bytes) {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#chunks++;
  }

  get content() {
    return { bytes: this.#bytes, sha1: this.#hash.digest('hex') };
  }

  get chunks() {
    return this.#chunks;
  }
}

/** Bytes in any pieces, or messages, which stay whole. @param {Sum} sum @param {Parameters} parameters */
const told = (sum, { messages }) =>
  messages ? { ...sum.content, messages: sum.chunks } : sum.content;

/** @param {unknown} error */
const failure = (error) => {
  const { code, peer, pid } = /** @type {import('../../../dist/index.js').SmipcError} */ (error);
  return { code, peer, pid };
};

/** How a stream ends. @param {import('node:stream').Readable | import('node:stream').Writable} stream */
const outcomeOf = (stream) => finished(stream).then(() => 'ended', failure);

/** @type {Record<string, Part>} */
export const parts = {
  // --- bytes and messages, in every way ---------------------------------------------------------

  async write(parameters, say) {
    const { name, messages } = parameters;
    const sum = new Sum();
    const writer = createWriteStream(name, { ...optionsOf(parameters), messages });
    say('open');
    await pipeline(function* () {
      for (const chunk of chunksOf(parameters)) {
        sum.add(chunk);
        yield chunk;
      }
    }, writer);
    say(told(sum, parameters));
  },

  async read(parameters, say) {
    const { name, messages } = parameters;
    const sum = new Sum();
    const reader = createReadStream(name, { ...optionsOf(parameters), messages });
    say('open');
    reader.on('data', (chunk) => sum.add(chunk));
    await finished(reader);
    say(told(sum, parameters));
  },

  async iterate(parameters, say) {
    const { name, messages } = parameters;
    const sum = new Sum();
    const reader = createReadStream(name, { ...optionsOf(parameters), messages });
    say('open');
    for await (const chunk of reader) sum.add(chunk);
    say(told(sum, parameters));
  },

  async readInto(parameters, say) {
    const sum = new Sum();
    const buffer = Buffer.alloc(30_000);
    /** @param {number} size */
    const callback = (size) => {
      sum.add(buffer.subarray(0, size));
      return true;
    };
    const onread = { buffer, callback };
    const reader = createReadStream(parameters.name, { ...optionsOf(parameters), onread });
    say('open');
    await finished(reader);
    say(told(sum, parameters));
  },

  async writeWeb(parameters, say) {
    const sum = new Sum();
    const writer = openWritableStream(parameters.name, optionsOf(parameters)).getWriter();
    say('open');
    for (const chunk of chunksOf(parameters)) {
      sum.add(chunk);
      await writer.ready;
      await writer.write(chunk);
    }
    await writer.close();
    say(told(sum, parameters));
  },

  async readWeb(parameters, say) {
    const sum = new Sum();
    const stream = openReadableStream(parameters.name, optionsOf(parameters));
    const reader = stream.getReader({ mode: 'byob' });
    say('open');
    let view = new Uint8Array(50_000);
    for (;;) {
      const { done, value } = await reader.read(view);
      if (done) break;
      sum.add(value);
      view = new Uint8Array(value.buffer);
    }
    say(told(sum, parameters));
  },

  async writeBlocking(parameters, say) {
    const sum = new Sum();
    const channel = openChannel(parameters.name, 'w', optionsOf(parameters));
    say('open');
    for (const chunk of chunksOf(parameters)) {
      sum.add(chunk);
      channel.writeSync(chunk);
    }
    channel.end();
    await channel.close();
    say(told(sum, parameters));
  },

  async readBlocking(parameters, say) {
    const sum = new Sum();
    const channel = openChannel(parameters.name, 'r', optionsOf(parameters));
    say('open');
    const buffer = Buffer.alloc(40_000);
    for (let size = 1; size > 0; ) {
      size = channel.readSync(buffer);
      sum.add(buffer.subarray(0, size));
    }
    await channel.close();
    say(told(sum, parameters));
  },

  async writeInPlace(parameters, say) {
    const sum = new Sum();
    const channel = openChannel(parameters.name, 'w', optionsOf(parameters));
    say('open');
    for (const chunk of chunksOf(parameters)) {
      sum.add(chunk);
      await channel.reserve(chunk.length, (view) => {
        view.set(chunk);
        return chunk.length;
      });
    }
    channel.end();
    await channel.close();
    say(told(sum, parameters));
  },

  async readInPlace(parameters, say) {
    const sum = new Sum();
    const channel = openChannel(parameters.name, 'r', optionsOf(parameters));
    say('open');
    /** @type {Uint8Array | undefined} */
    let last;
    const take = (/** @type {Uint8Array} */ view) => {
      sum.add(view);
      last = view;
      return view.length;
    };
    while ((await channel.peek(take)) > 0) {
      if (last?.length !== 0) throw new Error('a view outlives its function');
    }
    await channel.close();
    say(told(sum, parameters));
  },

  // --- sleeping and waking ----------------------------------------------------------------------

  /** Answers each message. Nothing else wakes its event loop. */
  async answer({ name, reply = '', dir }, say) {
    const writer = createWriteStream(reply, { dir, messages: true });
    const reader = createReadStream(name, { dir, messages: true, busyPoll: 0 });
    say('open');
    for await (const message of reader) writer.write(message);
    writer.end();
    say('ended');
  },

  /** Sends a message when the other has fallen asleep, and waits for the answer. */
  async ask({ name, reply = '', dir, rounds }, say) {
    const writer = createWriteStream(name, { dir, messages: true });
    const answers = createReadStream(reply, { dir, messages: true })[Symbol.asyncIterator]();
    say('open');
    for (let round = 0; round < rounds; round++) {
      await setTimeout(20);
      writer.write(`${round}`);
      const { value } = await answers.next();
      if (`${value}` !== `${round}`) throw new Error(`${value} is no answer to ${round}`);
    }
    writer.end();
    await answers.next();
    say('answered');
  },

  // --- roles, ends and deaths -------------------------------------------------------------------

  /** Writes something, and stays there until it is ended. */
  async holdWriter({ name, dir, bytes }, say) {
    const writer = createWriteStream(name, { dir });
    writer.on('error', (error) => say(failure(error)));
    writer.write(patternBytes(bytes));
    say({ open: process.pid });
    await setTimeout(60_000);
  },

  async holdReader({ name, dir }, say) {
    createReadStream(name, { dir }).on('data', () => {});
    say({ open: process.pid });
    await setTimeout(60_000);
  },

  /** As if the program had forgotten it: nothing refers to the stream any more. */
  async forgetWriter({ name, dir, bytes }, say) {
    (() => void createWriteStream(name, { dir }).write(patternBytes(bytes)))();
    for (let i = 0; i < 10; i++) {
      collectGarbage();
      await setTimeout(5);
    }
    say({ open: process.pid });
    await setTimeout(60_000);
  },

  async tryWriter({ name, dir }, say) {
    say(await outcomeOf(createWriteStream(name, { dir })));
  },

  async readToTheEnd(parameters, say) {
    const sum = new Sum();
    const reader = createReadStream(parameters.name, optionsOf(parameters));
    reader.on('data', (chunk) => sum.add(chunk));
    say('open');
    const outcome = await outcomeOf(reader);
    say({ ...told(sum, parameters), outcome });
  },

  /** Hears of its reader although it is idle; something else keeps the process alive. */
  async idleWriter({ name, dir }, say) {
    const writer = createWriteStream(name, { dir });
    const alive = setTimeout(60_000, undefined, { ref: true });
    say('open');
    say(await Promise.race([outcomeOf(writer), alive]));
    process.exit();
  },

  /** Leaves in one of several ways. */
  leave({ name, dir, bytes, way }, say) {
    const writer = createWriteStream(name, { dir });
    if (way === 'end, exit') writer.end(patternBytes(bytes));
    else writer.write(patternBytes(bytes));
    say('open');
    if (way === 'uncaught exception') throw new Error('on purpose');
    // 'idle': nothing keeps the process alive.
    if (way.endsWith('exit')) process.exit();
  },

  /** Nothing keeps the process alive. */
  readUnrefed({ name, dir }, say) {
    createReadStream(name, { dir })
      .on('data', () => {})
      .unref();
    say('open');
  },

  // --- threads ----------------------------------------------------------------------------------

  /** A thread writes and is terminated; the process goes on. */
  async terminate(parameters, say) {
    const thread = startThread('holdWriter', parameters);
    await thread.said();
    say('open');
    await thread.worker.terminate();
    say('terminated');
    await setTimeout(60_000);
  },

  /** A blocking reader and a blocking writer, in two threads of a process. */
  async blockTwoThreads(parameters, say) {
    const thread = startThread('writeBlocking', parameters);
    /** @type {unknown[]} */
    const read = [];
    await parts.readBlocking?.(parameters, (said) => read.push(said));
    await thread.said();
    say({ wrote: await thread.said(), read: read[1] });
  },
};

/** @param {string} part @param {Parameters} parameters */
function startThread(part, parameters) {
  const program = fileURLToPath(new URL('thread.js', import.meta.url));
  const worker = new Worker(program, { workerData: { part, parameters } });
  /** @type {unknown[]} */
  const said = [];
  /** @type {((value: unknown) => void)[]} */
  const hearers = [];
  worker.on('message', (message) => {
    const hearer = hearers.shift();
    if (hearer === undefined) said.push(message);
    else hearer(message);
  });
  return {
    worker,
    /** @returns {Promise<unknown>} */
    said: () =>
      new Promise((resolve) => {
        if (said.length > 0) resolve(said.shift());
        else hearers.push(resolve);
      }),
  };
}

function collectGarbage() {
  const { Bun, gc } = /** @type {{ Bun?: { gc(sync: boolean): void }, gc?: () => void }} */ (
    globalThis
  );
  if (Bun === undefined && gc === undefined) throw new Error('run with --expose-gc');
  Bun?.gc(true);
  gc?.();
}
