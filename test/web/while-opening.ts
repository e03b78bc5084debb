// Streams that are given up before, or while, their channel is opened take no role, or give it back.
import { inspect, openChannel } from 'smipc';
import { openReadableStream, openWritableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

t.test('cancel() in the same tick', async (t) => {
  const name = uniqueName(t);
  await openReadableStream(name).cancel();
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('abort() in the same tick', async (t) => {
  const name = uniqueName(t);
  await openWritableStream(name).abort();
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('while the role is waited for', async (t) => {
  const name = uniqueName(t);
  const reader = openChannel(name, 'r');
  const writer = openChannel(name, 'w');
  const readable = openReadableStream(name, { wait: true });
  const writable = openWritableStream(name, { wait: true });
  await readable.cancel();
  await writable.abort();
  await reader.close();
  await writer.close();
  t.throws(() => inspect(name), { code: 'ENOENT' }, 'nobody took what became free');
});

t.test('a signal that is aborted already', async (t) => {
  const name = uniqueName(t);
  const signal = AbortSignal.abort();
  for (const options of [{ signal }, { signal, wait: true }]) {
    const reader = openReadableStream(name, options).getReader();
    await t.rejects(reader.read(), { name: 'AbortError' });
    const writer = openWritableStream(name, options).getWriter();
    writer.ready.catch(() => {});
    await t.rejects(writer.closed, { name: 'AbortError' });
  }
  t.throws(() => inspect(name), { code: 'ENOENT' });
});
