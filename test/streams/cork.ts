// What is written between cork() and uncork() reaches the ring together, in order; nested corks and
// end() behave as with every other stream.
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('nothing is in the ring before uncork()', async (t) => {
  const { writer, reader } = streamPair(t);
  const used = () => writer.channel?.status().used;
  writer.cork();
  writer.cork();
  // Sizes on both sides of what is worth joining.
  const parts = [1, 0, 20_000, 3, 17_000, 5000, 5000, 5000, 50_000, 2, 100_000].map((size, i) =>
    Buffer.alloc(size, i),
  );
  for (const part of parts) writer.write(part);
  t.equal(used(), 0);
  writer.uncork();
  t.equal(used(), 0, 'it was corked twice');
  writer.uncork();
  t.equal(used(), Buffer.concat(parts).length);
  writer.end();
  t.ok((await buffer(reader)).equals(Buffer.concat(parts)));
});

t.test('end() uncorks', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.cork();
  writer.write('a');
  writer.write(Buffer.from('b'));
  writer.end('c');
  t.equal(String(await buffer(reader)), 'abc');
});

t.test('more than the ring holds', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  const parts = Array.from({ length: 300 }, (_, i) => Buffer.alloc(i, i));
  writer.cork();
  for (const part of parts) writer.write(part);
  process.nextTick(() => {
    writer.uncork();
    writer.end();
  });
  t.ok((await buffer(reader)).equals(Buffer.concat(parts)));
});

t.test('one message each, however many go together', async (t) => {
  const { writer, reader } = streamPair(t, { messages: true }, { messages: true });
  writer.cork();
  for (const text of ['one', '', 'three', 'x'.repeat(40_000), 'five']) writer.write(text);
  writer.uncork();
  writer.end();
  const lengths: number[] = [];
  for await (const message of reader) lengths.push(message.length);
  t.strictSame(lengths, [3, 0, 5, 40_000, 4]);
});
