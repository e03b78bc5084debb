// A reader with a smaller maxMessageSize than the writer's fails at the first larger message; the
// ones before it are delivered, and the writer is told.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('a message that the reader does not take', async (t) => {
  const options = { messages: true };
  const { name, writer, reader } = streamPair(t, options, { ...options, maxMessageSize: 100 });
  const writerFailed = once(writer, 'error');
  for (const size of [100, 0, 101, 5]) writer.write(Buffer.alloc(size));

  const sizes: number[] = [];
  const read = async () => {
    for await (const message of reader) sizes.push(message.length);
  };
  await t.rejects(read(), {
    name: 'SmipcError',
    code: 'ERR_SMIPC_MESSAGE_TOO_LARGE',
    syscall: 'read',
    channel: name,
  });
  t.strictSame(sizes, [100, 0]);
  t.match(await writerFailed, [{ code: 'EPIPE', peer: 'closed' }]);
});
