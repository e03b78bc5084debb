// A runtime whose sockets take a FIFO and never read from it, as Bun's do. What sleeps there is woken
// all the same: peers use a bell only once it has been heard.
import { createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const kRounds = 20;

/** Sockets that are made of a descriptor stay deaf, and look like all others. */
const deafness = `
import { Socket } from 'node:net';
Socket.prototype.read = () => null;
Socket.prototype._read = () => {};
`;
const deaf = { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(deafness)}`] };

t.test('a reader that sleeps', async (t) => {
  const name = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, until, send }) => {
      const stream = smipc.createReadStream(args.name, { busyPoll: 0 });
      let heard = 0;
      stream.on('data', () => heard++);
      for (let round = 1; round <= args.rounds; round++) {
        await send(round);
        await until(() => heard === round, 'a chunk');
      }
      await send('heard');
    },
    { name, rounds: kRounds },
    deaf,
  );
  const writer = createWriteStream(name);
  for (let round = 1; round <= kRounds; round++) {
    t.equal(await child.message(), round);
    writer.write('x');
  }
  t.equal(await child.message(), 'heard');
  writer.end();
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('a writer that waits for space', async (t) => {
  const name = uniqueName(t);
  const bytes = 100_000;
  const child = spawnChild(
    t,
    ({ smipc, pattern, args }) => {
      const options = { capacity: 4096, busyPoll: 0 };
      smipc.createWriteStream(args.name, options).end(pattern.patternBytes(args.bytes));
    },
    { name, bytes },
    deaf,
  );
  // Whichever end comes first makes the channel.
  const reader = createReadStream(name, { capacity: 4096 });
  t.match(await consume(reader), { bytes, events: ['end', 'close'] });
  t.match(await child.exit, { code: 0, stderr: '' });
});
