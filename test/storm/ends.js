// The two ends of a channel at work, through each of the ways to use them. Both victims and survivors
// run this.
import { setImmediate } from 'node:timers/promises';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import { openReadableStream, openWritableStream } from 'smipc/web';
import { Checker, Source } from './content.js';

/**
 * @typedef {object} Site where the channel is
 * @property {string} dir
 * @property {string} name
 */

/**
 * @typedef {object} Outcome how it went for one end
 * @property {'end' | 'closed' | 'error'} event
 * @property {string} [code]
 * @property {string} [peer]
 * @property {unknown} [error]
 */

/** @typedef {import('./plan.js').Plan} Plan */

/** Writes are done at once while they fit; now and then the event loop gets its turn. */
const kWritesPerTurn = 16;

/** @param {Plan} plan @param {Site} site */
export function optionsOf({ capacity, framing, resume }, { dir }) {
  return {
    dir,
    capacity,
    resume,
    ...(framing === 'messages' ? { messages: true } : {}),
    ...(framing === 'objects' ? { objectMode: true } : {}),
  };
}

/** @param {unknown} error @returns {Outcome} */
function outcomeOf(error) {
  // A web stream that is aborted for no reason fails with none.
  const { code = '', peer } = /** @type {{ code?: string, peer?: string }} */ (error ?? {});
  return { event: 'error', code, ...(peer === undefined ? {} : { peer }), error };
}

/**
 * Writes until it fails or `ask` says that it is enough.
 *
 * @typedef {object} Writing
 * @property {number} [size] of each chunk of bytes
 * @property {(position: number) => Promise<boolean>} ask before each write, with the bytes written so
 *   far; false: end the stream
 */

/** An end that is open: how it goes in the end, and how to be rid of it. */
export class End {
  /**
   * @param {import('smipc').Channel | undefined} channel for its status, if it can be had
   * @param {Promise<Outcome>} outcome
   * @param {() => unknown} close
   */
  constructor(channel, outcome, close) {
    this.channel = channel;
    this.outcome = outcome;
    this.close = close;
  }
}

/**
 * @param {Plan} plan @param {Site} site
 * @param {Plan['victimApi']} api
 * @param {Writing} writing
 */
export function startWriter(plan, site, api, writing) {
  const options = optionsOf(plan, site);
  if (api === 'stream') {
    const stream = createWriteStream(site.name, options);
    const closed = closeOf(stream);
    return new End(stream.channel, streamWriter(plan, stream, closed, writing), () => {
      stream.destroy();
      return closed;
    });
  }
  if (api === 'web') {
    const writer = openWritableStream(site.name, options).getWriter();
    const write = (/** @type {any} */ chunk) => writer.write(chunk);
    const pumped = pump(plan, 0, writing, write, () => writer.close());
    // An idle writer hears of its reader too.
    const closed = writer.closed.then(() => pumped, outcomeOf);
    const outcome = Promise.race([pumped, closed]);
    return new End(undefined, outcome, () => writer.abort().catch(() => {}));
  }
  const channel = openChannel(site.name, 'w', options);
  const write = (/** @type {any} */ chunk) =>
    api === 'sync' ? channel.writeSync(chunk) : channel.write(chunk);
  const outcome = pump(plan, channel.position, writing, write, async () => {
    channel.end();
    await channel.close();
  });
  return new End(channel, outcome, () => channel.close());
}

/** @param {import('node:stream').Stream} stream @returns {Promise<undefined>} */
function closeOf(stream) {
  return new Promise((resolve) => stream.once('close', () => resolve(undefined)));
}

/**
 * @param {Plan} plan @param {import('smipc').ChannelWriteStream} stream
 * @param {Promise<undefined>} closed @param {Writing} writing
 * @returns {Promise<Outcome>}
 */
