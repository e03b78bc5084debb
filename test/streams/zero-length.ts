// Writes of nothing call back, put nothing into the ring, and do not look like the end.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { someTurns } from '../fixtures/timing/turns.js';

t.test('nothing, something, nothing', async (t) => {
  const { writer, reader } = streamPair(t);
  const chunks: string[] = [];
  reader.on('data', (chunk) => chunks.push(String(chunk)));
  reader.on('end', () => chunks.push('end'));

  for (const nothing of [Buffer.alloc(0), new Uint8Array(0), '']) {
    await new Promise((resolve) => writer.write(nothing, resolve));
  }
  await someTurns();
  t.equal(writer.bytesWritten, 0);
  t.strictSame(chunks, []);

  writer.write('something');
  writer.write('');
  writer.end(Buffer.alloc(0));
  await once(reader, 'end');
  t.strictSame(chunks, ['something', 'end']);
});

t.test('a full ring does not stop them', async (t) => {
  const { writer } = streamPair(t, { capacity: 4096 });
  writer.write(Buffer.alloc(4096));
  await new Promise((resolve) => writer.write('', resolve));
  t.equal(writer.writableLength, 0);
});
