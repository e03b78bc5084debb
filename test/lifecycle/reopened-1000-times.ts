// Two processes send 1,000 streams through one name, one after the other: each opens, transfers,
// leaves and opens again, as fast as it can. Every stream arrives whole, once and in order.
import { openChannel } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

const rounds = 1000;
const name = 'channel';

t.test('with wait: true', async (t) => {
  const dir = uniqueDirectory(t);
  const reader = spawnChild(
    t,
    async ({ smipc, args }) => {
      const bytes = Buffer.alloc(8);
      for (let round = 0; round < args.rounds; round++) {
        const channel = await smipc.openChannel(args.name, 'r', { dir: args.dir, wait: true });
        const count = await channel.read(bytes, { min: 8 });
        const number = bytes.readDoubleLE();
        if (count !== 8 || number !== round) throw new Error(`${number} in place of ${round}`);
        if ((await channel.read(bytes)) !== 0 || !channel.ended) throw new Error('no end');
        await channel.close();
      }
    },
    { name, dir, rounds },
  );
  const bytes = Buffer.alloc(8);
  for (let round = 0; round < rounds; round++) {
    const options = { dir, capacity: 4096, wait: true } as const;
    const channel = await openChannel(name, 'w', options);
    bytes.writeDoubleLE(round);
    await channel.write(bytes);
    channel.end();
    await channel.close();
  }
  t.match(await reader.exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});

t.test('without waiting: EBUSY is the only thing that comes in between', async (t) => {
  const dir = uniqueDirectory(t);
  const opener = async (context: {
    smipc: typeof import('smipc');
    args: { name: string; dir: string; rounds: number; modes: string };
  }) => {
    const { smipc, args } = context;
    let opened = 0;
    for (let round = 0; opened < args.rounds; round++) {
      const mode = args.modes[round % args.modes.length] as 'r' | 'w';
      try {
        const channel = smipc.openChannel(args.name, mode, { dir: args.dir, capacity: 4096 });
        opened++;
        await channel.close();
      } catch (error) {
        if ((error as { code: string }).code !== 'EBUSY') throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const children = ['rw', 'wwr'].map((modes) =>
    spawnChild(t, opener, { name, dir, rounds, modes }),
  );
  for (const { exit } of children) t.match(await exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});
