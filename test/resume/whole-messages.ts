// In a resumable channel every message stands whole in the ring or not at all, so that the next writer
// and the next reader begin with one.
import { once } from 'node:events';
import { join } from 'node:path';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { headerBytes, patch } from '../fixtures/channels/segment.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

const kHeader = 4;

t.test('a message must fit in the ring', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, messages: true, capacity: 4096 };
  const writer = createWriteStream(name, options);
  writer.write(Buffer.alloc(4096 - kHeader, 7));
  writer.write(Buffer.alloc(4097 - kHeader));
  const [error] = await once(writer, 'error');
  t.match(error, { code: 'ERR_SMIPC_MESSAGE_TOO_LARGE', syscall: 'write' });
  t.match(error.message, /4096 bytes takes up to 4092/);
  const reader = createReadStream(name, options);
  t.equal((await once(reader, 'data'))[0].length, 4092);
  reader.destroy();
});

t.test('every size, in a ring that is too small for many', async (t) => {
  const { between } = random(newSeed(t));
  const name = uniqueName(t);
  const options = { resume: true, messages: true, capacity: 4096 };
  const writer = createWriteStream(name, options);
  const sizes = Array.from({ length: 2000 }, () => between(0, 4092));
  for (const [i, size] of sizes.entries()) writer.write(Buffer.alloc(size, i));
  writer.end();
  let count = 0;
  for await (const message of createReadStream(name, options)) {
    const isRight =
      message.length === sizes[count] && message.every((byte: number) => byte === count % 256);
    if (!isRight) t.fail(`message ${count} is not what was written`);
    count++;
  }
  t.equal(count, sizes.length);
});

t.test('writers that are killed while they write large messages', async (t) => {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  const options = { resume: true, messages: true, capacity: 1024 * 1024 };
  const reader = createReadStream(name, options);
  let received = 0;
  reader.on('error', (error) => t.fail(error));
  reader.on('data', (message: Buffer) => {
    if (!message.equals(Buffer.alloc(300_000, message[0]))) t.fail('torn');
    received++;
  });
  for (let round = 0; round < 10; round++) {
    const child = spawnChild(
      t,
      async ({ smipc, args, receive }) => {
        const writer = smipc.createWriteStream(args.name, args.options);
        const write = () => {
          for (let i = 0; writer.write(Buffer.alloc(300_000, i)); i++);
        };
        writer.on('drain', write);
        write();
        await receive();
      },
      { name, options },
    );
    const before = received;
    const wanted = 5 + below(50);
    await until(() => received >= before + wanted, 'the writer to be at work');
    child.kill();
    await child.exit;
  }
  createWriteStream(name, options).end();
  await once(reader, 'end');
  t.ok(received >= 50);
});

t.test('half a message is refused', async (t) => {
  const dir = uniqueDirectory(t);
  const options = { resume: true, messages: true, capacity: 4096, dir };
  const writer = createWriteStream('a', options);
  writer.write('a whole one');
  const reader = createReadStream('a', { ...options, acknowledge: true });
  const received: string[] = [];
  reader.on('data', (message) => {
    received.push(String(message));
    reader.pause();
  });
  await until(() => received.length === 1, 'the whole one');
  const start = writer.bytesWritten;
  writer.write('another one');
  // A hostile writer: the length says more than there is.
  patch(join(dir, 'a'), headerBytes + start, 100);
  reader.resume();
  t.match(await once(reader, 'error'), [{ code: 'ERR_SMIPC_CORRUPT', syscall: 'read' }]);
  t.strictSame(received, ['a whole one']);
  writer.destroy();
});

t.test('a larger one than the reader accepts', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, messages: true, capacity: 4096 };
  const writer = createWriteStream(name, options);
  for (const size of [1, 2, 3]) writer.write(Buffer.alloc(size));
  const reader = createReadStream(name, { ...options, maxMessageSize: 2 });
  const sizes: number[] = [];
  reader.on('data', (message) => sizes.push(message.length));
  t.match(await once(reader, 'error'), [{ code: 'ERR_SMIPC_MESSAGE_TOO_LARGE' }]);
  t.strictSame(sizes, [1, 2]);
  // It is still there for one that accepts it.
  const next = createReadStream(name, options);
  t.equal((await once(next, 'data'))[0].length, 3);
  next.destroy();
  writer.destroy();
  t.throws(() => openChannel(name, 'r'), { code: 'ERR_SMIPC_INCOMPATIBLE' });
});

t.test('a length that promises more than is there takes no memory', async (t) => {
  const dir = uniqueDirectory(t);
  const options = { dir, resume: true, messages: true, capacity: 64 * 1024 * 1024 };
  const writer = createWriteStream('name', options);
  t.teardown(() => writer.destroy());
  // Longer than what is looked at first.
  writer.write(Buffer.alloc(70_000));
  patch(join(dir, 'name'), headerBytes, 60 * 1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  const reader = createReadStream('name', options);
  t.match(await once(reader.resume(), 'error'), [{ code: 'ERR_SMIPC_CORRUPT' }]);
  t.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
});
