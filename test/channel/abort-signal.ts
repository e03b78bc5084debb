// Every wait can be aborted, before it begins and while it lasts, and an aborted read has taken
// nothing out of the ring.
import { type Channel, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

type Wait = (signal: AbortSignal) => Promise<unknown>;

function waits(t: Test): Record<string, Wait> {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const full = openPair(t, { capacity: 4096 }).writer;
  full.tryWrite(Buffer.alloc(4096));
  writer.tryWrite(Buffer.from('five!'));
  const alone: Channel = openChannel(uniqueName(t), 'r');
  t.teardown(() => alone.close());
  return {
    'read()': (signal) => reader.read(Buffer.alloc(10), { min: 10, signal }),
    'write()': (signal) => full.write(Buffer.alloc(1), { signal }),
    'drained()': (signal) => full.drained({ signal }),
    'waitForPeer()': (signal) => alone.waitForPeer({ signal }),
  };
}

for (const what of ['read()', 'write()', 'drained()', 'waitForPeer()']) {
  t.test(`${what}: before and during`, async (t) => {
    const wait = waits(t)[what] as Wait;
    const cause = new Error('my reason');
    const expected = { name: 'AbortError', code: 'ABORT_ERR', cause };
    await t.rejects(wait(AbortSignal.abort(cause)), expected);

    const abort = new AbortController();
    const waiting = wait(abort.signal);
    setImmediate(() => abort.abort(cause));
    await t.rejects(waiting, expected);
  });
}

t.test('nothing is lost by an aborted read', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(10);
  for (const part of ['123', '456', '789']) {
    const abort = new AbortController();
    const read = reader.read(target, { min: 10, signal: abort.signal });
    writer.tryWrite(Buffer.from(part));
    setImmediate(() => abort.abort());
    await t.rejects(read, { code: 'ABORT_ERR' });
  }
  t.equal(reader.position, 0);
  t.equal(await reader.read(target, { min: 9 }), 9);
  t.equal(target.toString('latin1', 0, 9), '123456789');
});

t.test('one aborted read does not hold up the next', async (t) => {
  const { writer, reader } = openPair(t);
  const abort = new AbortController();
  const first = reader.read(Buffer.alloc(10), { min: 10, signal: abort.signal });
  const second = reader.read(Buffer.alloc(2), { min: 2 });
  writer.tryWrite(Buffer.from('ab'));
  setImmediate(() => abort.abort());
  await t.rejects(first, { code: 'ABORT_ERR' });
  t.equal(await second, 2);
});

t.test('an aborted write has written `position` bytes', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const abort = new AbortController();
  const write = writer.write(Buffer.alloc(10_000, 'x'), { signal: abort.signal });
  setImmediate(() => abort.abort());
  await t.rejects(write, { code: 'ABORT_ERR' });
  t.equal(writer.position, 4096);
  t.equal(reader.tryRead(Buffer.alloc(10_000)), 4096);
  await writer.write(Buffer.from('next'));
  t.equal(reader.tryRead(Buffer.alloc(10)), 4);
});

t.test('what is done is not undone by a later abort', async (t) => {
  const { writer, reader } = openPair(t);
  const abort = new AbortController();
  await writer.write(Buffer.from('x'), { signal: abort.signal });
  t.equal(await reader.read(Buffer.alloc(1), { signal: abort.signal }), 1);
  abort.abort();
  t.equal(reader.state, 'open');
});
