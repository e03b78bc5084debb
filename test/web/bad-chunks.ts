// A chunk without bytes is an error at the writer; nothing of it is written, and the reader learns
// that this is no clean end.
import { openWritableStream } from 'smipc/web';
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';

for (const chunk of ['text', 5, null, undefined, {}, [1]]) {
  t.test(JSON.stringify(chunk) ?? 'undefined', async (t) => {
    const { writable, readable } = webPair(t);
    const writer = writable.getWriter();
    const error = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    await t.rejects(writer.write(chunk as Uint8Array), error);
    await t.rejects(writer.closed, error);
    await t.rejects(readable.getReader().read(), { code: 'ECONNRESET', peer: 'aborted' });
  });
}

t.test('bad arguments are thrown, failures to open are not', async (t) => {
  const { name } = webPair(t);
  t.throws(() => openWritableStream('a/b'), { code: 'ERR_INVALID_ARG_VALUE' });
  t.throws(() => openWritableStream(name, { capacity: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  const second = openWritableStream(name).getWriter();
  await t.rejects(second.closed, { code: 'EBUSY', pid: process.pid });
});
