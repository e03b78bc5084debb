// A message of 3 MB flows through a ring of 4 KiB, and comes out as one.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

const size = 3_000_000;

t.test('raw bytes, between small ones', async (t) => {
  const args = { name: uniqueName(t), size };
  const writer = spawnChild(
    t,
    async ({ smipc, pattern, args }) => {
      const stream = smipc.createWriteStream(args.name, { capacity: 4096, messages: true });
      for (const size of [1, args.size, 0, args.size + 1]) {
        const message = Buffer.alloc(size);
        pattern.fillPattern(message, 0);
        stream.write(message);
      }
      stream.end();
    },
    args,
  );
  const sizes: number[] = [];
  for await (const message of createReadStream(args.name, { messages: true })) {
    checkPattern(message, 0);
    sizes.push(message.length);
  }
  t.strictSame(sizes, [1, size, 0, size + 1]);
  t.match(await writer.exit, { code: 0, stderr: '' });
});

t.test('an object', async (t) => {
  const args = { name: uniqueName(t), size };
  const writer = spawnChild(
    t,
    async ({ smipc, pattern, args }) => {
      const stream = smipc.createWriteStream(args.name, { capacity: 4096, objectMode: true });
      const body = new Uint8Array(args.size);
      pattern.fillPattern(body, 0);
      stream.write({ id: 1, body });
      stream.end({ id: 2 });
    },
    args,
  );
  const [first, second] = await createReadStream(args.name, { objectMode: true }).toArray();
  t.equal(first.body.length, size);
  checkPattern(first.body, 0);
  t.strictSame(second, { id: 2 });
  t.match(await writer.exit, { code: 0, stderr: '' });
});
