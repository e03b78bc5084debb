// Programs can follow what smipc does with node:diagnostics_channel.
import diagnosticsChannel from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

type Event = { topic: string; name: string; mode: string } & Record<string, unknown>;

/** Everything published about one channel from now on. */
function follow(t: Test, name: string): Event[] {
  const events: Event[] = [];
  for (const topic of ['open', 'connect', 'close', 'error']) {
    const listener = (message: unknown) => {
      const event = message as Event;
      if (event.name === name) events.push({ ...event, topic });
    };
    diagnosticsChannel.subscribe(`smipc:${topic}`, listener);
    t.teardown(() => diagnosticsChannel.unsubscribe(`smipc:${topic}`, listener));
  }
  return events;
}

t.test('the life of a channel', async (t) => {
  const name = uniqueName(t);
  const events = follow(t, name);
  const of = (mode: string) => events.filter((event) => event.mode === mode);
  const writer = createWriteStream(name, { capacity: 4096 });
  const { directory } = events[0] as { directory?: unknown };
  t.equal(directory, process.env.SMIPC_DIR ?? `/dev/shm/smipc-${process.geteuid?.()}`);
  const framing = 'bytes';
  t.strictSame(events, [{ topic: 'open', name, mode: 'w', capacity: 4096, framing, directory }]);
  const reader = createReadStream(name);
  await Promise.all([writer.waitForPeer(), reader.waitForPeer()]);
  writer.end('12345');
  await reader.toArray();
  await writer.channel?.close();

  t.match(of('w'), [
    { topic: 'open' },
    { topic: 'connect', name },
    { topic: 'close', name, position: 5, ended: true },
  ]);
  t.match(of('r'), [
    { topic: 'open', capacity: 4096 },
    { topic: 'connect', name },
    { topic: 'close', name, position: 5, ended: true },
  ]);
});

t.test('errors', async (t) => {
  const name = uniqueName(t);
  const events = follow(t, name);
  const writer = openChannel(name, 'w');
  t.throws(() => openChannel(name, 'w'), { code: 'EBUSY' });
  t.match(events.at(-1), { topic: 'error', name, mode: 'w', error: { code: 'EBUSY' } });
  const reader = openChannel(name, 'r');
  await writer.close();
  await t.rejects(reader.read(Buffer.alloc(1)), { code: 'ECONNRESET' });
  const error = { code: 'ECONNRESET', peer: 'aborted', syscall: 'read' };
  t.match(events.at(-1), { topic: 'error', name, mode: 'r', error });
  await reader.close();
});

t.test('a message that makes its stream fail', async (t) => {
  const lost = new Error('lost');
  const serializer = {
    serialize: (value: unknown) => Buffer.from(String(value)),
    deserialize: () => {
      throw lost;
    },
  };
  const objects = { objectMode: true } as const;
  const resumable = { messages: true, resume: true, capacity: 4096 } as const;
  const kDataClone = { name: 'DataCloneError' };
  const kTooLarge = { code: 'ERR_SMIPC_MESSAGE_TOO_LARGE' };

  const writers = [
    { options: objects, value: () => {}, error: kDataClone },
    { options: { messages: true, maxMessageSize: 4 }, value: 'large', error: kTooLarge },
    { options: resumable, value: Buffer.alloc(4096), error: kTooLarge },
  ] as const;
  for (const { options, value, error } of writers) {
    for (const isQueued of [false, true]) {
      const name = uniqueName(t);
      const events = follow(t, name);
      const writer = createWriteStream(name, options);
      if (isQueued) writer.cork();
      if (isQueued) writer.write(options === objects ? 1 : Buffer.from('1'));
      writer.write(value);
      process.nextTick(() => writer.uncork());
      const [emitted] = await once(writer, 'error');
      const errors = events.filter(({ topic }) => topic === 'error');
      t.match(errors, [{ topic: 'error', name, mode: 'w', error }]);
      t.equal(errors.length, 1, 'once');
      t.equal(errors[0]?.error, emitted, 'the one that is emitted');
    }
  }

  const readers = [
    { options: { ...objects, serializer }, error: { code: 'ERR_SMIPC_CORRUPT', cause: lost } },
    { options: { ...objects, maxMessageSize: 4 }, error: kTooLarge },
    { options: { ...objects, resume: true, maxMessageSize: 4 }, error: kTooLarge },
  ] as const;
  for (const { options, error } of readers) {
    const name = uniqueName(t);
    const events = follow(t, name);
    createWriteStream(name, { ...options, maxMessageSize: 1000 }).end('a value');
    const reader = createReadStream(name, options);
    const [emitted] = await once(reader.resume(), 'error');
    const errors = events.filter(({ topic }) => topic === 'error');
    t.match(errors, [{ topic: 'error', name, mode: 'r', error }]);
    t.equal(errors.length, 1, 'once');
    t.equal(errors[0]?.error, emitted, 'the one that is emitted');
  }

  const name = uniqueName(t);
  const events = follow(t, name);
  const writer = createWriteStream(name, objects);
  const reader = createReadStream(name, objects);
  writer.write(1);
  writer.destroy();
  await once(reader.resume(), 'error');
  t.equal(events.filter(({ topic }) => topic === 'error').length, 1, 'a loss is told of once, too');
});
