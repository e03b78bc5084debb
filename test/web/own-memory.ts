// A default reader's chunk stands in memory of its own, and not more than it fills. A BYOB reader may
// come while the bytes for a default reader are waited for.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { patternBytes } from '../fixtures/data/pattern.js';

t.test('a default reader', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (const size of [1, 64, 65, 100, 1024, 1025, 5000, 60_000, 1]) {
    const written = patternBytes(size);
    await writer.write(written);
    const { value } = await reader.read();
    t.equal(value?.length, size);
    t.equal(value?.buffer.byteLength, size);
    t.ok(written.equals(value as Uint8Array));
  }
});

for (const end of [false, true]) {
  t.test(`a BYOB reader instead of a default one, then ${end ? 'the end' : 'bytes'}`, async (t) => {
    const { writable, readable } = webPair(t);
    const first = readable.getReader();
    const given = t.rejects(first.read(), { name: 'TypeError' });
    first.releaseLock();
    await given;
    const second = readable.getReader({ mode: 'byob' });
    const read = second.read(new Uint8Array(8));
    const writer = writable.getWriter();
    if (end) await writer.close();
    else await writer.write(Buffer.from('bytes'));
    const { value, done } = await read;
    t.equal(done, end);
    t.equal(Buffer.from(value as Uint8Array).toString(), end ? '' : 'bytes');
    t.equal(value?.buffer.byteLength, 8, 'its own buffer');
  });
}

t.test('a default reader instead of a BYOB one', async (t) => {
  const { writable, readable } = webPair(t);
  const first = readable.getReader({ mode: 'byob' });
  const given = t.rejects(first.read(new Uint8Array(3)), { name: 'TypeError' });
  first.releaseLock();
  await given;
  const second = readable.getReader();
  const read = second.read();
  const writer = writable.getWriter();
  await writer.write(Buffer.from('bytes'));
  let text = Buffer.from((await read).value as Uint8Array).toString();
  text += Buffer.from((await second.read()).value as Uint8Array).toString();
  t.equal(text, 'bytes');
  await writer.close();
  t.equal((await second.read()).done, true);
});
