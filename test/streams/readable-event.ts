// Reading by hand: 'readable', read(n) of exactly n bytes, unshift(), and a `for await` that lets the
// stream live.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

const total = 300_001;

t.test('read(n)', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 }, { highWaterMark: 5000 });
  const bytes = Buffer.alloc(total);
  fillPattern(bytes, 0);
  writer.end(bytes);
  let position = 0;
  reader.on('readable', () => {
    for (;;) {
      // The last part is shorter: then Node gives it when the stream has ended.
      const part: Buffer | null = reader.read(777);
      if (part === null) break;
      checkPattern(part, position);
      position += part.length;
    }
  });
  await once(reader, 'end');
  t.equal(position, total);
});

t.test('read(n) of more than highWaterMark', async (t) => {
  const { writer, reader } = streamPair(t, {}, { highWaterMark: 10 });
  writer.end(Buffer.alloc(1000, 'x'));
  const parts: Buffer[] = [];
  reader.on('readable', () => {
    // Until there is no more: else Node need not tell again.
    for (let part = reader.read(400); part !== null; part = reader.read(400)) parts.push(part);
  });
  await once(reader, 'end');
  t.strictSame(
    parts.map((part) => part.length),
    [400, 400, 200],
  );
});

t.test('unshift()', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.write('header\nbody');
  await once(reader, 'readable');
  const chunk: Buffer = reader.read();
  const end = chunk.indexOf('\n') + 1;
  reader.unshift(chunk.subarray(end));
  writer.end(' and more');
  let rest = '';
  for await (const part of reader) rest += part;
  t.equal(rest, 'body and more');
});

t.test('iterator({ destroyOnReturn: false })', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.write('first');
  for await (const chunk of reader.iterator({ destroyOnReturn: false })) {
    t.equal(String(chunk), 'first');
    break;
  }
  t.equal(reader.destroyed, false);
  writer.end('second');
  t.strictSame((await reader.toArray()).map(String), ['second']);
});

t.test('read() of nothing', async (t) => {
  const { writer, reader } = streamPair(t);
  t.equal(reader.read(), null);
  writer.write('x');
  await once(reader, 'readable');
  t.equal(String(reader.read()), 'x');
  t.equal(reader.read(), null);
});
