// A writer that is always just in time for the busy-poll does not keep the reader's event loop from its
// turns, however long the busy-poll may be.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('a byte every few microseconds', async (t) => {
  const name = uniqueName(t);
  const trickle = spawnChild(
    t,
    async ({ smipc, args }) => {
      const channel = smipc.openChannel(args.name, 'w');
      await channel.waitForPeer();
      const byte = new Uint8Array(1);
      for (let end = performance.now() + 1500; performance.now() < end; ) {
        channel.writeSync(byte);
        for (let pause = performance.now() + 0.012; performance.now() < pause; );
      }
      channel.end();
    },
    { name },
  );
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { once } = (await import('node:events')).default;
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const reader = smipc.createReadStream(args.name, { busyPoll: 1000 });
      let bytes = 0;
      reader.on('data', (chunk) => {
        bytes += chunk.length;
      });
      await once(reader, 'end');
      clearInterval(timer);
      await send({ turns, bytes });
    },
    { name },
  );
  const { turns } = (await child.message()) as { turns: number; bytes: number };
  t.ok(turns >= 50, `a timer of 1 ms was served ${turns} times in 1500 ms`);
  t.match(await child.exit, { code: 0, stderr: '' });
  t.match(await trickle.exit, { code: 0, stderr: '' });
});
