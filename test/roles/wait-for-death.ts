// The holder of a role is killed, and nobody else is in the channel who would notice: whoever waits
// for the role gets it all the same.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

for (const mode of ['r', 'w'] as const) {
  for (const size of mode === 'w' ? [0, 10] : [0]) {
    t.test(`${mode}, with ${size} bytes in the ring`, async (t) => {
      const name = uniqueName(t);
      const holder = spawnChild(
        t,
        async ({ smipc, args, send, receive }) => {
          const channel = smipc.openChannel(args.name, args.mode);
          if (args.size > 0) await channel.write(Buffer.alloc(args.size));
          await send('open');
          await receive();
          await channel.close();
        },
        { name, mode, size },
      );
      await holder.message();
      const opening = openChannel(name, mode, { wait: true });
      await someTurns();
      holder.kill();
      const channel = await opening;
      t.match(channel.status(), {
        bytesWritten: 0,
        [mode === 'w' ? 'writer' : 'reader']: { state: 'open', pid: process.pid },
      });
      await channel.close();
    });
  }
}
