// A process writes more than the ring holds and exits in the same tick. What fitted arrives, and
// the cut stream is not mistaken for a whole one.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const capacity = 8192;

t.test('process.exit() with a write that waits for space', async (t) => {
  const args = { name: uniqueName(t), capacity };
  const writer = spawnChild(
    t,
    ({ smipc, pattern, args }) => {
      const stream = smipc.createWriteStream(args.name, { capacity: args.capacity });
      stream.end(pattern.patternBytes(3 * args.capacity));
      process.exit();
    },
    args,
  );
  t.match(await writer.exit, { code: 0, signal: null });
  t.strictSame(await consume(createReadStream(args.name)), {
    bytes: capacity,
    events: ['error', 'close'],
    code: 'ECONNRESET',
    peer: 'aborted',
  });
});
