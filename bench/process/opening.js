/** How long it takes to open a connected pair of streams, from the first call to the first byte. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { placeOf } from '../contenders/smipc-streams.js';

/**
 * @typedef {{ writer: import('node:stream').Writable, reader: import('node:stream').Readable }} Pair
 */

const kWarmUp = 50;

/** @param {string} path */
async function smipcPairs(path) {
  const { createReadStream, createWriteStream } = await import('../smipc.js');
  const { name, options } = placeOf(/** @type {any} */ ({ path, capacity: 64 * 1024 }));
  return async () => ({
    writer: createWriteStream(name, options),
    reader: createReadStream(name, options),
  });
}

/** The server listens all the time. @param {string} path */
async function socketPairs(path) {
  const server = createServer().listen(path);
  await once(server, 'listening');
  return async () => {
    const writer = connect(path);
    const [reader] = await once(server, 'connection');
    return { writer, reader };
  };
}

/** Both ends in this process. @param {{ contender: string, path: string, measureMs: number }} task */
export async function open({ contender, path, measureMs }) {
  const openPair = await (contender === 'smipc' ? smipcPairs(path) : socketPairs(path));
  const micros = [];
  let end = Number.POSITIVE_INFINITY;
  let startMs = 0;
  for (let i = 0; performance.now() < end; i++) {
    if (i === kWarmUp) {
      startMs = performance.now();
      end = startMs + measureMs;
    }
    const openedMs = performance.now();
    const { writer, reader } = await openPair();
    writer.write('x');
    await once(reader, 'data');
    if (i >= kWarmUp) micros.push((performance.now() - openedMs) * 1000);
    const closed = [once(writer, 'close'), once(reader, 'close')];
    writer.end();
    reader.resume();
    await Promise.all(closed);
  }
  const perSecond = micros.length / ((performance.now() - startMs) / 1000);
  writeSync(1, `${JSON.stringify({ perSecond, firstByteMicros: micros })}\n`);
  process.exit();
}
