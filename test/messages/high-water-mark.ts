// With messages highWaterMark counts messages at the reader: a paused one holds no more of them.
// At the writer it counts objects, or the bytes of raw messages.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { someTurns } from '../fixtures/timing/turns.js';

for (const options of [{ messages: true }, { objectMode: true }]) {
  for (const highWaterMark of [1, 5, undefined]) {
    t.test(`reader: ${JSON.stringify(options)}, highWaterMark ${highWaterMark}`, async (t) => {
      const { writer, reader } = streamPair(t, options, { ...options, highWaterMark });
      for (let i = 0; i < 100; i++) writer.write(String(i));
      const received: string[] = [];
      reader.on('data', (message) => {
        received.push(String(message));
        reader.pause();
      });
      await once(reader, 'data');
      await someTurns();
      t.equal(received.length, 1);
      t.ok(reader.readableLength <= (highWaterMark ?? 16), `${reader.readableLength} messages`);
      writer.end();
      reader.on('pause', () => reader.resume()).resume();
      await once(reader, 'end');
      t.strictSame(
        received,
        Array.from({ length: 100 }, (_, i) => String(i)),
      );
    });
  }
}

t.test('writer of objects', async (t) => {
  const options = { objectMode: true };
  const { writer } = streamPair(t, { ...options, capacity: 4096, highWaterMark: 3 }, options);
  let written = 0;
  while (writer.write('x'.repeat(1000))) written++;
  t.equal(writer.writableLength, 3);
  t.ok(written >= 3, 'the ring took some');
});

t.test('writer of raw messages', async (t) => {
  const options = { messages: true };
  const { writer } = streamPair(t, { ...options, capacity: 4096, highWaterMark: 2500 }, options);
  while (writer.write('x'.repeat(1000)));
  t.ok(writer.writableLength >= 2500 && writer.writableLength < 3500, `${writer.writableLength}`);
});
