// A reader that is paused takes at most one highWaterMark out of the ring, whatever is there; one
// that nobody listens to takes nothing.
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 1024 * 1024;

/** A reader of a ring that is full. */
function fullChannel(t: Parameters<typeof uniqueName>[0], highWaterMark: number | undefined) {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { capacity });
  writer.write(Buffer.alloc(capacity));
  const reader = createReadStream(name, { highWaterMark });
  t.teardown(() => {
    writer.destroy();
    reader.destroy();
  });
  const taken = () => Number(reader.channel?.status().bytesRead);
  return { reader, taken };
}

for (const highWaterMark of [undefined, 1, 1000, 65_537, 300_000]) {
  const limit = highWaterMark ?? 256 * 1024;

  t.test(`highWaterMark ${highWaterMark}: paused after the first chunk`, async (t) => {
    const { reader, taken } = fullChannel(t, highWaterMark);
    let delivered = 0;
    reader.on('data', (chunk: Buffer) => {
      delivered += chunk.length;
      reader.pause();
    });
    await until(() => delivered > 0, 'the first chunk');
    await someTurns();
    t.ok(reader.readableLength <= limit, `${reader.readableLength} bytes wait`);
    t.equal(reader.bytesRead, delivered + reader.readableLength);
    t.equal(taken(), reader.bytesRead);
  });

  t.test(`highWaterMark ${highWaterMark}: 'readable', and nothing is read`, async (t) => {
    const { reader, taken } = fullChannel(t, highWaterMark);
    await once(reader, 'readable');
    await someTurns();
    t.ok(reader.bytesRead > 0);
    t.ok(taken() <= limit, `${taken()} bytes taken`);
  });
}

t.test('no consumer at all', async (t) => {
  const { reader, taken } = fullChannel(t, undefined);
  await once(reader, 'connect');
  await someTurns();
  t.equal(reader.bytesRead, 0);
  t.equal(taken(), 0);
});

t.test('paused before it ever flowed', async (t) => {
  const { reader, taken } = fullChannel(t, undefined);
  reader.pause();
  reader.on('data', () => t.fail('it is paused'));
  await someTurns();
  t.equal(taken(), 0);
});
