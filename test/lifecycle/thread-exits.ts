// A worker thread that holds a role calls process.exit(), or runs to its end. What it has written
// arrives, its peer is told, and the rest of the process goes on.
import { createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';
import { startThread } from '../fixtures/processes/thread.js';

for (const exits of [false, true]) {
  const way = exits ? 'process.exit()' : 'the natural end';
  const code = exits ? 7 : 0;

  for (const last of ['write', 'end'] as const) {
    t.test(`a writer, ${last}() and ${way}`, async (t) => {
      const name = uniqueName(t);
      const thread = startThread(
        ({ smipc, pattern, args }) => {
          const stream = smipc.createWriteStream(args.name);
          if (args.last === 'end') stream.end(pattern.patternBytes(2000));
          else stream.write(pattern.patternBytes(2000));
          if (args.exits) process.exit(7);
        },
        { name, last, exits },
        t,
      );
      t.equal(await thread.exit, code);
      t.strictSame(
        await consume(createReadStream(name)),
        last === 'end'
          ? { bytes: 2000, events: ['end', 'close'] }
          : { bytes: 2000, events: ['error', 'close'], code: 'ECONNRESET', peer: 'aborted' },
      );
    });
  }

  t.test(`a reader, ${way}`, async (t) => {
    const name = uniqueName(t);
    const stream = createWriteStream(name);
    const outcome = outcomeOf(stream);
    stream.write('something');
    const thread = startThread(
      ({ smipc, args }) => {
        const stream = smipc.createReadStream(args.name);
        stream.on('data', () => {
          if (args.exits) process.exit(7);
          stream.unref();
        });
      },
      { name, exits },
      t,
    );
    t.equal(await thread.exit, code);
    t.strictSame(await outcome, { events: ['error', 'close'], code: 'EPIPE', peer: 'closed' });
  });
}

t.test('process.exit() with a write that waits, a read that waits, and an opening', async (t) => {
  const names = [uniqueName(t), uniqueName(t)];
  const thread = startThread(
    ({ smipc, args }) => {
      const [full, empty] = args.names as [string, string];
      const capacity = 4096;
      smipc.createWriteStream(full, { capacity }).write(Buffer.alloc(9000));
      smipc.createReadStream(empty).resume();
      smipc.createReadStream(empty, { wait: true }).resume();
      process.exit(7);
    },
    { names },
    t,
  );
  t.equal(await thread.exit, 7);
});
