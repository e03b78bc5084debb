// A reader that has handed something out polls for more, and arms its doorbell, only when the program has had
// its turn: what comes next is the answer to what an async listener, or a loop that awaits, is about to write.
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { type ChannelReadStream, createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

/** Some microtasks, as `await call()` takes them. */
async function awaitSome(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

type Consume = (reader: ChannelReadStream, onChunk: () => Promise<void>) => Promise<unknown>;

const consumers: Record<string, Consume> = {
  "an async 'data' listener": (reader, onChunk) =>
    once(
      reader.on('data', (_chunk) => void onChunk()),
      'end',
    ),
  'for await': async (reader, onChunk) => {
    for await (const _chunk of reader) await onChunk();
  },
};

for (const [what, consume] of Object.entries(consumers)) {
  for (const objectMode of [false, true]) {
    t.test(`${what}, ${objectMode ? 'objects' : 'bytes'}`, async (t) => {
      const dir = uniqueDirectory(t);
      const reader = createReadStream('questions', { dir, objectMode });
      const asking = createWriteStream('questions', { dir, objectMode });
      const answering = createWriteStream('answers', { dir, objectMode });
      const answers = createReadStream('answers', { dir, objectMode });
      t.teardown(() => [reader, asking, answering, answers].map((stream) => stream.destroy()));
      await Promise.all([reader, asking, answering, answers].map((stream) => stream.opened()));
      const parks = (): number => reader.channel?.status().counters?.parks ?? 0;
      const seen: number[] = [];
      const consumed = consume(reader, async () => {
        const before = parks();
        await awaitSome();
        seen.push(parks() - before);
        answering.write('answer');
      });
      for (let i = 0; i < 5; i++) {
        // A turn, so that the reader sleeps.
        await setImmediate();
        asking.write('question');
        await new Promise((resolve) => answers.once('data', resolve));
      }
      t.strictSame(seen, [0, 0, 0, 0, 0], 'not before the answer was written');
      await setImmediate();
      t.equal(reader.channel?.status().reader.sleeping, true, 'but then it waits to be woken');
      asking.end();
      await consumed;
    });
  }
}

t.test('a promise call that was made before the answer is written', async (t) => {
  const dir = uniqueDirectory(t);
  const reader = openChannel('channel', 'r', { dir });
  const writer = openChannel('channel', 'w', { dir });
  const answering = openChannel('answers', 'w', { dir });
  t.teardown(() => Promise.all([reader.close(), writer.close(), answering.close()]));
  const target = Buffer.alloc(10);
  const parks = (): number => reader.status().counters?.parks ?? 0;
  let reading = reader.read(target);
  for (let i = 0; i < 5; i++) {
    await setImmediate();
    writer.tryWrite(Buffer.from('question'));
    await reading;
    const before = parks();
    reading = reader.read(target);
    await awaitSome();
    t.equal(parks(), before, 'it has only looked');
    answering.tryWrite(Buffer.from('answer'));
    await setImmediate();
    t.equal(parks(), before + 1, 'and sleeps when the program has had its turn');
  }
  writer.end();
  await reading;
});
