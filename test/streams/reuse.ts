// The option `reuse`: a chunk has its bytes until the consumer is done with it. Whenever it is looked
// at later it is empty, or still has them; never other bytes.
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { markAsUntransferable } from 'node:worker_threads';
import {
  type ChannelReadStream,
  createReadStream,
  createWriteStream,
  type ReadStreamOptions,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { Follower } from '../fixtures/data/follower.js';
import { patternBytes, random } from '../fixtures/data/pattern.js';
import { startRandomWriter } from '../fixtures/data/random-writer.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

const kTotal = 20_000_000;

interface Reading {
  reader: ChannelReadStream<Buffer>;
  follower: Follower;
  /** Everything has come, and many chunks are empty. */
  done(): Promise<void>;
}

/** Reads what a process writes. */
function startReading(t: Test): Reading {
  const name = uniqueName(t);
  const seed = newSeed(t);
  const reader: ChannelReadStream<Buffer> = createReadStream(name, { reuse: true });
  t.teardown(() => reader.destroy());
  startRandomWriter(t, { name, total: kTotal, seed });
  const follower = new Follower(seed);
  const done = async (): Promise<void> => {
    await finished(reader);
    t.equal(follower.position, kTotal);
    const { chunks, empty } = follower.count();
    t.ok(empty > chunks / 4, `${empty} of ${chunks} are empty`);
  };
  return { reader, follower, done };
}

t.test("a listener of 'data'", async (t) => {
  const { reader, follower, done } = startReading(t);
  reader.on('data', (chunk) => follower.show(chunk));
  await done();
});

t.test("a listener of 'data' that pauses keeps its chunk until it resumes", async (t) => {
  const { reader, follower, done } = startReading(t);
  reader.on('data', (chunk) => {
    const { length } = chunk;
    const position = follower.show(chunk);
    reader.pause();
    void setImmediate().then(() => {
      if (chunk.length !== length) t.fail(`${chunk.length} of ${length} bytes are left`);
      follower.check(chunk, position);
      reader.resume();
    });
  });
  await done();
});

t.test('for await', async (t) => {
  const { reader, follower, done } = startReading(t);
  for await (const chunk of reader) {
    const { length } = chunk;
    const position = follower.show(chunk);
    await setImmediate();
    if (chunk.length !== length) t.fail(`${chunk.length} of ${length} bytes are left`);
    follower.check(chunk, position);
  }
  await done();
});

t.test("'readable' and read()", async (t) => {
  const { reader, follower, done } = startReading(t);
  reader.on('readable', () => {
    for (let chunk = reader.read(); chunk !== null; chunk = reader.read()) follower.show(chunk);
  });
  await done();
});

t.test('read(size), whose parts stand in one memory', async (t) => {
  const { reader, follower } = startReading(t);
  const { between } = random(1);
  reader.on('readable', () => {
    for (;;) {
      const part = reader.read(between(1, 100_000)) ?? reader.read();
      if (part === null) return;
      follower.show(part);
    }
  });
  await finished(reader);
  t.equal(follower.position, kTotal);
  t.ok(follower.count().empty > 0, 'parts are emptied');
});

t.test('a parser keeps a body until it asks for more, though Node reads ahead', async (t) => {
  const { writer, reader } = streamPair(t, {}, { reuse: true });
  const size = 20_000;
  const take = async (): Promise<Buffer> => {
    for (;;) {
      // It raises the highWaterMark.
      const part = reader.read(size) as Buffer | null;
      if (part !== null) return part;
      await once(reader, 'readable');
    }
  };
  for (let i = 0; i < 10; i++) {
    writer.write(patternBytes(size, 2 * i * size));
    const body = await take();
    writer.write(patternBytes(size, (2 * i + 1) * size));
    await until(() => writer.channel?.status().used === 0, 'Node has read ahead');
    t.ok(body.equals(patternBytes(size, 2 * i * size)), `body ${i}`);
    await take();
  }
});

t.test('a stream that decodes half a character', async (t) => {
  const { writer, reader } = streamPair(t, {}, { reuse: true });
  reader.setEncoding('utf8');
  const euro = Buffer.from('€');
  let text = '';
  reader.on('readable', () => {
    text += reader.read() ?? '';
  });
  for (let i = 0; i < 3; i++) {
    writer.write(euro.subarray(i, i + 1));
    await until(() => reader.bytesRead === i + 1, 'it was read');
  }
  await until(() => text === '€', 'it is there');
});

t.test('a destination that may keep what it is given is given memory of its own', async (t) => {
  for (const isPipeline of [false, true]) {
    const { reader, follower } = startReading(t);
    const passage = new PassThrough({ highWaterMark: 4 * kTotal });
    if (isPipeline) void pipeline(reader, passage);
    else reader.pipe(passage);
    await finished(reader);
    for await (const chunk of passage) follower.show(chunk);
    t.equal(follower.position, kTotal);
    t.equal(follower.count().empty, 0);
  }
});

t.test('a destination that comes later, and goes', async (t) => {
  const { reader, follower } = startReading(t);
  const given: Buffer[] = [];
  const destination = new Writable({
    highWaterMark: 4 * kTotal,
    write(chunk: Buffer, _, callback) {
      given.push(chunk);
      callback();
    },
  });
  let count = 0;
  reader.on('data', (chunk) => {
    follower.show(chunk);
    count++;
    if (count === 10) reader.pipe(destination, { end: false });
    if (count === 20) reader.unpipe(destination).resume();
  });
  await finished(reader);
  t.equal(follower.position, kTotal);
  t.ok(given.length >= 10 && given.every((chunk) => chunk.length > 0), 'it has all it was given');
  follower.count();
});

for (const way of ['begins to decode', 'is piped, and begins to decode']) {
  t.test(`a stream that ${way}`, async (t) => {
    const { writer, reader } = streamPair(t, {}, { reuse: true });
    const follower = new Follower(0);
    const size = 64 * 1024;
    let text = '';
    reader.on('data', (chunk: Buffer | string) => {
      if (typeof chunk === 'string') {
        text += chunk;
      } else {
        follower.show(chunk);
        // It keeps this one for a while.
        if (follower.position === 5 * size) reader.pause();
      }
    });
    for (let i = 1; i < 6; i++) {
      writer.write(patternBytes(size, (i - 1) * size));
      await until(() => follower.position === i * size, `chunk ${i}`);
    }
    if (way !== 'begins to decode') {
      reader.pipe(new Writable({ write: (_chunk, _, callback) => callback() }));
      // Node asks for more then.
      await setImmediate();
    }
    reader.setEncoding('latin1').resume();
    for (let i = 1; i < 6; i++) {
      writer.write(patternBytes(size, (4 + i) * size));
      await until(() => text.length === i * size, `text ${i}`);
    }
    t.ok(Buffer.from(text, 'latin1').equals(patternBytes(5 * size, 5 * size)));
    follower.count();
  });
}

t.test('a chunk that Node has read ahead, and not given to anybody', async (t) => {
  // read(size) raises the highWaterMark; in Node 26 a stream that flows then reads on while it has a
  // chunk in its hand.
  for (let i = 0; i < 40; i++) {
    const { writer, reader } = streamPair(t, { capacity: 1 << 20 }, { reuse: true });
    await Promise.all([writer.opened(), reader.opened()]);
    const all = patternBytes(1 << 19, 0);
    writer.end(all);
    const got: Buffer[] = [];
    let count = 0;
    reader.once('readable', () => {
      const first = reader.read([100, 5000, 20_000, 60_000][i % 4]) as Buffer | null;
      if (first !== null) got.push(Buffer.from(first));
      reader.on('data', (chunk: Buffer) => {
        got.push(Buffer.from(chunk));
        if (++count % 2 === i % 2) return;
        reader.pause();
        if (i % 3 === 0) process.nextTick(() => reader.resume());
        else void setImmediate().then(() => reader.resume());
      });
      reader.resume();
    });
    await finished(reader);
    if (!Buffer.concat(got).equals(all)) t.fail(`round ${i}`);
  }
  t.pass();
});

t.test('messages', async (t) => {
  const sizes = [0, 100, 5000, 8192, 9000, 40_000, 65_000, 70_000, 1 << 20, (1 << 20) + 1, 3e6];
  for (const [resume, acknowledge] of [
    [false, false],
    [true, false],
    [true, true],
  ]) {
    const options = { messages: true, capacity: 4 << 20, resume };
    const more: ReadStreamOptions = { ...options, reuse: true, acknowledge };
    const { writer, reader } = streamPair(t, options, more);
    const { below } = random(2);
    const all = Array.from({ length: 200 }, () => sizes[below(sizes.length)] as number);
    void (async () => {
      let position = 0;
      for (const size of all) {
        if (!writer.write(patternBytes(size, position))) await once(writer, 'drain');
        position += size;
      }
      writer.end();
    })();
    const follower = new Follower(0);
    let count = 0;
    for await (const message of reader) {
      if (message.length !== all[count]) t.fail(`${message.length} of ${all[count]} bytes`);
      follower.show(message);
      count++;
    }
    t.equal(count, all.length);
    const { chunks, empty } = follower.count();
    for (const [i, length] of follower.lengths().entries()) {
      const size = all[i] as number;
      if (length !== size && (size < 8192 || size > 1 << 20)) t.fail(`${size} bytes are empty`);
    }
    const large = all.filter((size) => size > 70_000 - 1 && size <= 1 << 20).length;
    const zero = all.filter((size) => size === 0).length;
    t.ok(empty - zero > large / 2, `${empty} of ${chunks} are empty`);
  }
});

t.test('a chunk that is transferred away', async (t) => {
  const { writer, reader } = streamPair(t, {}, { reuse: true });
  const follower = new Follower(0);
  void (async () => {
    for (let position = 0; position < kTotal; position += 100_000) {
      if (!writer.write(patternBytes(100_000, position))) await once(writer, 'drain');
    }
    writer.end();
  })();
  const taken: Uint8Array[] = [];
  for await (const chunk of reader) {
    const { byteOffset, length, buffer } = chunk;
    const copy = structuredClone(buffer, { transfer: [buffer] });
    taken.push(new Uint8Array(copy, byteOffset, length));
  }
  for (const bytes of taken) follower.show(bytes);
  t.equal(follower.position, kTotal);
  t.equal(follower.count().empty, 0);
});

t.test('a chunk that cannot be transferred', async (t) => {
  const { reader, follower } = startReading(t);
  reader.on('data', (chunk) => {
    follower.show(chunk);
    markAsUntransferable(chunk.buffer);
  });
  await finished(reader);
  t.equal(follower.position, kTotal);
  // Empty, where the mark does not count (Node 22), or as they were.
  follower.count();
});

t.test('a listener that pauses is not given the next one before it resumes', async (t) => {
  const { writer, reader } = streamPair(t, { messages: true }, { messages: true, reuse: true });
  let count = 0;
  reader.on('data', () => {
    count++;
    reader.pause();
  });
  writer.write(patternBytes(1000, 0));
  await until(() => count === 1, 'the first one');
  // It asks again, in vain, so that the next ones are pushed when they come.
  reader.resume();
  await setImmediate();
  writer.cork();
  for (let i = 0; i < 2; i++) writer.write(patternBytes(1000, 0));
  writer.uncork();
  await until(() => count === 2, 'the second one');
  t.equal(reader.readableLength, 0, 'nor is Node');
  reader.resume();
  await until(() => count === 3, 'the third one');
});

t.test('large chunks', async (t) => {
  const { reader, follower } = startReading(t);
  const sizes: number[] = [];
  reader.on('data', (chunk) => {
    follower.show(chunk);
    sizes.push(chunk.length);
  });
  await finished(reader);
  const emptied = sizes.filter((_, i) => follower.lengths()[i] === 0);
  t.ok(Math.max(...emptied) > 64 * 1024, `${Math.max(...emptied)} bytes`);
});

t.test('closed readers keep no memory', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { finished } = await import('node:stream/promises');
      const { setImmediate } = await import('node:timers/promises');
      const memory = async (): Promise<number> => {
        for (let i = 0; i < 5; i++) {
          gc?.();
          await setImmediate();
        }
        return process.memoryUsage().arrayBuffers;
      };
      const before = await memory();
      const kept: unknown[] = [];
      for (let i = 0; i < 30; i++) {
        const writer = smipc.createWriteStream(args.name);
        const reader = smipc.createReadStream(args.name, { reuse: true });
        reader.resume();
        writer.end(Buffer.alloc(500_000));
        await finished(reader);
        kept.push(reader);
      }
      await send((await memory()) - before);
    },
    { name: uniqueName(t) },
    { execArgv: ['--expose-gc'] },
  );
  const more = (await child.message()) as number;
  t.ok(more < 1_000_000, `${more} bytes`);
  await child.exit;
});

t.test('options that it does not go with', async (t) => {
  const open = (options: object) => () =>
    createReadStream(uniqueName(t), { reuse: true, ...options });
  const onread = { buffer: Buffer.alloc(10), callback: () => {} };
  for (const options of [{ objectMode: true }, { encoding: 'utf8' }, { onread }]) {
    t.throws(open(options), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /"options\.reuse"|'options\.reuse'/,
    });
  }
  t.throws(open({ highWaterMark: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
  t.throws(open({ reuse: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  createReadStream(uniqueName(t), { reuse: true, highWaterMark: 0 }).destroy();
  createWriteStream(uniqueName(t)).destroy();
});
