// Backpressure on both sides. Of a source that nobody reads nothing is taken; a sink whose channel
// nobody drains stops accepting: no more than the ring and one highWaterMark of bytes.
import { inspect } from 'smipc';
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 256 * 1024;
const chunkSize = 64 * 1024;

t.test('a writer that heeds desiredSize', async (t) => {
  const { name, writable } = webPair(t, { capacity });
  const writer = writable.getWriter();
  await writer.ready;
  t.equal(writer.desiredSize, 64 * 1024);
  let accepted = 0;
  for (let i = 0; i < 200; i++) {
    await Promise.race([writer.ready, someTurns()]);
    if ((writer.desiredSize ?? 0) <= 0) continue;
    writer.write(new Uint8Array(chunkSize)).catch(() => {});
    accepted += chunkSize;
  }
  t.ok((writer.desiredSize ?? 1) <= 0, `desiredSize ${writer.desiredSize}`);
  t.equal(inspect(name).used, capacity, 'the ring is full');
  t.ok(accepted > capacity);
  t.ok(accepted <= capacity + 2 * chunkSize, `${accepted} bytes accepted`);
  writer.releaseLock();
});

t.test('pipeTo() a channel that nobody reads', async (t) => {
  const { name, writable, readable } = webPair(t, { capacity });
  let pulled = 0;
  const source = new ReadableStream(
    {
      pull(controller) {
        pulled += chunkSize;
        controller.enqueue(new Uint8Array(chunkSize));
      },
    },
    { highWaterMark: 0 },
  );
  const piped = source.pipeTo(writable);
  await until(() => inspect(name).used === capacity, 'the ring is full');
  await someTurns();
  t.ok(pulled <= capacity + 2 * chunkSize, `${pulled} bytes pulled`);
  const pipeFailed = t.rejects(piped);
  await readable.cancel();
  await pipeFailed;
});

t.test('a source that nobody reads, or no longer', async (t) => {
  const { name, writable, readable } = webPair(t, { capacity });
  const writer = writable.getWriter();
  await writer.write(new Uint8Array(capacity));
  await someTurns();
  t.equal(inspect(name).bytesRead, 0);
  const reader = readable.getReader();
  const { value } = await reader.read();
  await someTurns();
  t.equal(inspect(name).bytesRead, value?.length);
});

t.test('a slow sink behind a channel', async (t) => {
  const { name, writable, readable } = webPair(t, { capacity });
  const writer = writable.getWriter();
  await writer.write(new Uint8Array(capacity));
  await writer.close();
  let release = () => {};
  let sunk = 0;
  const slow = new WritableStream<Uint8Array>({
    write(chunk) {
      sunk += chunk.length;
      return new Promise((resolve) => {
        release = resolve;
      });
    },
  });
  const piped = readable.pipeTo(slow);
  await until(() => sunk > 0, 'the sink has something to do');
  await someTurns();
  t.equal(sunk, 64 * 1024);
  t.ok(inspect(name).bytesRead <= 2 * 64 * 1024);
  const keepReleasing = setInterval(() => release(), 1);
  await piped;
  clearInterval(keepReleasing);
  t.equal(sunk, capacity);
});
