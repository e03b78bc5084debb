// A message larger than the writer's maxMessageSize is refused before any of it is in the ring.
import { once } from 'node:events';
import type { WriteStreamOptions } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

for (const [what, options, largest, tooLarge] of [
  ['messages', { messages: true, maxMessageSize: 100 }, Buffer.alloc(100), Buffer.alloc(101)],
  // A string of n Latin characters takes 4 more bytes.
  ['objects', { objectMode: true, maxMessageSize: 100 }, 'x'.repeat(96), 'x'.repeat(97)],
  ['nothing but empty ones', { messages: true, maxMessageSize: 0 }, Buffer.alloc(0), 'x'],
] as [string, WriteStreamOptions, unknown, unknown][]) {
  t.test(what, async (t) => {
    const { name, writer, reader } = streamPair(t, options, { ...options, maxMessageSize: 1000 });
    const received: unknown[] = [];
    reader.on('data', (message) => received.push(message));
    const readerFailed = once(reader, 'error');
    const failed = once(writer, 'error');
    writer.write(largest);
    const { bytesWritten } = writer;

    const error = await new Promise((resolve) => writer.write(tooLarge, resolve));
    t.match(error, {
      name: 'SmipcError',
      code: 'ERR_SMIPC_MESSAGE_TOO_LARGE',
      syscall: 'write',
      channel: name,
      message: new RegExp(`\\b${options.maxMessageSize}\\b`),
    });
    t.strictSame(await failed, [error]);
    t.equal(writer.bytesWritten, bytesWritten);
    // As with every other failed write, the stream is over, and not properly.
    t.match(await readerFailed, [{ code: 'ECONNRESET', peer: 'aborted' }]);
    t.strictSame(received, [largest]);
  });
}

t.test('the default is 64 MiB', async (t) => {
  const { writer } = streamPair(t, { messages: true }, { messages: true });
  writer.on('error', () => {});
  const message = Buffer.alloc(64 * 1024 * 1024 + 1);
  const error = await new Promise((resolve) => writer.write(message, resolve));
  t.match(error, { code: 'ERR_SMIPC_MESSAGE_TOO_LARGE', message: /67108865.*67108864/ });
});

t.test('it does not limit bytes', async (t) => {
  const { writer } = streamPair(t, { maxMessageSize: 10 });
  t.ok(writer.write(Buffer.alloc(1000)));
  t.equal(writer.bytesWritten, 1000);
});
