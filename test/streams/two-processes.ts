// What smipc is for: what one process writes, another one reads, every byte and in order.
import { createHash } from 'node:crypto';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

const total = 32 * 1024 * 1024;

t.test('32 MiB, in chunks that fit nowhere', async (t) => {
  const args = { name: uniqueName(t), total };
  const writer = spawnChild(
    t,
    async ({ smipc, pattern, args }) => {
      const { once } = (await import('node:events')).default;
      const stream = smipc.createWriteStream(args.name, { capacity: 65_536 });
      for (let at = 0, size = 1; at < args.total; size = (size * 7) % 99_991) {
        const bytes = pattern.patternBytes(Math.min(size, args.total - at), at);
        at += bytes.length;
        if (!stream.write(bytes)) await once(stream, 'drain');
      }
      stream.end();
    },
    args,
  );
  const reader = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { createHash } = await import('node:crypto');
      const hash = createHash('sha256');
      for await (const chunk of smipc.createReadStream(args.name)) hash.update(chunk);
      await send(hash.digest('hex'));
    },
    args,
  );
  const expected = createHash('sha256').update(patternBytes(total)).digest('hex');
  t.equal(await reader.message(), expected);
  t.match(await Promise.all([writer.exit, reader.exit]), [{ code: 0 }, { code: 0 }]);
});
