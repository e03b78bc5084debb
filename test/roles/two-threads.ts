// The two roles of a channel in two worker threads of one process.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { startThread } from '../fixtures/processes/thread.js';

const totalBytes = 3 * 1024 * 1024 + 7;

t.test('a stream from one worker thread to another', async (t) => {
  const args = { name: uniqueName(t), totalBytes };
  const writer = startThread(async ({ smipc, pattern, args }) => {
    const { finished } = await import('node:stream/promises');
    const stream = smipc.createWriteStream(args.name, { capacity: 4096 });
    for (let position = 0; position < args.totalBytes; ) {
      const chunk = Buffer.alloc(Math.min(10_000, args.totalBytes - position));
      pattern.fillPattern(chunk, position);
      position += chunk.length;
      if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
    await finished(stream);
  }, args);
  const reader = startThread(async ({ smipc, pattern, args, send }) => {
    let position = 0;
    for await (const chunk of smipc.createReadStream(args.name, { capacity: 4096 })) {
      pattern.checkPattern(chunk, position);
      position += chunk.length;
    }
    send(position);
  }, args);

  t.equal(await reader.message(), totalBytes);
  t.equal(await writer.exit, 0);
  t.equal(await reader.exit, 0);
});
