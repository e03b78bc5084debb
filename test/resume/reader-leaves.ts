// leave() of a reader: the consumer finishes what it was given, and the stream ends; the next reader
// gets everything else, and nothing twice.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import {
  type ChannelReadStream,
  createReadStream,
  createWriteStream,
  inspect,
  openChannel,
  type ReadStreamOptions,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const both = { resume: true, objectMode: true, capacity: 4096 } as const;
const kept: ReadStreamOptions = { ...both, acknowledge: true };

/** A writer of the numbers from 1 on. */
function startWriter(t: Test, count: number, options: typeof both | object = both) {
  const name = uniqueName(t);
  const writer = createWriteStream(name, options);
  t.teardown(() => writer.destroy());
  for (let i = 1; i <= count; i++) writer.write(i);
  return { name, writer };
}

async function rest(name: string, options: ReadStreamOptions): Promise<unknown[]> {
  const reader = createReadStream(name, options);
  const values: unknown[] = [];
  for await (const value of reader) values.push([value, reader.redelivered]);
  return values;
}

t.test(
  'in a loop, while the body is at work: it is the last one, and is acknowledged',
  async (t) => {
    const { name, writer } = startWriter(t, 5);
    writer.end();
    const reader = createReadStream(name, kept);
    const seen: unknown[] = [];
    let isAtWork = false;
    let left: Promise<void> | undefined;
    for await (const value of reader) {
      isAtWork = true;
      if (value === 2) {
        left = reader.leave();
        void left.then(() => t.notOk(isAtWork, 'left when the body was done'));
        await someTurns();
        t.equal(inspect(name).reader.state, 'open');
      }
      seen.push(value);
      isAtWork = false;
    }
    t.strictSame(seen, [1, 2]);
    await left;
    t.equal(reader.errored, null);
    t.strictSame(
      await rest(name, kept),
      [3, 4, 5].map((value) => [value, false]),
    );
  },
);

t.test('in a loop that waits: at once', async (t) => {
  const { name, writer } = startWriter(t, 1);
  const reader = createReadStream(name, kept);
  const seen: unknown[] = [];
  const loop = (async () => {
    for await (const value of reader) seen.push(value);
  })();
  await until(() => inspect(name).used === 0, 'the first to be acknowledged');
  await someTurns();
  await reader.leave();
  await loop;
  t.strictSame(seen, [1]);
  t.equal(inspect(name).reader.state, 'closed');
  writer.write(2);
  writer.end();
  t.strictSame(await rest(name, kept), [[2, false]]);
});

t.test('in a loop that breaks or throws: its message comes again', async (t) => {
  const { name, writer } = startWriter(t, 2);
  writer.end();
  const reader = createReadStream(name, kept);
  for await (const value of reader) {
    t.equal(value, 1);
    void reader.leave();
    break;
  }
  await reader.leave();
  t.strictSame(await rest(name, kept), [
    [1, true],
    [2, false],
  ]);
});

t.test("'data': in the listener, between two, and while it is paused", async (t) => {
  const { name, writer } = startWriter(t, 4);
  writer.end();
  const listens = createReadStream(name, kept);
  const seen: unknown[] = [];
  let left: Promise<void> | undefined;
  listens.on('data', (value) => {
    seen.push(value);
    left ??= listens.leave();
  });
  await once(listens, 'end');
  await left;
  t.strictSame(seen, [1]);

  const pauses = createReadStream(name, kept);
  pauses.on('data', (value) => {
    seen.push(value);
    pauses.pause();
  });
  await until(() => seen.length === 2, 'the second');
  let isOver = false;
  const over = pauses.leave().then(() => {
    isOver = true;
  });
  await someTurns();
  t.equal(isOver, false, 'the listener may be at work still');
  pauses.resume();
  await over;
  t.strictSame(seen, [1, 2]);

  t.strictSame(await rest(name, kept), [
    [3, false],
    [4, false],
  ]);
});

t.test("'readable' and read()", async (t) => {
  const { name, writer } = startWriter(t, 3);
  writer.end();
  const reader = createReadStream(name, kept);
  const seen: unknown[] = [];
  const work: Promise<void>[] = [];
  let left: Promise<void> | undefined;
  const take = () => {
    const value = reader.read();
    if (value === null) return;
    seen.push(value);
    if (value === 2) left = reader.leave();
    work.push(setTimeout(1).then(take));
  };
  reader.on('readable', take);
  await once(reader, 'end');
  await left;
  t.strictSame(seen, [1, 2]);
  t.strictSame(await rest(name, kept), [[3, false]]);
});

