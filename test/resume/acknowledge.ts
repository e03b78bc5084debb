// With `acknowledge`, a message stays in the ring until its reader asks for the next one: a reader that
// leaves or dies before that leaves it to its successor, marked as delivered before.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import {
  type ChannelReadStream,
  createReadStream,
  createWriteStream,
  inspect,
  type ReadStreamOptions,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const both = { resume: true, objectMode: true, capacity: 4096 };
const kept: ReadStreamOptions = { ...both, acknowledge: true };

/** A writer of the numbers from 1 on, and how many are still in the ring. */
function startWriter(t: Test, count: number) {
  const name = uniqueName(t);
  const writer = createWriteStream(name, both);
  t.teardown(() => writer.destroy());
  let size = 0;
  for (let i = 1; i <= count; i++) {
    writer.write(i);
    size = writer.bytesWritten / i;
  }
  return { name, writer, left: () => inspect(name).used / size };
}

async function leave(reader: ChannelReadStream): Promise<void> {
  reader.destroy();
  await once(reader, 'close');
}

t.test('for await: until the body is done', async (t) => {
  const { name, writer, left } = startWriter(t, 5);
  writer.end();
  const seen: unknown[] = [];
  for await (const value of createReadStream(name, kept)) {
    await setTimeout(1);
    t.equal(left(), 5 - seen.length, `${value} is in the ring still`);
    seen.push(value);
  }
  t.strictSame(seen, [1, 2, 3, 4, 5]);
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('for await: a body that breaks or throws has not done it', async (t) => {
  const { name } = startWriter(t, 3);
  const first = createReadStream(name, kept);
  for await (const value of first) if (value === 2) break;
  const second = createReadStream(name, kept);
  await t.rejects(
    (async () => {
      for await (const value of second) {
        t.equal(value, 2);
        t.equal(second.redelivered, true);
        throw new Error('cannot handle it');
      }
    })(),
    /cannot handle it/,
  );
  const third = createReadStream(name, kept);
  const seen: unknown[] = [];
  for await (const value of third) {
    seen.push([value, third.redelivered]);
    if (value === 3) break;
  }
  t.strictSame(seen, [
    [2, true],
    [3, false],
  ]);
});

t.test("'data': until the listener has returned", async (t) => {
  const { name, left } = startWriter(t, 4);
  const reader = createReadStream(name, kept);
  const seen: unknown[] = [];
  reader.on('data', (value) => {
    seen.push([value, left()]);
  });
  await until(() => left() === 0, 'the last to be acknowledged');
  t.strictSame(seen, [
    [1, 4],
    [2, 3],
    [3, 2],
    [4, 1],
  ]);
  await leave(reader);
});

t.test("'data': not while the listener has paused the stream", async (t) => {
  const { name, writer, left } = startWriter(t, 2);
  const reader = createReadStream(name, kept);
  const seen: unknown[] = [];
  reader.on('data', (value) => {
    seen.push(value);
    reader.pause();
  });
  await until(() => seen.length === 1, 'the first');
  await someTurns();
  t.equal(left(), 2);
  reader.resume();
  await until(() => seen.length === 2, 'the second');
  await someTurns();
  t.equal(left(), 1);
  reader.resume();
  await until(() => left() === 0, 'the second to be acknowledged');
  writer.write(3);
  await until(() => seen.length === 3, 'the third, which came while the reader waited');
  await someTurns();
  t.equal(left(), 1);
  await leave(reader);
});

t.test('read()', async (t) => {
  const { name, left } = startWriter(t, 3);
  const reader = createReadStream(name, kept);
  // null: later, perhaps only because the event loop is to have its turn first.
  const next = async (): Promise<unknown> => {
    for (;;) {
      const value = reader.read();
      if (value !== null) return value;
      await once(reader, 'readable');
    }
  };
  t.equal(await next(), 1);
  await someTurns();
  t.equal(left(), 3);
  t.equal(await next(), 2);
  await someTurns();
  t.equal(left(), 2);
  await leave(reader);
});

t.test("read(size), and then 'data'", async (t) => {
  const { name, writer, left } = startWriter(t, 6);
  writer.end();
  const reader = createReadStream(name, kept);
  const seen: unknown[] = [];
  await once(reader, 'readable');
  // It would raise the highWaterMark of any other stream, which then reads ahead.
  seen.push(reader.read(1));
  t.equal(reader.readableHighWaterMark, 0);
  reader.on('data', (value) => {
    t.equal(left(), 6 - seen.length, `${value} is in the ring still`);
    seen.push(value);
  });
  await once(reader.resume(), 'end');
  t.strictSame(seen, [1, 2, 3, 4, 5, 6]);
});

t.test('acknowledge() before leaving', async (t) => {
  const { name } = startWriter(t, 3);
  const first = createReadStream(name, kept);
  for await (const value of first) {
    if (value !== 2) continue;
    first.acknowledge();
    first.acknowledge();
    break;
  }
  const second = createReadStream(name, kept);
  t.equal(...((await once(second, 'data')) as [unknown]), 3);
  t.equal(second.redelivered, false);
  await leave(second);
});

t.test('acknowledge(): not of a message that nobody has seen', async (t) => {
  const { name, writer, left } = startWriter(t, 1);
  const first = createReadStream(name, kept);
  const seen: unknown[] = [];
  first.on('data', (value) => seen.push(value));
  await until(() => left() === 0, 'the first to be done with');
  first.pause();
  writer.write(2);
  await until(() => first.readableLength === 1, 'the second to arrive');
  first.acknowledge();
  t.equal(left(), 1);
  await leave(first);
  t.strictSame(seen, [1]);
  const second = createReadStream(name, kept);
  t.strictSame(await once(second, 'data'), [2]);
  t.equal(second.redelivered, true, 'it had left the ring once');
  await leave(second);
});

t.test('redelivered: of the message that was seen last', async (t) => {
  const { name, writer, left } = startWriter(t, 1);
  for await (const _ of createReadStream(name, kept)) break;
  const second = createReadStream(name, kept);
  const seen: unknown[] = [];
  second.on('data', (value) => seen.push([value, second.redelivered]));
  await until(() => left() === 0, 'the first to be done with');
  second.pause();
  writer.write(2);
  await until(() => second.readableLength === 1, 'the second to arrive');
  t.equal(second.redelivered, true, 'of the first');
  second.resume();
  await until(() => seen.length === 2, 'the second to be seen');
  t.strictSame(seen, [
    [1, true],
    [2, false],
  ]);
  await leave(second);
});

for (const bad of [1, 2]) {
  const way = bad === 1 ? "out of the stream's buffer" : 'as it comes';
  t.test(`a 'data' listener that throws has not done it, ${way}`, async (t) => {
    const name = uniqueName(t);
    const child = spawnChild(
      t,
      async ({ smipc, args, send, until }) => {
        const reader = smipc.createReadStream(args.name, args.kept);
        const uncaught: unknown[] = [];
        process.on('uncaughtException', (error) => uncaught.push(error.message));
        if (args.bad === 1) {
          reader.pause();
          reader.read(0); // asks for the first, and leaves it there
          await until(() => reader.readableLength > 0, 'the first');
        }
        reader.on('data', (value) => {
          if (value === args.bad) throw new Error('cannot handle it');
        });
        reader.on('close', () => void send(uncaught));
        reader.resume();
      },
      { name, kept, bad },
    );
    const writer = createWriteStream(name, both);
    for (const value of [1, 2, 3]) writer.write(value);
    writer.end();
    t.strictSame(await child.message(), ['cannot handle it']);
    const second = createReadStream(name, kept);
    const seen: unknown[] = [];
    for await (const value of second) seen.push([value, second.redelivered]);
    const left = [1, 2, 3].slice(bad - 1);
    t.strictSame(
      seen,
      left.map((value) => [value, value === bad]),
    );
  });
}

t.test('a reader that is killed while it handles a message', async (t) => {
  const { name, writer } = startWriter(t, 10);
  writer.end();
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const reader = smipc.createReadStream(args.name, args.kept);
        let count = 0;
        for await (const value of reader) {
          await send([value, reader.redelivered]);
          if (++count === 3) await new Promise(() => setInterval(() => {}, 1000));
        }
      },
      { name, kept },
    );
    for (let k = 0; k < 3; k++) seen.push(await child.message());
    child.kill();
    await child.exit;
  }
  const last = createReadStream(name, kept);
  for await (const value of last) seen.push([value, last.redelivered]);
  const again = (value: number) => [value, true];
  const anew = (value: number) => [value, false];
  t.strictSame(seen, [
    ...[1, 2, 3].map(anew),
    again(3),
    ...[4, 5].map(anew),
    again(5),
    ...[6, 7].map(anew),
    again(7),
    ...[8, 9, 10].map(anew),
  ]);
});

