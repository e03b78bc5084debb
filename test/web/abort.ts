// abort() is no clean end: the reader gets what was published and then ECONNRESET, also if a write
// is waiting for space at that moment.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';

const error = { name: 'SmipcError', code: 'ECONNRESET', peer: 'aborted', syscall: 'read' };

t.test('an idle writer', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  await writer.write(Buffer.from('published'));
  await writer.abort('my reason');
  const reader = readable.getReader();
  const { value } = await reader.read();
  t.equal(Buffer.from(value ?? []).toString(), 'published');
  await t.rejects(reader.read(), error);
  await t.rejects(reader.closed, error);
});

t.test('a write waits for space', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const writer = writable.getWriter();
  const write = writer.write(Buffer.alloc(10_000));
  const writeFailed = t.rejects(write, { code: 'ABORT_ERR' });
  await new Promise(setImmediate);
  await writer.abort('my reason');
  await writeFailed;
  const reader = readable.getReader();
  t.equal((await reader.read()).value?.length, 4096);
  await t.rejects(reader.read(), error);
});

t.test('pipeTo() with a signal', async (t) => {
  const { writable, readable } = webPair(t);
  const abort = new AbortController();
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(100)),
  });
  const piped = endless.pipeTo(writable, { signal: abort.signal });
  const pipeFailed = t.rejects(piped, { name: 'AbortError' });
  const reader = readable.getReader();
  await reader.read();
  abort.abort();
  await pipeFailed;
  const readOn = async () => {
    while (!(await reader.read()).done);
  };
  await t.rejects(readOn(), error);
});
