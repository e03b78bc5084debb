// A worker thread that blocks can be given a time limit, and can be terminated without one: it gives
// up, not before its time, and what has been moved until then is accounted for.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { startThread } from '../fixtures/processes/thread.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 4096;
const timeout = 60;

interface Report {
  code: string;
  ms: number;
  position: number;
}

t.test('readSync', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { capacity });
  t.teardown(() => writer.close());
  await writer.write(Buffer.from('abc'));
  const thread = startThread(
    ({ smipc, args, send }) => {
      const channel = smipc.openChannel(args.name, 'r');
      const start = performance.now();
      try {
        channel.readSync(Buffer.alloc(10), { min: 4, timeout: args.timeout });
      } catch (error) {
        const ms = performance.now() - start;
        send({ code: (error as { code: string }).code, ms, position: channel.position });
      }
      // The bytes are all still there.
      send(channel.readSync(Buffer.alloc(10), { min: 3, timeout: args.timeout }));
    },
    { name, timeout },
    t,
  );
  const { code, ms, position } = (await thread.message()) as Report;
  t.strictSame({ code, position }, { code: 'ETIMEDOUT', position: 0 });
  t.ok(ms >= timeout, `${ms} ms`);
  t.equal(await thread.message(), 3);
});

t.test('writeSync', async (t) => {
  const name = uniqueName(t);
  const reader = openChannel(name, 'r', { capacity });
  t.teardown(() => reader.close());
  const thread = startThread(
    ({ smipc, args, send }) => {
      const channel = smipc.openChannel(args.name, 'w');
      const start = performance.now();
      try {
        channel.writeSync(Buffer.alloc(10_000), { timeout: args.timeout });
      } catch (error) {
        const ms = performance.now() - start;
        send({ code: (error as { code: string }).code, ms, position: channel.position });
      }
      channel.end();
    },
    { name, timeout },
    t,
  );
  const { code, ms, position } = (await thread.message()) as Report;
  t.strictSame({ code, position }, { code: 'ETIMEDOUT', position: capacity });
  t.ok(ms >= timeout, `${ms} ms`);
  t.equal(await reader.read(Buffer.alloc(10_000), { min: 10_000 }), capacity);
});

for (const mode of ['r', 'w'] as const) {
  t.test(`terminate(), ${mode}`, async (t) => {
    const name = uniqueName(t);
    const peer = openChannel(name, mode === 'r' ? 'w' : 'r', { capacity });
    const thread = startThread(
      ({ smipc, args, send }) => {
        const channel = smipc.openChannel(args.name, args.mode);
        send('open');
        if (args.mode === 'r') channel.readSync(Buffer.alloc(1));
        else channel.writeSync(Buffer.alloc(10_000));
      },
      { name, mode },
      t,
    );
    await thread.message();
    if (mode === 'w') await until(() => peer.status().used === capacity, 'the ring to be full');
    await thread.worker.terminate();
    if (mode === 'r') {
      await t.rejects(peer.write(Buffer.alloc(1)), { code: 'EPIPE', peer: 'closed' });
    } else {
      const target = Buffer.alloc(capacity);
      t.equal(await peer.read(target, { min: capacity }), capacity);
      await t.rejects(peer.read(target), { code: 'ECONNRESET', peer: 'aborted' });
    }
    await peer.close();
  });
}