t.test('a message that cannot be deserialized stays, and can be read as bytes', async (t) => {
  const name = uniqueName(t);
  const serializer = {
    serialize: (value: unknown) => Buffer.from(String(value)),
    deserialize: (bytes: Uint8Array) => JSON.parse(String(bytes)),
  };
  const writer = createWriteStream(name, { ...both, serializer });
  for (const text of ['1', 'no JSON', '3']) writer.write(text);
  writer.end();
  for (const values of [[1], []]) {
    const reader = createReadStream(name, { ...kept, serializer });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of reader) seen.push(value);
    })();
    await t.rejects(reading, { code: 'ERR_SMIPC_CORRUPT' });
    t.strictSame(seen, values);
  }
  const asBytes = { ...serializer, deserialize: (bytes: Uint8Array) => bytes };
  const rescue = createReadStream(name, { ...kept, serializer: asBytes });
  for await (const bytes of rescue) {
    t.equal(String(bytes), 'no JSON');
    rescue.acknowledge();
    break;
  }
  const rest = await createReadStream(name, { ...kept, serializer }).toArray();
  t.strictSame(rest, [3]);
});

t.test('without it, a message is gone when it has been taken', async (t) => {
  const { name } = startWriter(t, 3);
  const first = createReadStream(name, { ...both, highWaterMark: 1 });
  for await (const _ of first) break;
  const second = createReadStream(name, kept);
  // What stood whole in one look was taken together.
  t.equal(second.channel?.position, second.channel?.status().bytesWritten);
  await leave(second);
});

t.test('raw messages, empty ones too', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, messages: true, capacity: 4096 };
  const writer = createWriteStream(name, options);
  for (const size of [0, 1, 4092, 0, 4000]) writer.write(Buffer.alloc(size, size));
  writer.end();
  const sizes: number[] = [];
  const reader = createReadStream(name, { ...options, acknowledge: true });
  for await (const message of reader) {
    sizes.push(message.length);
    t.ok((message as Buffer).every((byte) => byte === message.length % 256));
  }
  t.strictSame(sizes, [0, 1, 4092, 0, 4000]);
});
