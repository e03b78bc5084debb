// Fifty processes open the same new name at once, half of them to read and half to write. One of
// each gets its role, both in the same segment; all others are refused, with the holder's pid, and
// nobody sees a segment that is only half made.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';

const openers = 50;
const rounds = 10;

interface Answer {
  pid: number;
  mode: 'r' | 'w';
  /** undefined: holds the role. */
  code: string | undefined;
  holder: number | undefined;
}

t.test('one writer, one reader, everybody else EBUSY', { timeout: 110_000 }, async (t) => {
  const dir = uniqueDirectory(t);
  const children: TalkingChild[] = [];
  for (let i = 0; i < openers; i++) {
    const child = spawnChild(
      t,
      async ({ smipc, args, send, receive }) => {
        const { mode, dir } = args;
        type Channel = import('smipc').Channel;
        const open = (name: string): [Channel | undefined, { code?: string; pid?: number }] => {
          try {
            return [smipc.openChannel(name, mode, { dir, capacity: 4096 }), {}];
          } catch (error) {
            return [undefined, error as { code: string; pid: number }];
          }
        };
        /** The reader learns who the writer is. */
        const meet = async (channel: Channel) => {
          const bytes = Buffer.alloc(8);
          if (mode === 'w') {
            bytes.writeDoubleLE(process.pid);
            await channel.write(bytes);
            channel.end();
          } else {
            await channel.read(bytes, { min: 8 });
            await send(bytes.readDoubleLE());
          }
          await channel.close();
        };
        for (;;) {
          await send('ready');
          const [channel, { code, pid }] = open((await receive()) as string);
          await send({ pid: process.pid, mode, code, holder: pid });
          // Nobody leaves before all have tried.
          await receive();
          if (channel) await meet(channel);
        }
      },
      { mode: i % 2 === 0 ? ('r' as const) : ('w' as const), dir },
    );
    children.push(child);
  }

  for (let round = 0; round < rounds; round++) {
    for (const child of children) t.equal(await child.message(), 'ready');
    await Promise.all(children.map((child) => child.send(`channel-${round}`)));
    const answers = (await Promise.all(children.map((child) => child.message()))) as Answer[];

    const holders = answers.filter(({ code }) => code === undefined);
    t.strictSame(holders.map(({ mode }) => mode).sort(), ['r', 'w']);
    for (const { mode, code, holder } of answers) {
      if (code === undefined) continue;
      t.match(
        { code, holder },
        { code: 'EBUSY', holder: holders.find((h) => h.mode === mode)?.pid },
      );
    }

    await Promise.all(children.map((child) => child.send('meet')));
    const reader = children.find(({ pid }) => pid === holders.find((h) => h.mode === 'r')?.pid);
    t.equal(await reader?.message(), holders.find((h) => h.mode === 'w')?.pid);
  }
});
