// Every wait can be given a longest time; it fails with ETIMEDOUT, not before, and loses nothing.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

const timeout = 40;
/** Timers are set in whole milliseconds, and may fire a fraction of one early. */
const leastMs = timeout - 1;

t.test('asynchronous waits', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const alone = openChannel(uniqueName(t), 'w');
  t.teardown(() => alone.close());
  writer.tryWrite(Buffer.alloc(4096));

  for (const [what, syscall, wait] of [
    ['read', 'read', () => reader.read(Buffer.alloc(5000), { min: 5000, timeout })],
    ['write', 'write', () => writer.write(Buffer.alloc(1), { timeout })],
    ['drained', 'wait', () => writer.drained({ timeout })],
    ['waitForPeer', 'wait', () => alone.waitForPeer({ timeout })],
  ] as const) {
    if (what === 'write') writer.tryWrite(Buffer.alloc(4096));
    const start = performance.now();
    const waited: Promise<unknown> = wait();
    await t.rejects(waited, { name: 'SmipcError', code: 'ETIMEDOUT', syscall }, what);
    t.ok(performance.now() - start >= leastMs, what);
  }
});

t.test('blocking waits', (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  for (const wait of [
    () => reader.readSync(Buffer.alloc(10), { timeout }),
    () => writer.writeSync(Buffer.alloc(5000), { timeout }),
  ]) {
    const start = performance.now();
    t.throws(wait, { name: 'SmipcError', code: 'ETIMEDOUT', channel: reader.name });
    t.ok(performance.now() - start >= leastMs);
  }
  t.equal(writer.position, 4096, 'what fitted was written');
  t.end();
});

for (const wait of ['read', 'readSync'] as const) {
  t.test(`${wait}() with min takes nothing`, async (t) => {
    const { writer, reader } = openPair(t);
    writer.tryWrite(Buffer.from('five!'));
    const target = Buffer.alloc(10);
    await t.rejects(async () => reader[wait](target, { min: 6, timeout: 5 }), {
      code: 'ETIMEDOUT',
      syscall: 'read',
    });
    t.equal(reader.tryRead(target), 5);
  });
}

t.test('0: now or never', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(10);
  await t.rejects(reader.read(target, { timeout: 0 }), { code: 'ETIMEDOUT' });
  t.throws(() => reader.readSync(target, { timeout: 0 }), { code: 'ETIMEDOUT' });
  writer.writeSync(Buffer.from('abc'), { timeout: 0 });
  t.equal(reader.readSync(target.subarray(0, 1), { timeout: 0 }), 1);
  t.equal(await reader.read(target, { timeout: 0 }), 2);
});
