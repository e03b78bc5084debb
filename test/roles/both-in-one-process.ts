// Both roles of a channel in one process, on one event loop: neither blocks the other.
import { pipeline } from 'node:stream/promises';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { consume } from '../fixtures/processes/outcome.js';

const capacity = 4096;
const bytes = 1_000_000;

t.test('streams', async (t) => {
  const name = uniqueName(t);
  const outcome = consume(createReadStream(name, { capacity }));
  await pipeline([patternBytes(bytes)], createWriteStream(name));
  t.strictSame(await outcome, { bytes, events: ['end', 'close'] });
});

t.test('through a chain of channels', async (t) => {
  const names = Array.from({ length: 5 }, () => uniqueName(t));
  const last = names.at(-1) as string;
  const hops = names.slice(1).map((to, i) => {
    const from = createReadStream(names[i] as string, { capacity });
    return pipeline(from, createWriteStream(to, { capacity }));
  });
  const outcome = consume(createReadStream(last, { capacity }));
  createWriteStream(names[0] as string).end(patternBytes(bytes));
  t.strictSame(await outcome, { bytes, events: ['end', 'close'] });
  await Promise.all(hops);
});

t.test('channels', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { capacity });
  const reader = openChannel(name, 'r');
  const target = Buffer.alloc(bytes);
  const reading = reader.read(target, { min: bytes });
  await writer.write(patternBytes(bytes));
  t.equal(await reading, bytes);
  t.ok(target.equals(patternBytes(bytes)));
  await Promise.all([writer.close(), reader.close()]);
});
