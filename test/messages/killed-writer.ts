// The writer is killed in the middle of a message that is larger than the ring: what came whole
// before is delivered, nothing of the rest, and the reader is told.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

for (const kind of ['messages', 'objectMode'] as const) {
  t.test(kind, async (t) => {
    const name = uniqueName(t);
    const child = spawnChild(
      t,
      async ({ smipc, args, receive }) => {
        const stream = smipc.createWriteStream(args.name, { capacity: 4096, [args.kind]: true });
        stream.write('whole');
        stream.write('x'.repeat(60_000_000));
        await receive();
      },
      { name, kind },
    );
    const reader = createReadStream(name, { [kind]: true });
    const received: string[] = [];
    reader.on('data', (message) => received.push(String(message)));
    reader.on('end', () => t.fail('this is no end'));
    const failed = once(reader, 'error');
    await until(() => reader.bytesRead > 20_000, 'the message is on its way');
    child.kill();
    t.match(await failed, [{ code: 'ECONNRESET', peer: 'died', syscall: 'read' }]);
    t.strictSame(received, ['whole']);
  });
}

t.test('a writer that leaves in the middle of a message', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { capacity: 4096, messages: true });
  const reader = createReadStream(name, { messages: true });
  reader.on('data', () => t.fail('it was not whole'));
  writer.write(Buffer.alloc(10_000));
  writer.destroy();
  t.match(await once(reader, 'error'), [{ code: 'ECONNRESET', peer: 'aborted' }]);
});

t.test('an end in the middle of a message is corrupt', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { framing: 'messages' });
  writer.tryWrite(Buffer.from([1, 0, 0, 0, 120, 5, 0, 0, 0, 97]));
  writer.end();
  await writer.close();
  const reader = createReadStream(name, { messages: true });
  const received: string[] = [];
  reader.on('data', (message) => received.push(String(message)));
  t.match(await once(reader, 'error'), [{ code: 'ERR_SMIPC_CORRUPT', syscall: 'read' }]);
  t.strictSame(received, ['x']);
});