async function streamWriter(plan, stream, closed, writing) {
  /** @type {Outcome | undefined} */
  let failure;
  stream.on('error', (error) => {
    failure = outcomeOf(error);
  });
  const start = stream.channel?.position ?? 0;
  const write = async (/** @type {any} */ chunk) => {
    if (stream.write(chunk)) return;
    await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), closed]);
    if (stream.destroyed) throw new Error('destroyed');
  };
  // An idle writer hears of its reader too, and then `ask` may never be asked again.
  const pumped = pump(plan, start, writing, write, async () => {
    stream.end();
    await closed;
  });
  const broken = pumped.then((outcome) => (stream.destroyed ? closed : outcome));
  const outcome = await Promise.race([broken, closed]);
  return outcome ?? failure ?? { event: stream.writableFinished ? 'end' : 'closed' };
}

/**
 * @param {Plan} plan @param {number} start @param {Writing} writing
 * @param {(chunk: any) => unknown} write @param {() => unknown} end
 * @returns {Promise<Outcome>}
 */
async function pump(plan, start, { ask, size }, write, end) {
  try {
    const source = new Source(plan, start);
    let written = 0;
    for (let i = 1; await ask(written); i++) {
      const chunk = source.next(size);
      await write(chunk);
      written += Buffer.isBuffer(chunk) ? chunk.length : plan.largest;
      if (i % kWritesPerTurn === 0) await setImmediate();
    }
    await end();
    return { event: 'end' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/**
 * Reads, and checks, until it ends or fails.
 *
 * @typedef {object} Reading
 * @property {(count: number) => Promise<unknown>} ask after each chunk or message, with how many bytes
 *   or messages have come
 */

/**
 * @param {Plan} plan @param {Site} site
 * @param {Plan['victimApi'] | 'flow'} api
 * @param {Reading} reading
 * @returns {End & { checker: Checker }}
 */
export function startReader(plan, site, api, { ask }) {
  const options = optionsOf(plan, site);
  const begin = (/** @type {number} */ position) => {
    const checker = new Checker(plan, position);
    const take = async (/** @type {any} */ value) => {
      checker.check(value);
      await ask(checker.count);
    };
    return { checker, take };
  };
  const { acknowledge } = plan;
  if (api === 'stream' || api === 'flow') {
    const stream = createReadStream(site.name, { ...options, acknowledge });
    const { checker, take } = begin(stream.channel?.position ?? 0);
    const outcome = api === 'flow' ? flow(stream, take) : drain(stream, take);
    const closed = closeOf(stream);
    const close = () => {
      stream.destroy();
      return closed;
    };
    return Object.assign(new End(stream.channel, outcome, close), { checker });
  }
  if (api === 'web') {
    const reader = openReadableStream(site.name, options).getReader();
    const { checker, take } = begin(0);
    const outcome = repeat(async () => {
      const { value, done } = await reader.read();
      if (!done) await take(value);
      return !done;
    });
    return Object.assign(new End(undefined, outcome, () => reader.cancel().catch(() => {})), {
      checker,
    });
  }
  const channel = openChannel(site.name, 'r', options);
  const { checker, take } = begin(channel.position);
  const target = Buffer.alloc(Math.max(16, plan.largest));
  const outcome = repeat(async () => {
    const count = api === 'sync' ? channel.readSync(target) : await channel.read(target);
    if (count > 0) await take(target.subarray(0, count));
    else await channel.close();
    return count > 0;
  });
  return Object.assign(new End(channel, outcome, () => channel.close()), { checker });
}

/** @param {() => Promise<boolean>} step @returns {Promise<Outcome>} */
async function repeat(step) {
  try {
    while (await step());
    return { event: 'end' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/**
 * @param {import('node:stream').Readable} stream
 * @param {(value: any) => Promise<void>} take
 * @returns {Promise<Outcome>}
 */
async function drain(stream, take) {
  try {
    for await (const value of stream) await take(value);
    return { event: 'end' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/**
 * @param {import('node:stream').Readable} stream
 * @param {(value: any) => Promise<void>} take
 * @returns {Promise<Outcome>}
 */
async function flow(stream, take) {
  /** @type {Outcome} */
  let outcome = { event: 'closed' };
  stream.on('data', (value) => {
    stream.pause();
    take(value).then(
      () => stream.resume(),
      (error) => stream.destroy(error),
    );
  });
  stream.on('end', () => {
    outcome = { event: 'end' };
  });
  stream.on('error', (error) => {
    outcome = outcomeOf(error);
  });
  await closeOf(stream);
  return outcome;
}
