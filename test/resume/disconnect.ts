// With `resume`, the opposite end leaves or dies, and its successor is waited for: 'disconnect' says so,
// once for each departure, with who it was, how it went and where. An end is no departure.
import { once } from 'node:events';
import {
  type ChannelReadStream,
  type ChannelWriteStream,
  createReadStream,
  createWriteStream,
  type Departure,
  inspect,
  openChannel,
  type Takeover,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { followTopic } from '../fixtures/channels/topic.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const { pid } = process;
const framings = {
  bytes: {},
  messages: { messages: true },
  objects: { objectMode: true },
} as const;
const resume = true;

type Told = ['connect'] | ['disconnect', Departure] | ['resumed', Takeover] | ['end'] | ['error'];

/** What a stream tells of its peer, in order. */
function follow(stream: ChannelReadStream | ChannelWriteStream): Told[] {
  const told: Told[] = [];
  stream.on('connect', () => told.push(['connect']));
  stream.on('disconnect', (departure) => told.push(['disconnect', departure]));
  stream.on('resumed', (takeover) => told.push(['resumed', takeover]));
  stream.on('error', () => told.push(['error']));
  if ('readable' in stream && stream.readable) stream.on('end', () => told.push(['end']));
  return told;
}

/** A process that has an end: it writes `sizes`, or reads all that comes, until it is killed. */
async function startEnd(
  t: Test,
  name: string,
  mode: 'r' | 'w',
  options: object,
  sizes: number[] = [],
): Promise<TalkingChild> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      if (args.mode === 'r') {
        smipc.createReadStream(args.name, args.options).resume();
      } else {
        const writer = smipc.createWriteStream(args.name, args.options);
        for (const size of args.sizes) writer.write(Buffer.alloc(size));
      }
      await send('open');
      await receive();
      process.exit();
    },
    { name, mode, options, sizes },
  );
  t.equal(await child.message(), 'open');
  return child;
}

for (const [framing, options] of Object.entries(framings)) {
  t.test(`a writer of ${framing} that is killed, and its successor that exits`, async (t) => {
    const name = uniqueName(t);
    const topic = followTopic(t, 'smipc:disconnect', name);
    const reader = createReadStream(name, { ...options, resume, resumeTimeout: 60_000 });
    t.teardown(() => reader.destroy());
    const told = follow(reader);
    reader.resume();
    const first = await startEnd(t, name, 'w', { ...options, resume }, [100, 200]);
    await until(() => inspect(name).bytesWritten >= 300, 'all of its bytes');
    const position = inspect(name).bytesWritten;
    first.kill();
    await until(() => told.length === 2, "'disconnect'");
    const messages = inspect(name).messagesWritten ?? 0;
    const departure = { role: 'writer', peer: 'died', pid: first.pid, position, messages };
    t.strictSame(told, [['connect'], ['disconnect', { ...departure, resumeTimeout: 60_000 }]]);
    t.strictSame(topic, [{ name, mode: 'r', ...departure, resumeTimeout: 60_000 }]);

    const second = await startEnd(t, name, 'w', { ...options, resume }, [50]);
    await until(() => told.length === 3, "'resumed'");
    t.match(told[2], ['resumed', { role: 'writer', position, takeovers: 1 }]);
    await second.send('exit');
    await second.exit;
    await until(() => told.length === 4, "'disconnect'");
    t.match(told[3], ['disconnect', { role: 'writer', peer: 'aborted', pid: second.pid }]);

    createWriteStream(name, { ...options, resume }).end();
    await once(reader, 'end');
    t.match(told.slice(4), [['resumed', { takeovers: 2 }], ['end']]);
    await someTurns();
    t.equal(told.length, 6);
    t.equal(topic.length, 2);
  });

  t.test(`a reader of ${framing} that is killed, and its successor that exits`, async (t) => {
    const name = uniqueName(t);
    const topic = followTopic(t, 'smipc:disconnect', name);
    const writer = createWriteStream(name, { ...options, resume });
    t.teardown(() => writer.destroy());
    const told = follow(writer);
    const first = await startEnd(t, name, 'r', { ...options, resume });
    writer.write(Buffer.alloc(100));
    await writer.drained();
    first.kill();
    await until(() => told.length === 2, "'disconnect'");
    const position = writer.bytesWritten;
    const messages = inspect(name).messagesRead ?? 0;
    const departure = { role: 'reader', peer: 'died', pid: first.pid, position, messages };
    t.strictSame(told, [['connect'], ['disconnect', departure]]);
    t.strictSame(topic, [{ name, mode: 'w', ...departure }]);

    const second = await startEnd(t, name, 'r', { ...options, resume });
    await until(() => told.length === 3, "'resumed'");
    await second.send('exit');
    await second.exit;
    await until(() => told.length === 4, "'disconnect'");
    t.match(told[3], ['disconnect', { role: 'reader', peer: 'closed', pid: second.pid }]);

    const third = createReadStream(name, { ...options, resume }).resume();
    await until(() => told.length === 5, "'resumed'");
    const closed = once(writer, 'close');
    writer.end();
    await Promise.all([once(third, 'end'), closed, writer.drained()]);
    t.match(told.slice(4), [['resumed', { takeovers: 2 }]]);
    t.equal(told.length, 5, 'a reader that has read to the end is not missed');
    t.equal(topic.length, 2);
  });
}

