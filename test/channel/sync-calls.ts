// readSync() and writeSync() park the calling thread; the other end is in another process.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

const total = 3 * 1024 * 1024 + 11;

t.test('what is there, or fits, without waiting', (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const target = Buffer.alloc(100);
  writer.writeSync(Buffer.from('0123456789'));
  t.equal(reader.readSync(target), 10);
  writer.writeSync(Buffer.alloc(4096));
  t.equal(reader.readSync(target, { min: 100 }), 100);
  writer.writeSync(Buffer.alloc(0));
  t.equal(reader.readSync(Buffer.alloc(0)), 0);
  writer.end();
  t.equal(reader.readSync(Buffer.alloc(5000), { min: 5000 }), 3996, 'short at the end');
  t.equal(reader.readSync(target), 0);
  t.equal(reader.ended, true);
  t.end();
});

t.test('a reader that parks', async (t) => {
  const args = { name: uniqueName(t), total };
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send }) => {
      {
        const channel = smipc.openChannel(args.name, 'r', { capacity: 4096 });
        await send('open');
        const target = Buffer.alloc(args.total + 1);
        const count = channel.readSync(target, { min: target.length });
        pattern.checkPattern(target.subarray(0, count), 0);
        await send([count, channel.readSync(target)]);
        await channel.close();
      }
    },
    args,
  );
  t.equal(await child.message(), 'open');
  const writer = openChannel(args.name, 'w');
  t.teardown(() => writer.close());
  for (let position = 0; position < total; ) {
    const chunk = Buffer.alloc(Math.min(9999, total - position));
    fillPattern(chunk, position);
    await writer.write(chunk);
    position += chunk.length;
  }
  writer.end();
  t.strictSame(await child.message(), [total, 0]);
});

t.test('a writer that parks', async (t) => {
  const args = { name: uniqueName(t), total };
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args }) => {
      const channel = smipc.openChannel(args.name, 'w', { capacity: 4096 });
      const source = Buffer.alloc(args.total);
      pattern.fillPattern(source, 0);
      channel.writeSync(source);
      channel.end();
      await channel.close();
    },
    args,
  );
  const reader = openChannel(args.name, 'r');
  t.teardown(() => reader.close());
  const target = Buffer.alloc(total);
  t.equal(await reader.read(target, { min: total }), total);
  checkPattern(target, 0);
  t.equal(await reader.read(target), 0);
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('a parked thread learns that the other end is gone', async (t) => {
  const name = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const channel = smipc.openChannel(args.name, 'r');
      await send('open');
      try {
        channel.readSync(Buffer.alloc(1));
      } catch (error) {
        const { code, peer } = error as InstanceType<typeof smipc.SmipcError>;
        await send({ code, peer });
      }
    },
    { name },
  );
  t.equal(await child.message(), 'open');
  await openChannel(name, 'w').close();
  t.strictSame(await child.message(), { code: 'ECONNRESET', peer: 'aborted' });
});
