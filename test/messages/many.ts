// 100,000 small messages from one process to another: each arrives once, in its place.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

const count = 100_000;

for (const kind of ['messages', 'objectMode'] as const) {
  t.test(kind, async (t) => {
    const args = { name: uniqueName(t), count, kind };
    const writer = spawnChild(
      t,
      async ({ smipc, args }) => {
        const { default: events } = await import('node:events');
        const { finished } = await import('node:stream/promises');
        const stream = smipc.createWriteStream(args.name, {
          capacity: 64 * 1024,
          [args.kind]: true,
        });
        for (let i = 0; i < args.count; i++) {
          if (!stream.write(`message ${i}`)) await events.once(stream, 'drain');
        }
        stream.end();
        await finished(stream);
      },
      args,
    );
    let next = 0;
    for await (const message of createReadStream(args.name, { [kind]: true })) {
      if (String(message) !== `message ${next}`) throw new Error(`${message} came as ${next}`);
      next++;
    }
    t.equal(next, count);
    t.match(await writer.exit, { code: 0, stderr: '' });
  });
}
