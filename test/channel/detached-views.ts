// Memory that is transferred away, or shrinks, while a call waits with a view of it: the process goes
// on, the call settles, and no byte is read or written where none belongs.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

const ways = ['transfer', 'shrink'] as const;

for (const way of ways) {
  t.test(`write(): ${way}`, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, until, args }) => {
        const { memory, spoil } = await import(args.helper);
        const writer = smipc.openChannel(args.name, 'w', { capacity: 4096 });
        const reader = smipc.openChannel(args.name, 'r');
        const source = new Uint8Array(memory(100_000));
        let isSettled = false;
        const settle = () => {
          isSettled = true;
        };
        writer.write(source).then(settle, settle);
        spoil(source.buffer, args.way);
        const target = new Uint8Array(5000);
        await until(() => {
          reader.tryRead(target);
          return isSettled;
        }, 'the write settles');
        await Promise.all([reader.close(), writer.close()]);
      },
      {
        name: uniqueName(t),
        way,
        helper: new URL('../fixtures/data/spoil.js', import.meta.url).href,
      },
    );
    t.match(await child.exit, { code: 0, signal: null, stderr: '' });
  });

  t.test(`read(): ${way}`, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        const { memory, spoil } = await import(args.helper);
        const writer = smipc.openChannel(args.name, 'w', { capacity: 4096 });
        const reader = smipc.openChannel(args.name, 'r');
        // Before the first byte has come, and after.
        for (const min of [1, 10_000]) {
          const target = new Uint8Array(memory(10_000));
          if (min > 1) writer.tryWrite(Buffer.alloc(4096));
          const read = reader.read(target, { min, timeout: 5000 });
          spoil(target.buffer, args.way);
          writer.tryWrite(Buffer.alloc(4096));
          await read.catch((error) => {
            if (error.code === 'ETIMEDOUT') throw error;
          });
        }
        await Promise.all([reader.close(), writer.close()]);
      },
      {
        name: uniqueName(t),
        way,
        helper: new URL('../fixtures/data/spoil.js', import.meta.url).href,
      },
    );
    t.match(await child.exit, { code: 0, signal: null, stderr: '' });
  });
}

t.test('a stream’s chunk', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args }) => {
      const writer = smipc.createWriteStream(args.name, { capacity: 4096 });
      const reader = smipc.createReadStream(args.name);
      const chunk = new Uint8Array(100_000);
      for (const stream of [writer, reader]) stream.on('error', () => {});
      writer.write(chunk);
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
      reader.resume();
      writer.end();
      await new Promise((resolve) => writer.once('close', resolve));
    },
    { name: uniqueName(t) },
  );
  t.match(await child.exit, { code: 0, signal: null, stderr: '' });
});