t.test('a writer that had gone before the reader came', async (t) => {
  const name = uniqueName(t);
  const first = openChannel(name, 'w', { resume });
  first.writeSync(Buffer.from('left'));
  await first.close();
  const reader = createReadStream(name, { resume });
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  t.equal(String(await once(reader, 'data')), 'left');
  await someTurns();
  const departure = { role: 'writer', peer: 'aborted', pid, position: 4, messages: 0 };
  t.strictSame(told, [['disconnect', departure]], 'what it left is read all the same');
  const second = createWriteStream(name, { resume });
  await until(() => told.length === 3, "'connect'");
  second.destroy();
  await until(() => told.length === 4, "'disconnect'");
  t.strictSame(told.map(([event]) => event).sort(), [
    'connect',
    'disconnect',
    'disconnect',
    'resumed',
  ]);
  t.match(told[3], ['disconnect', departure]);
});

t.test('a reader that had gone before the next writer came, and has come again', async (t) => {
  const name = uniqueName(t);
  const child = await startEnd(t, name, 'w', { resume }, [10]);
  await openChannel(name, 'r', { resume }).close();
  child.kill();
  await child.exit;
  const writer = createWriteStream(name, { resume });
  t.teardown(() => writer.destroy());
  const told = follow(writer);
  await someTurns();
  t.match(told, [
    ['resumed', { role: 'writer', position: 10 }],
    ['disconnect', { role: 'reader', peer: 'closed', pid, position: 0 }],
  ]);
  t.equal(told.length, 2);
});

for (const state of ['idle', 'paused', 'acknowledging', 'in work'] as const) {
  t.test(`told to a reader that is ${state}`, async (t) => {
    const name = uniqueName(t);
    const options = { resume, objectMode: true };
    const reader = createReadStream(name, { ...options, acknowledge: state !== 'idle' });
    t.teardown(() => reader.destroy());
    const told = follow(reader);
    const child = await startEnd(t, name, 'w', options, [10, 20]);
    if (state === 'paused') reader.once('data', () => reader.pause());
    if (state === 'acknowledging') reader.resume();
    const work = async () => {
      for await (const _ of reader) await until(() => told.length >= 2, "'disconnect'");
    };
    const done = state === 'in work' ? work() : undefined;
    await until(() => told.length === 1, "'connect'");
    child.kill();
    await until(() => told.length === 2, "'disconnect'");
    t.match(told, [['connect'], ['disconnect', { peer: 'died', pid: child.pid }]]);
    createWriteStream(name, options).end();
    reader.resume();
    await (done ?? until(() => reader.readableEnded, "'end'"));
    t.equal(told.filter(([event]) => event === 'disconnect').length, 1);
  });
}

t.test('told to an end that had to wait for its own role', async (t) => {
  const name = uniqueName(t);
  const first = openChannel(name, 'r', { resume });
  const writer = await startEnd(t, name, 'w', { resume }, [10]);
  const reader = createReadStream(name, { resume, wait: true });
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  writer.kill();
  await writer.exit;
  await someTurns();
  t.strictSame(told, [], 'it has no end yet');
  await first.close();
  await until(() => told.length === 2, "'disconnect'");
  t.match(told, [
    ['resumed', { role: 'reader' }],
    ['disconnect', { role: 'writer', peer: 'died', pid: writer.pid, position: 10 }],
  ]);
});

t.test('one that has never come is not missed', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume });
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  await someTurns();
  t.strictSame(told, []);
});

t.test('one that comes and goes before this end can look', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume });
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  const writer = openChannel(name, 'w', { resume });
  writer.tryWrite(Buffer.from('x'));
  void writer.close();
  await until(() => told.length === 2, "'disconnect'");
  t.match(told, [['connect'], ['disconnect', { peer: 'aborted', position: 1 }]]);
});

