// status() says how both ends and the ring are, in every state an end can be in.
import { inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { startHolder } from '../fixtures/processes/holder.js';

const { pid } = process;
const counters = {
  pollsHit: 0,
  pollsMissed: 0,
  parks: 0,
  wakeUpsRung: 0,
  wakeUpsSuppressed: 0,
};

t.test('from the first opening to the last close', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { capacity: 5000 });
  t.teardown(() => writer.close());
  const capacity = 8192;
  t.strictSame(writer.status(), {
    name,
    mode: 'w',
    capacity,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 0,
    bytesRead: 0,
    used: 0,
    writer: { state: 'open', pid },
    reader: { state: 'absent' },
    counters,
  });
  t.match(writer, { name, mode: 'w', capacity, framing: 'bytes', position: 0, state: 'open' });

  await writer.write(Buffer.alloc(100));
  t.match(inspect(name), { mode: null, bytesWritten: 100, bytesRead: 0, used: 100 });
  t.notOk('counters' in inspect(name), 'of an end, not of the channel');
  const reader = openChannel(name, 'r', { capacity: 1e6 });
  t.teardown(() => reader.close());
  t.equal(reader.capacity, capacity, 'the creator chose it');
  await reader.read(Buffer.alloc(30));
  t.strictSame(reader.status(), {
    name,
    mode: 'r',
    capacity,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 100,
    bytesRead: 30,
    used: 70,
    writer: { state: 'open', pid },
    reader: { state: 'open', pid },
    counters: { ...counters, wakeUpsSuppressed: 1 },
  });
  t.equal(reader.position, 30);
  t.equal(writer.position, 100);

  writer.end();
  t.match(reader.status(), { writer: { state: 'ended', pid }, used: 70 });
  await reader.close();
  t.match(writer.status(), { reader: { state: 'closed', pid }, bytesRead: 30 });
});

t.test('aborted', async (t) => {
  const name = uniqueName(t);
  const reader = openChannel(name, 'r');
  t.teardown(() => reader.close());
  t.match(reader.status(), { writer: { state: 'absent' }, reader: { state: 'open', pid } });
  await openChannel(name, 'w').close();
  t.match(reader.status().writer, { state: 'aborted', pid });
});

for (const mode of ['r', 'w'] as const) {
  t.test(`died: ${mode}`, async (t) => {
    const name = uniqueName(t);
    const survivor = openChannel(name, mode === 'r' ? 'w' : 'r');
    t.teardown(() => survivor.close());
    const holder = await startHolder(t, name, mode);
    const end = () => survivor.status()[mode === 'r' ? 'reader' : 'writer'];
    t.strictSame(end(), { state: 'open', pid: holder.pid });
    holder.kill();
    await holder.exit;
    t.strictSame(end(), { state: 'died', pid: holder.pid });
  });
}
