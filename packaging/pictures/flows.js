/** What the programs do of which `smipc top` is photographed. They run until they are killed. */
import { createReadStream, createWriteStream } from 'smipc';

/**
 * Writes again and again.
 * @param {string} name
 * @param {{ everyMs: number, count?: number, chunk: unknown, capacity?: number, objectMode?: boolean }} how
 *   `count`: chunks each time
 */
export function produce(name, { everyMs, count = 1, chunk, ...options }) {
  const stream = createWriteStream(name, options);
  setInterval(() => {
    for (let i = 0; i < count && !stream.writableNeedDrain; i++) stream.write(chunk);
  }, everyMs);
}

/**
 * Reads what comes.
 * @param {string} name
 * @param {{ everyMs?: number, count?: number, highWaterMark?: number, objectMode?: boolean }} [how]
 *   `everyMs`: `count` chunks each time, and not as fast as it goes
 */
export function consume(name, { everyMs, count = 1, ...options } = {}) {
  const stream = createReadStream(name, options);
  if (everyMs === undefined) stream.resume();
  else {
    setInterval(() => {
      for (let i = 0; i < count; i++) stream.read();
    }, everyMs);
  }
}
