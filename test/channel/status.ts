// status() says how both ends and the ring are, in every state an end can be in.
import { inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
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
  const name = 'channel';
  const dir = uniqueDirectory(t);
  const writer = openChannel(name, 'w', { dir, capacity: 5000 });
  t.teardown(() => writer.close());
  const capacity = 8192;
  t.strictSame(writer.status(), {
    name,
    directory: dir,
    mode: 'w',
    capacity,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 0,
    bytesRead: 0,
    used: 0,
    writer: { state: 'open', pid, sleeping: false, wakeUps: 0 },
    reader: { state: 'absent', wakeUps: 1 },
    counters,
  });
  t.match(writer, { name, mode: 'w', capacity, framing: 'bytes', position: 0, state: 'open' });

  await writer.write(Buffer.alloc(100));
  t.match(inspect(name, { dir }), { mode: null, bytesWritten: 100, bytesRead: 0, used: 100 });
  t.notOk('counters' in inspect(name, { dir }), 'of an end, not of the channel');
  const reader = openChannel(name, 'r', { dir, capacity: 1e6 });
  t.teardown(() => reader.close());
  t.equal(reader.capacity, capacity, 'the creator chose it');
  await reader.read(Buffer.alloc(30));
  t.strictSame(reader.status(), {
    name,
    directory: dir,
    mode: 'r',
    capacity,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 100,
    bytesRead: 30,
    used: 70,
    writer: { state: 'open', pid, sleeping: false, wakeUps: 1 },
    reader: { state: 'open', pid, sleeping: false, wakeUps: 1 },
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
    t.strictSame(end(), { state: 'open', pid: holder.pid, sleeping: false, wakeUps: 1 });
    holder.kill();
    await holder.exit;
    t.strictSame(end(), { state: 'died', pid: holder.pid, wakeUps: 1 });
  });
}

t.test('who sleeps', async (t) => {
  const dir = uniqueDirectory(t);
  const reader = openChannel('channel', 'r', { dir, capacity: 4096 });
  const writer = openChannel('channel', 'w', { dir });
  t.teardown(() => Promise.all([reader.close(), writer.close()]));
  const sleeping = () => {
    const { writer, reader } = inspect('channel', { dir });
    return [writer.sleeping, reader.sleeping];
  };
  const target = Buffer.alloc(5000);
  const reading = reader.read(target);
  t.strictSame(sleeping(), [false, true], 'the reader, for bytes');
  t.equal(reader.status().reader.sleeping, true, 'as it says itself');
  const { wakeUps } = reader.status().reader;
  writer.writeSync(Buffer.alloc(10));
  t.strictSame(sleeping(), [false, false]);
  t.equal(reader.status().reader.wakeUps, wakeUps + 1);
  t.equal(await reading, 10);
  const writing = writer.write(Buffer.alloc(5000));
  t.strictSame(sleeping(), [true, false], 'the writer, for space');
  t.equal(reader.tryRead(target), 4096);
  await writing;
  t.strictSame(sleeping(), [false, false]);
  await writer.close();
  t.notOk('sleeping' in reader.status().writer, 'only those who are there');
});
