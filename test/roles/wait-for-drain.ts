// An ended stream still waits for its reader. A writer that waits for the name gets it when the
// stream has been read, and then its own stream follows.
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { consume } from '../fixtures/processes/outcome.js';
import { someTurns } from '../fixtures/timing/turns.js';

t.test('the next writer', async (t) => {
  const name = uniqueName(t);
  createWriteStream(name).end(patternBytes(1000));
  t.throws(() => openChannel(name, 'w'), { code: 'EBUSY' });
  const next = createWriteStream(name, { wait: true });
  next.end(patternBytes(2000));
  await someTurns();
  t.equal(next.channel, undefined);
  t.strictSame(await consume(createReadStream(name)), { bytes: 1000, events: ['end', 'close'] });
  t.strictSame(await consume(createReadStream(name)), { bytes: 2000, events: ['end', 'close'] });
});

t.test('many writers, and a reader for each', async (t) => {
  const name = uniqueName(t);
  const sizes = Array.from({ length: 20 }, (_, i) => 100 + i);
  for (const size of sizes) createWriteStream(name, { wait: true }).end(patternBytes(size));
  const seen: number[] = [];
  for (const _ of sizes) {
    const { bytes, events } = await consume(createReadStream(name));
    t.strictSame(events, ['end', 'close']);
    seen.push(bytes);
  }
  t.strictSame(
    seen.sort((a, b) => a - b),
    sizes,
  );
});