t.test('the successor came before this end could look: nobody is waited for', async (t) => {
  const name = uniqueName(t);
  const topic = followTopic(t, 'smipc:disconnect', name);
  const reader = createReadStream(name, { resume });
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  const first = openChannel(name, 'w', { resume });
  await reader.waitForPeer();
  await someTurns();
  void first.close();
  const second = openChannel(name, 'w', { resume });
  await until(() => told.length === 2, "'resumed'");
  await someTurns();
  t.match(told, [['connect'], ['resumed', { takeovers: 1 }]]);
  t.equal(told.length, 2);
  t.strictSame(topic, []);
  // This one, and the one after it, go before this end can look.
  void second.close();
  void openChannel(name, 'w', { resume }).close();
  await until(() => told.length === 4, "'disconnect'");
  await someTurns();
  t.match(told.slice(2), [
    ['resumed', { takeovers: 2 }],
    ['disconnect', { peer: 'aborted', position: 0 }],
  ]);
  t.equal(told.length, 4);
});

t.test('not after the limit, and not for a stream that is over', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume, resumeTimeout: 20 });
  const told = follow(writer);
  const reader = openChannel(name, 'r', { resume });
  await writer.waitForPeer();
  await reader.close();
  await until(() => writer.closed, "'close'");
  t.match(told, [
    ['connect'],
    ['disconnect', { role: 'reader', peer: 'closed', resumeTimeout: 20 }],
    ['error'],
  ]);
  t.equal(told.length, 3);
});

for (const leave of ['destroy', 'end'] as const) {
  t.test(`not after ${leave}()`, async (t) => {
    const name = uniqueName(t);
    const writer = createWriteStream(name, { resume });
    const told = follow(writer);
    const reader = openChannel(name, 'r', { resume });
    await writer.waitForPeer();
    await someTurns();
    void reader.close();
    if (leave === 'end') writer.end();
    else writer.destroy();
    await once(writer, 'close');
    await someTurns();
    t.strictSame(told, [['connect']]);
  });
}

t.test('a writer that has ended and waits until all is read is told', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume });
  const told = follow(writer);
  writer.end('something');
  const drained = writer.drained();
  const first = openChannel(name, 'r', { resume });
  await writer.waitForPeer();
  await first.close();
  await until(() => told.length === 2, "'disconnect'");
  t.match(told, [['connect'], ['disconnect', { role: 'reader', peer: 'closed', position: 0 }]]);
  createReadStream(name, { resume }).resume();
  await drained;
});

t.test('a Channel: by the topic, also while a call blocks', async (t) => {
  const name = uniqueName(t);
  const topic = followTopic(t, 'smipc:disconnect', name);
  const child = await startEnd(t, name, 'w', { resume }, [3]);
  const reader = openChannel(name, 'r', { resume, resumeTimeout: 200 });
  t.teardown(() => reader.close());
  t.equal(reader.readSync(Buffer.alloc(3), { min: 3 }), 3);
  child.kill();
  t.throws(() => reader.readSync(Buffer.alloc(1)), { code: 'ECONNRESET', peer: 'died' });
  const departure = { role: 'writer', peer: 'died', pid: child.pid, position: 3, messages: 0 };
  t.strictSame(topic, [{ name, mode: 'r', ...departure, resumeTimeout: 200 }]);
});

t.test('40 writers that are killed, or leave, are missed once each', async (t) => {
  const name = uniqueName(t);
  const options = { resume, objectMode: true };
  const reader = createReadStream(name, options).resume();
  t.teardown(() => reader.destroy());
  const told = follow(reader);
  const count = (event: Told[0]) => told.filter(([one]) => one === event).length;
  const pids: number[] = [];
  const isMissed = () => until(() => count('disconnect') === pids.length, "'disconnect'");
  for (let i = 0; i < 10; i++) {
    const child = await startEnd(t, name, 'w', options, [i]);
    await until(() => count('resumed') === pids.length, "'resumed'");
    pids.push(child.pid);
    child.kill();
    await isMissed();
    for (let j = 0; j < 3; j++) {
      const writer = createWriteStream(name, options);
      await until(() => count('resumed') === pids.length, "'resumed'");
      pids.push(pid);
      writer.destroy();
      await isMissed();
    }
  }
  await someTurns();
  const departures = told.flatMap((one) => (one[0] === 'disconnect' ? [one[1]] : []));
  t.strictSame(
    departures.map((one) => one.pid),
    pids,
  );
  t.equal(count('resumed'), 39);
});
