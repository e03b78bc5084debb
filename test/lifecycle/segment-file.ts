// A channel's file goes with the last one out, unless it holds bytes that nobody has come for; and
// nobody removes a file of the same name that is another's by now.
import { statSync } from 'node:fs';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { channelsIn, leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';

const name = 'channel';

t.test('the writer leaves last', async (t) => {
  const dir = uniqueDirectory(t);
  const reader = openChannel(name, 'r', { dir });
  const writer = openChannel(name, 'w', { dir });
  t.strictSame(channelsIn(dir), [name]);
  await reader.close();
  t.strictSame(channelsIn(dir), [name]);
  await writer.close();
  t.strictSame(await leftIn(dir), []);
});

t.test('the reader leaves last, and reads to the end', async (t) => {
  const dir = uniqueDirectory(t);
  const outcome = consume(createReadStream(name, { dir }));
  createWriteStream(name, { dir }).end(patternBytes(10));
  t.match(await outcome, { events: ['end', 'close'] });
  t.strictSame(await leftIn(dir), []);
});

t.test('alone, without a byte', async (t) => {
  const dir = uniqueDirectory(t);
  for (const mode of ['r', 'w'] as const) {
    const channel = openChannel(name, mode, { dir });
    t.strictSame(channelsIn(dir), [name]);
    await channel.close();
    t.strictSame(await leftIn(dir), []);
  }
});

for (const ends of [true, false]) {
  t.test(`a writer that ${ends ? 'ended' : 'aborted'} leaves its bytes for a reader`, async (t) => {
    const dir = uniqueDirectory(t);
    const writer = openChannel(name, 'w', { dir });
    await writer.write(patternBytes(10));
    if (ends) writer.end();
    await writer.close();
    t.strictSame(channelsIn(dir), [name]);
    const outcome = await consume(createReadStream(name, { dir }));
    t.match(outcome, { bytes: 10, events: [ends ? 'end' : 'error', 'close'] });
    t.strictSame(await leftIn(dir), []);
  });
}

t.test('an ended stream without a byte waits for its reader too', async (t) => {
  const dir = uniqueDirectory(t);
  const stream = createWriteStream(name, { dir }).end();
  t.strictSame(await outcomeOf(stream), { events: ['finish', 'close'] });
  t.strictSame(channelsIn(dir), [name]);
  t.match(await consume(createReadStream(name, { dir })), { bytes: 0, events: ['end', 'close'] });
  t.strictSame(await leftIn(dir), []);
});

t.test('the reader of an older stream leaves the file of a newer one alone', async (t) => {
  const dir = uniqueDirectory(t);
  const path = `${dir}/${name}`;
  const writer = openChannel(name, 'w', { dir });
  const reader = openChannel(name, 'r', { dir });
  const older = statSync(path).ino;
  writer.end();
  await writer.close();
  const next = openChannel(name, 'w', { dir });
  const newer = statSync(path).ino;
  t.not(newer, older);
  await reader.close();
  t.equal(statSync(path).ino, newer);
  await next.close();
  t.strictSame(await leftIn(dir), []);
});

t.test('what a killed process leaves, the next opener takes away', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const channels = [
        smipc.openChannel(args.name, 'w', { dir: args.dir }),
        smipc.openChannel(args.name, 'r', { dir: args.dir }),
      ];
      await send('open');
      await receive();
      await channels[0]?.close();
    },
    { name, dir },
  );
  await child.message();
  child.kill();
  await child.exit;
  t.strictSame(channelsIn(dir), [name]);
  await openChannel(name, 'w', { dir }).close();
  t.strictSame(await leftIn(dir), []);
});
