// close() fails whatever waits on this side with EBADF, and tells the other side at once.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

const error = { name: 'SmipcError', code: 'EBADF' };

t.test('reads', async (t) => {
  const { reader, writer } = openPair(t);
  const reads = [reader.read(Buffer.alloc(1)), reader.read(Buffer.alloc(1))];
  const settled = Promise.allSettled(reads);
  await reader.close();
  for (const read of reads) await t.rejects(read, { ...error, syscall: 'read' });
  await settled;
  await t.rejects(writer.write(Buffer.alloc(1)), { code: 'EPIPE', peer: 'closed' });
});

t.test('writes and drained()', async (t) => {
  const { reader, writer } = openPair(t, { capacity: 4096 });
  const waits = [writer.write(Buffer.alloc(5000)), writer.write(Buffer.alloc(1)), writer.drained()];
  const settled = Promise.allSettled(waits);
  await writer.close();
  for (const wait of waits) await t.rejects(wait, error);
  await settled;
  // What was published before is still there, and then the abort.
  const target = Buffer.alloc(5000);
  t.equal(await reader.read(target, { min: 5000 }), 4096);
  await t.rejects(reader.read(target), { code: 'ECONNRESET', peer: 'aborted' });
});

t.test('waitForPeer()', async (t) => {
  const alone = openChannel(uniqueName(t), 'r');
  const wait = alone.waitForPeer();
  const settled = Promise.allSettled([wait]);
  await alone.close();
  await settled;
  await t.rejects(wait, { ...error, syscall: 'wait' });
});

for (const [what, close] of [
  ['using', async (channel: Disposable) => channel[Symbol.dispose]()],
  ['await using', (channel: AsyncDisposable) => channel[Symbol.asyncDispose]()],
] as const) {
  t.test(`what ${what} calls`, async (t) => {
    const { writer, reader } = openPair(t);
    await close(writer);
    t.not(writer.state, 'open');
    await t.rejects(reader.read(Buffer.alloc(1)), { code: 'ECONNRESET', peer: 'aborted' });
  });
}

t.test('using and await using', async (t) => {
  const name = uniqueName(t);
  {
    await using writer = openChannel(name, 'w');
    using reader = openChannel(name, 'r', { create: 'never' });
    await writer.write(Buffer.from('x'));
    t.equal(await reader.read(Buffer.alloc(1)), 1);
  }
  t.throws(() => openChannel(name, 'r', { create: 'never' }), { code: 'ENOENT' });
});
