// A reader exits in the middle of its 'data' handler. Its writer learns that nobody reads any more,
// whether it is idle or waits for space.
import { createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

for (const size of [10, 1_000_000]) {
  t.test(`after a write of ${size} bytes`, async (t) => {
    const name = uniqueName(t);
    const stream = createWriteStream(name, { capacity: 65536 });
    const outcome = outcomeOf(stream);
    stream.write(patternBytes(size));
    const reader = spawnChild(
      t,
      ({ smipc, args }) => {
        smipc.createReadStream(args.name).on('data', () => process.exit(3));
      },
      { name },
      { ipc: false },
    );
    t.strictSame(await outcome, { events: ['error', 'close'], code: 'EPIPE', peer: 'closed' });
    t.match(await reader.exit, { code: 3, signal: null, stderr: '' });
  });
}
