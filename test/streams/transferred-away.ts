// Memory of a write that was transferred away before its bytes were in the ring: the stream fails, and
// the reader does not take what came for all of it.
import type { Readable, Writable } from 'node:stream';
import { createReadStream, createWriteStream } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/names.js';
import { memory, spoil } from '../fixtures/spoil.js';

/** In memory of their own, so that nothing else is transferred with them. */
const bytes = (size: number) => new Uint8Array(memory(size));
const failed = { code: 'ERR_INVALID_STATE', syscall: 'write' };

const failureOf = (stream: Readable | Writable): Promise<Error> =>
  new Promise((resolve) => stream.once('error', resolve));

function open(t: Test) {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { capacity: 4096 });
  const reader = createReadStream(name);
  t.teardown(() => reader.destroy());
  const writerFails = failureOf(writer);
  const readerFails = failureOf(reader);
  let bytesRead = 0;
  reader.on('end', () => t.fail('the reader takes it for all'));
  reader.on('data', (chunk: Buffer) => (bytesRead += chunk.length));
  return { writer, writerFails, readerFails, bytesRead: () => bytesRead };
}

t.test('while it is corked', async (t) => {
  const { writer, writerFails, readerFails, bytesRead } = open(t);
  const [first, second] = [bytes(10), bytes(20)];
  writer.cork();
  writer.write(first);
  writer.write(second);
  spoil(second.buffer, 'transfer');
  writer.uncork();
  writer.end();
  t.match(await writerFails, failed);
  t.match(await readerFails, { code: 'ECONNRESET', peer: 'aborted' });
  t.equal(bytesRead(), 0);
});

for (const which of ['the one that waits for space', 'one behind it'] as const) {
  t.test(which, async (t) => {
    const { writer, writerFails, readerFails, bytesRead } = open(t);
    const [first, second] = [bytes(20_000), bytes(30_000)];
    writer.cork();
    writer.write(first);
    writer.write(second);
    writer.uncork();
    spoil((which === 'one behind it' ? second : first).buffer, 'transfer');
    writer.end();
    t.match(await writerFails, failed);
    t.match(await readerFails, { code: 'ECONNRESET', peer: 'aborted' });
    t.equal(bytesRead(), which === 'one behind it' ? 20_000 : 4096);
  });
}
