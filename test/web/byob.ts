// BYOB reads fill the buffer of the caller, however small it is, and give it back.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

t.test('small views', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  await writer.write(Buffer.from('abcdefgh'));
  await writer.close();
  const reader = readable.getReader({ mode: 'byob' });
  let read = '';
  let memory = new ArrayBuffer(3);
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(memory));
    t.ok(value !== undefined && value.byteLength <= 3);
    if (done || value === undefined) break;
    read += `${Buffer.from(value)}|`;
    memory = value.buffer;
  }
  t.equal(read, 'abc|def|gh|');
  await reader.closed;
});

t.test('a view with an offset', async (t) => {
  const { writable, readable } = webPair(t);
  await writable.getWriter().write(Buffer.from('xyz'));
  const reader = readable.getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(new ArrayBuffer(8), 4, 2));
  t.equal(value?.byteOffset, 4);
  t.equal(Buffer.from(value?.buffer as ArrayBuffer).toString(), '\0\0\0\0xy\0\0');
});

t.test('Uint16Array: odd bytes wait for their other half', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  const reader = readable.getReader({ mode: 'byob' });
  const read = reader.read(new Uint16Array(4));
  await writer.write(Buffer.of(1));
  await writer.write(Buffer.of(0, 2));
  t.strictSame((await read).value, new Uint16Array(Uint8Array.of(1, 0).buffer));
  await writer.write(Buffer.of(0));
  t.strictSame(
    (await reader.read(new Uint16Array(1))).value,
    new Uint16Array(Uint8Array.of(2, 0).buffer),
  );
});

t.test('Uint16Array: half an element at the end is an error', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  const reader = readable.getReader({ mode: 'byob' });
  const read = reader.read(new Uint16Array(4));
  await writer.write(Buffer.of(1));
  await writer.close();
  await t.rejects(read, { name: 'TypeError' });
});

t.test('many reads of a large write, default and BYOB readers in turn', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const total = 300_000;
  const bytes = new Uint8Array(total);
  fillPattern(bytes, 0);
  const writer = writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  let position = 0;
  for (let i = 0; position < total; i++) {
    const reader = readable.getReader(i % 2 === 0 ? { mode: 'byob' } : (undefined as never));
    const { value } = await reader.read(new Uint8Array(777));
    checkPattern(value as Uint8Array, position);
    position += value?.byteLength ?? 0;
    reader.releaseLock();
  }
  await written;
  t.equal((await readable.getReader().read()).done, true);
});
