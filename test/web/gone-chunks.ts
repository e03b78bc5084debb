// A chunk whose memory was transferred away, or resized, before it was written errors the stream, whatever
// kind it is; and the reader learns that this is no clean end.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { memory, spoil } from '../fixtures/data/spoil.js';

type Resizable = ArrayBuffer & { resize(bytes: number): void };
const kChunks = {
  Uint8Array: (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 16),
  'a Uint8Array as long as its memory': (buffer: ArrayBuffer) => new Uint8Array(buffer),
  DataView: (buffer: ArrayBuffer) => new DataView(buffer, 0, 16),
  ArrayBuffer: (buffer: ArrayBuffer) => buffer,
};
const failed = { name: 'SmipcError', code: 'ERR_INVALID_STATE', syscall: 'write' };

for (const [what, make] of Object.entries(kChunks)) {
  for (const way of ['transfer', 'shrink', 'shrink a little'] as const) {
    t.test(`${what} that queues: ${way}`, async (t) => {
      const { writable, readable } = webPair(t, { capacity: 4096 });
      const writer = writable.getWriter();
      const buffer = memory(16);
      const writes = [writer.write(new Uint8Array(20_000)), writer.write(make(buffer))];
      if (way === 'shrink a little') (buffer as Resizable).resize(15);
      else spoil(buffer, way);
      const settled = Promise.allSettled(writes);
      const reader = readable.getReader();
      let count = 0;
      const read = async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          count += value.length;
        }
      };
      await t.rejects(read(), { code: 'ECONNRESET', peer: 'aborted' });
      t.equal(count, 20_000);
      t.match(await settled, [{ status: 'fulfilled' }, { status: 'rejected', reason: failed }]);
      await t.rejects(writer.closed, failed);
    });
  }

  t.test(`${what} that is gone when it is written`, async (t) => {
    const { writable, readable } = webPair(t);
    const writer = writable.getWriter();
    const buffer = memory(16);
    const chunk = make(buffer);
    spoil(buffer, 'transfer');
    await t.rejects(writer.write(chunk), failed);
    await t.rejects(writer.closed, failed);
    await t.rejects(readable.getReader().read(), { code: 'ECONNRESET', peer: 'aborted' });
  });
}

t.test('empty chunks are none', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  for (const chunk of [new ArrayBuffer(0), new Uint8Array(0), new DataView(new ArrayBuffer(0))]) {
    await writer.write(chunk);
  }
  await writer.close();
  t.match(await readable.getReader().read(), { done: true });
});
