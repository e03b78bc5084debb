// A reader for whom there always is something more to read still lets timers and sockets have their
// turn. The ring holds it all beforehand, so that no writer's pace matters.
import { setImmediate } from 'node:timers';
import { createReadStream, createWriteStream, type ReadStreamOptions } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

const capacity = 64 * 1024 * 1024;

/** Reads everything, and returns the most that came between two turns of the event loop. */
async function mostInOneTurn(
  name: string,
  options: ReadStreamOptions,
  size: (chunk: Buffer) => number,
) {
  let most = 0;
  let inThisTurn = 0;
  let isReading = true;
  const turn = (): void => {
    inThisTurn = 0;
    if (isReading) setImmediate(turn);
  };
  setImmediate(turn);
  for await (const chunk of createReadStream(name, options)) {
    inThisTurn += size(chunk);
    most = Math.max(most, inThisTurn);
  }
  isReading = false;
  return most;
}

t.test('bytes', async (t) => {
  const name = uniqueName(t);
  createWriteStream(name, { capacity }).end(Buffer.alloc(capacity));
  const most = await mostInOneTurn(name, {}, (chunk) => chunk.length);
  t.ok(most < capacity / 4, `${most} of ${capacity} bytes in one turn`);
});

t.test('messages', async (t) => {
  const name = uniqueName(t);
  const count = 100_000;
  const writer = createWriteStream(name, { capacity, messages: true });
  for (let i = 0; i < count; i++) writer.write('a message');
  writer.end();
  const most = await mostInOneTurn(name, { messages: true }, () => 1);
  t.ok(most < count / 4, `${most} of ${count} messages in one turn`);
});
