// Memory of a write that was transferred away, or resized, before its bytes were in the ring: the stream
// fails, and the reader does not take what came for all of it.
import type { Readable, Writable } from 'node:stream';
import { createReadStream, createWriteStream } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { memory, spoil } from '../fixtures/data/spoil.js';

/** In memory of their own, so that nothing else is transferred with them. */
const bytes = (size: number) => new Uint8Array(memory(size));
const failed = { code: 'ERR_INVALID_STATE', syscall: 'write' };

type Resizable = ArrayBuffer & { resize(bytes: number): void };

const failureOf = (stream: Readable | Writable): Promise<Error> =>
  new Promise((resolve) => stream.once('error', resolve));

function open(t: Test, options: { messages?: boolean } = {}) {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { ...options, capacity: 4096 });
  const reader = createReadStream(name, options);
  t.teardown(() => reader.destroy());
  const writerFails = failureOf(writer);
  const readerFails = failureOf(reader);
  let bytesRead = 0;
  reader.on('end', () => t.fail('the reader takes it for all'));
  reader.on('data', (chunk: Buffer) => (bytesRead += chunk.length));
  /** Both ends fail, after that many bytes were read. */
  const checkFailure = async (size: number) => {
    t.match(await writerFails, failed);
    t.match(await readerFails, { code: 'ECONNRESET', peer: 'aborted' });
    t.equal(bytesRead, size);
  };
  return { writer, checkFailure };
}

t.test('while it is corked', async (t) => {
  const { writer, checkFailure } = open(t);
  const [first, second] = [bytes(10), bytes(20)];
  writer.cork();
  writer.write(first);
  writer.write(second);
  spoil(second.buffer, 'transfer');
  writer.uncork();
  writer.end();
  await checkFailure(0);
});

for (const which of ['the one that waits for space', 'one behind it'] as const) {
  t.test(which, async (t) => {
    const { writer, checkFailure } = open(t);
    const [first, second] = [bytes(20_000), bytes(30_000)];
    writer.cork();
    writer.write(first);
    writer.write(second);
    writer.uncork();
    spoil((which === 'one behind it' ? second : first).buffer, 'transfer');
    writer.end();
    await checkFailure(which === 'one behind it' ? 20_000 : 4096);
  });
}

for (const messages of [false, true]) {
  for (const way of ['transfer', 'shrink', 'shrink a little'] as const) {
    const take = (buffer: ArrayBuffer) => {
      if (way === 'shrink a little') (buffer as Resizable).resize(buffer.byteLength - 1);
      else spoil(buffer, way);
    };

    t.test(`messages: ${messages}, ${way}: alone behind one that waits`, async (t) => {
      const { writer, checkFailure } = open(t, { messages });
      // A Buffer: Node makes others views of a fixed length.
      const second = Buffer.from(memory(10));
      writer.write(Buffer.alloc(20_000));
      writer.write(second);
      take(second.buffer);
      writer.end();
      await checkFailure(20_000);
    });

    t.test(`messages: ${messages}, ${way}: alone, corked`, async (t) => {
      const { writer, checkFailure } = open(t, { messages });
      const chunk = Buffer.from(memory(10));
      writer.cork();
      writer.write(chunk);
      take(chunk.buffer);
      writer.uncork();
      writer.end();
      await checkFailure(0);
    });

    t.test(`messages: ${messages}, ${way}: one of several, corked`, async (t) => {
      const { writer, checkFailure } = open(t, { messages });
      const chunk = Buffer.from(memory(10));
      writer.cork();
      for (const one of [Buffer.alloc(5), chunk, Buffer.alloc(5)]) writer.write(one);
      take(chunk.buffer);
      writer.uncork();
      writer.end();
      await checkFailure(0);
    });
  }

  for (const way of ['transfer', 'shrink'] as const) {
    for (const [what, make] of [
      ['a Buffer', (buffer: ArrayBuffer) => Buffer.from(buffer, 0, 10)],
      ['a Uint8Array', (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 10)],
    ] as const) {
      const gone = () => {
        const chunk = make(memory(10));
        spoil(chunk.buffer, way);
        return chunk;
      };
      for (const [how, write] of [
        ['write()', (writer: Writable) => writer.write(gone())],
        ['end()', (writer: Writable) => writer.end(gone())],
        ['several', (writer: Writable) => [1, 2].map(() => writer.write(gone()))],
      ] as const) {
        t.test(`messages: ${messages}, ${what} gone before ${how}: ${way}`, async (t) => {
          const { writer, checkFailure } = open(t, { messages });
          writer.cork();
          write(writer);
          writer.uncork();
          await checkFailure(0);
        });
      }
    }
  }
}

t.test('empty chunks are none', async (t) => {
  for (const messages of [false, true]) {
    const { writer, reader } = streamPair(t, { messages }, { messages });
    writer.write(Buffer.alloc(0));
    writer.cork();
    writer.write(new Uint8Array(0));
    writer.write('x');
    writer.end();
    const lengths = ((await reader.toArray()) as Buffer[]).map((chunk) => chunk.length);
    t.strictSame(lengths, messages ? [0, 0, 1] : [1]);
  }
});

t.test('what a serializer made', async (t) => {
  for (const [way, size] of [
    ['transfer', 10],
    ['shrink', 10],
    // Large: not copied behind its length.
    ['transfer', 100_000],
  ] as const) {
    const serialize = () => {
      const made = new Uint8Array(memory(size), 0, size);
      spoil(made.buffer, way);
      return made;
    };
    const serializer = { serialize, deserialize: () => 1 };
    const writer = createWriteStream(uniqueName(t), { objectMode: true, serializer });
    const writerFails = failureOf(writer);
    writer.write('x');
    t.match(await writerFails, failed);
    t.equal(writer.bytesWritten, 0);
  }
});
