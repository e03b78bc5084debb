// Leaving a `for await` loop early destroys the reader, and the writer is told with EPIPE.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

for (const [how, leave] of [
  ['break', () => true],
  [
    'throw',
    () => {
      throw new Error('enough');
    },
  ],
] as const) {
  t.test(how, async (t) => {
    const { writer, reader } = streamPair(t, { capacity: 4096 });
    const failed = once(writer, 'error');
    writer.write(Buffer.alloc(100_000));

    const loop = async () => {
      for await (const chunk of reader) {
        t.ok(chunk.length > 0);
        if (leave()) break;
      }
    };
    if (how === 'break') await loop();
    else await t.rejects(loop(), { message: 'enough' });
    t.ok(reader.destroyed);
    const [error] = await failed;
    t.match(error, { code: 'EPIPE', peer: 'closed', syscall: 'write' });
    t.ok(writer.destroyed);
  });
}
