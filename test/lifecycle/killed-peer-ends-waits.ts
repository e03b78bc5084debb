// Every call of a channel that waits ends when the peer is killed: the asynchronous ones reject, the
// ones that park a thread throw. So do the same calls afterwards.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { startThread } from '../fixtures/processes/thread.js';

const capacity = 4096;
const lostWriter = { code: 'ECONNRESET', peer: 'died' };
const lostReader = { code: 'EPIPE', peer: 'died' };

t.test('read', async (t) => {
  const name = uniqueName(t);
  const writer = await startHolder(t, name, 'w', { capacity });
  const channel = openChannel(name, 'r');
  const reading = [channel.read(Buffer.alloc(10)), channel.read(Buffer.alloc(10), { min: 5 })];
  writer.kill();
  for (const promise of reading) await t.rejects(promise, lostWriter);
  await t.rejects(channel.read(Buffer.alloc(10)), lostWriter);
  t.throws(() => channel.readSync(Buffer.alloc(10)), lostWriter);
  t.throws(() => channel.tryRead(Buffer.alloc(10)), lostWriter);
  t.match(channel.status(), { writer: { state: 'died', pid: writer.pid } });
  await channel.close();
});

t.test('write and drained', async (t) => {
  const name = uniqueName(t);
  const reader = await startHolder(t, name, 'r', { capacity });
  const channel = openChannel(name, 'w');
  const waiting = [channel.write(Buffer.alloc(3 * capacity)), channel.drained()];
  t.equal(channel.status().used, capacity);
  reader.kill();
  for (const promise of waiting) await t.rejects(promise, lostReader);
  await t.rejects(channel.write(Buffer.alloc(1)), lostReader);
  await t.rejects(channel.drained(), lostReader);
  t.throws(() => channel.writeSync(Buffer.alloc(1)), lostReader);
  t.throws(() => channel.tryWrite(Buffer.alloc(1)), lostReader);
  t.match(channel.status(), { reader: { state: 'died', pid: reader.pid } });
  await channel.close();
});

for (const mode of ['r', 'w'] as const) {
  t.test(`${mode === 'r' ? 'readSync' : 'writeSync'} in a worker thread`, async (t) => {
    const name = uniqueName(t);
    const peer = await startHolder(t, name, mode === 'r' ? 'w' : 'r', { capacity });
    const thread = startThread(
      ({ smipc, args, send }) => {
        const channel = smipc.openChannel(args.name, args.mode);
        send('open');
        try {
          if (args.mode === 'r') channel.readSync(Buffer.alloc(1));
          else channel.writeSync(Buffer.alloc(3 * args.capacity));
        } catch (error) {
          const { code, peer } = error as { code: string; peer: string };
          send({ code, peer });
        }
      },
      { name, mode, capacity },
      t,
    );
    await thread.message();
    peer.kill();
    t.match(await thread.message(), mode === 'r' ? lostWriter : lostReader);
    t.equal(await thread.exit, 0);
  });
}