for (const [what, consume] of Object.entries({
  'never read': () => {},
  'paused from the start': (reader: ChannelReadStream) => reader.pause(),
  flowing: (reader: ChannelReadStream) => reader.resume(),
  "a listener of 'readable'": (reader: ChannelReadStream) => reader.on('readable', () => {}),
})) {
  t.test(`${what}, and nothing has come: 'end' and 'close'`, async (t) => {
    const { name } = startWriter(t, 0);
    const reader = createReadStream(name, kept);
    consume(reader);
    await someTurns();
    const events: string[] = [];
    for (const event of ['end', 'close'] as const) reader.on(event, () => events.push(event));
    const closed = once(reader, 'close');
    await reader.leave();
    t.equal(inspect(name).reader.state, 'closed');
    await closed;
    t.strictSame(events, ['end', 'close']);
  });
}

t.test('without `acknowledge`: what has been taken out is handed out', async (t) => {
  const { name, writer } = startWriter(t, 100);
  const reader = createReadStream(name, { ...both, highWaterMark: 2 });
  const seen: unknown[] = [];
  let isAtWork = false;
  let left: Promise<void> | undefined;
  for await (const value of reader) {
    isAtWork = true;
    left ??= reader.leave().then(() => {
      t.notOk(isAtWork, 'left when the last body was done');
    });
    await someTurns();
    if (value === 1) writer.write('later');
    seen.push(value);
    isAtWork = false;
  }
  await left;
  t.strictSame(
    seen,
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  writer.end();
  t.strictSame(await rest(name, kept), [['later', false]]);
});

t.test(
  'bytes: what has been taken out is handed out, and the rest is the next one`s',
  async (t) => {
    const capacity = 4096;
    const total = 20 * capacity;
    const { name, writer, reader } = streamPair(
      t,
      { resume: true, capacity },
      { resume: true, capacity, highWaterMark: 1000 },
    );
    writer.end(patternBytes(total));
    let position = 0;
    for await (const chunk of reader) {
      checkPattern(chunk, position);
      position += chunk.length;
      if (position > 3 * capacity) void reader.leave();
      await someTurns();
    }
    t.ok(position < 5 * capacity);
    t.equal(reader.channel?.position, position);
    for await (const chunk of createReadStream(name, { resume: true })) {
      checkPattern(chunk, position);
      position += chunk.length;
    }
    t.equal(position, total);
  },
);

t.test('onread', async (t) => {
  const { writer, name } = startWriter(t, 0, { resume: true });
  let count = 0;
  const reader = createReadStream(name, {
    resume: true,
    onread: {
      buffer: Buffer.alloc(10),
      callback: (size) => {
        count += size;
        if (count === 20) void reader.leave();
      },
    },
  });
  writer.write(Buffer.alloc(35));
  await once(reader, 'end');
  await reader.leave();
  t.equal(count, 20);
  t.equal(inspect(name).used, 15);
});

t.test('a pipe: its target gets the end', async (t) => {
  const { name } = startWriter(t, 2);
  const reader = createReadStream(name, kept);
  const target = createWriteStream(uniqueName(t), { objectMode: true });
  t.teardown(() => target.destroy());
  reader.pipe(target);
  await until(() => inspect(name).used === 0, 'both to be passed on');
  const finished = once(target, 'finish');
  await reader.leave();
  await finished;
});

t.test('the writer has ended, and everything has been read: the stream is over', async (t) => {
  const { name, writer } = startWriter(t, 1);
  const reader = createReadStream(name, kept);
  for await (const _ of reader) {
    writer.end();
    await once(writer, 'finish');
    void reader.leave();
  }
  await reader.leave();
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('without `resume`: the loop ends, and the writer is told as always', async (t) => {
  const { writer, reader } = streamPair(t, { messages: true }, { messages: true });
  const lost = once(writer, 'error');
  for (const text of ['a', 'b']) writer.write(text);
  const seen: string[] = [];
  for await (const message of reader) {
    seen.push(String(message));
    void reader.leave();
  }
  await reader.leave();
  t.strictSame(seen, ['a', 'b'], 'the second had been taken out with the first');
  t.match(await lost, [{ code: 'EPIPE', peer: 'closed' }]);
});

t.test('while the role is waited for: it is not taken', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'r', { resume: true });
  t.teardown(() => holder.close());
  const reader = createReadStream(name, { resume: true, wait: true });
  const waits = t.rejects(reader.waitForPeer(), { code: 'EBADF' });
  const loop = (async () => {
    for await (const _ of reader) t.fail('nothing was written');
  })();
  await someTurns();
  await reader.leave();
  await loop;
  await waits;
  await holder.close();
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('twice, after the end, and after destroy()', async (t) => {
  const { name, writer } = startWriter(t, 1);
  writer.end();
  const reader = createReadStream(name, kept);
  const both = [reader.leave(), reader.leave()];
  await Promise.all(both);
  await reader.leave();

  const whole = createReadStream(name, kept);
  await whole.toArray();
  await whole.leave();

  const destroyed = createReadStream(name, kept);
  destroyed.destroy();
  await destroyed.leave();
});

t.test('limits: the wait ends, and the stream goes on', async (t) => {
  const { name } = startWriter(t, 1);
  const reader = createReadStream(name, kept);
  for await (const _ of reader) {
    await t.rejects(reader.leave({ timeout: 1 }), { code: 'ETIMEDOUT', channel: name });
    const signal = AbortSignal.abort();
    await t.rejects(reader.leave({ signal }), { name: 'AbortError' });
    t.throws(() => reader.leave({ timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  }
  await reader.leave();
});

t.test('a stream that fails meanwhile: its error', async (t) => {
  const { name } = startWriter(t, 1);
  const reader = createReadStream(name, kept);
  reader.on('error', () => {});
  await once(reader, 'readable');
  reader.read();
  const left = reader.leave();
  reader.destroy(new Error('the disk is full'));
  await t.rejects(left, { message: 'the disk is full' });
  await t.rejects(reader.leave(), { message: 'the disk is full' });
});

t.test('acknowledge() says what it did', async (t) => {
  const { name } = startWriter(t, 2);
  const reader = createReadStream(name, kept);
  for await (const value of reader) {
    if (value === 1) {
      t.equal(reader.acknowledge(), true);
      t.equal(reader.acknowledge(), false);
    } else {
      reader.destroy();
      t.throws(() => reader.acknowledge(), {
        name: 'SmipcError',
        code: 'ERR_STREAM_DESTROYED',
        channel: name,
      });
      break;
    }
  }
  const next = createReadStream(name, kept);
  for await (const value of next) {
    t.strictSame([value, next.redelivered], [2, true]);
    void next.leave();
  }
  t.equal(next.acknowledge(), false);
});

for (const [framing, options] of Object.entries({
  objects: { objectMode: true },
  messages: { messages: true },
})) {
  for (const resume of [false, true]) {
    t.test(`leave() in a 'data' listener, ${framing}${resume ? ', resumable' : ''}`, async (t) => {
      const name = uniqueName(t);
      const both = { ...options, resume };
      const reader = createReadStream(name, both);
      const seen: number[] = [];
      let isInside = false;
      reader.on('data', (value) => {
        if (isInside) t.fail('a listener is called within another');
        isInside = true;
        void reader.leave();
        seen.push(Number(value));
        isInside = false;
      });
      await someTurns();
      const writer = createWriteStream(name, both);
      writer.on('error', () => {}); // EPIPE, if it is not resumable
      t.teardown(() => writer.destroy());
      const count = 8000;
      writer.cork();
      for (let i = 0; i < count; i++) writer.write(framing === 'objects' ? i : String(i));
      writer.uncork();
      await once(reader, 'end');
      await reader.leave();
      t.ok(seen.length > 1, 'they came together');
      t.ok(
        seen.every((value, i) => value === i),
        'in order',
      );
      t.equal(seen.length, reader.channel?.messages);
    });
  }
}

t.test('one at a time, paused meanwhile, without `acknowledge`', async (t) => {
  const { name } = startWriter(t, 20);
  const reader = createReadStream(name, { ...both, highWaterMark: 4 });
  const seen: unknown[] = [];
  let isAtWork = false;
  const work = async (value: unknown): Promise<void> => {
    if (isAtWork) t.fail('two at once');
    isAtWork = true;
    void reader.leave();
    reader.pause();
    await someTurns();
    seen.push(value);
    isAtWork = false;
    reader.resume();
  };
  reader.on('data', (value) => void work(value));
  await once(reader, 'end');
  t.strictSame(
    seen,
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

t.test('acknowledge() says that the consumer is done', async (t) => {
  const { name } = startWriter(t, 3);
  const reader = createReadStream(name, kept);
  const iterator = reader.iterator({ destroyOnReturn: false });
  t.equal((await iterator.next()).value, 1);
  const left = reader.leave();
  await someTurns();
  t.equal(inspect(name).reader.state, 'open');
  reader.acknowledge();
  await left;
  t.equal(inspect(name).messagesRead, 1);
});

t.test('an opening that has failed: its error', async (t) => {
  const reader = createReadStream(uniqueName(t), { create: 'never' });
  const failed = once(reader, 'error');
  await t.rejects(reader.leave(), { code: 'ENOENT' });
  t.match(await failed, [{ code: 'ENOENT' }]);
});
