// cancel() closes the reader's end: the writer gets EPIPE, even if it is idle or waits for space.
import { inspect } from 'smipc';
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { until } from '../fixtures/timing/until.js';

const error = { name: 'SmipcError', code: 'EPIPE', peer: 'closed', syscall: 'write' };

t.test('the writer is idle', async (t) => {
  const { name, writable, readable } = webPair(t);
  const writer = writable.getWriter();
  let closed: unknown;
  writer.closed.catch((reason) => {
    closed = reason;
  });
  await writer.ready;
  await readable.cancel();
  await until(() => closed, 'the writer is told');
  t.match(closed, error);
  await t.rejects(writer.write(Buffer.alloc(1)), error);
  t.throws(() => inspect(name), { code: 'ENOENT' }, 'both have left');
});

t.test('the writer waits for space', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const writer = writable.getWriter();
  const write = writer.write(Buffer.alloc(10_000));
  setImmediate(() => void readable.cancel('enough'));
  await t.rejects(write, error);
  await t.rejects(writer.closed, error);
});

t.test('while a read waits', async (t) => {
  const { writable, readable } = webPair(t);
  const reader = readable.getReader();
  const read = reader.read();
  setImmediate(() => void reader.cancel());
  t.equal((await read).done, true);
  const writer = writable.getWriter();
  await t.rejects(writer.write(Buffer.alloc(1)), error);
});
