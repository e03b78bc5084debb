// However a holder leaves, its role can be taken again at once: after end(), after an abort, when
// its process exits, and when it is killed.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

for (const mode of ['r', 'w'] as const) {
  for (const way of ['close', 'runs empty', 'exit', 'throw', 'SIGTERM', 'SIGKILL']) {
    t.test(`${mode}: ${way}`, async (t) => {
      const name = uniqueName(t);
      const holder = spawnChild(
        t,
        async ({ smipc, args, send, receive }) => {
          const channel = smipc.openChannel(args.name, args.mode);
          await send('open');
          await receive();
          if (args.way === 'close') {
            await channel.close();
            await send('closed');
            await receive();
          }
          if (args.way === 'exit') process.exit();
          if (args.way === 'throw') throw new Error('on purpose');
          channel.unref();
        },
        { name, mode, way },
      );
      await holder.message();
      t.throws(() => openChannel(name, mode), { code: 'EBUSY', pid: holder.pid });
      if (way.startsWith('SIG')) holder.kill(way as NodeJS.Signals);
      else await holder.send('go');
      if (way === 'close') await holder.message();
      else await holder.exit;
      await openChannel(name, mode).close();
      t.pass('the role was free');
    });
  }
}

t.test('w: after end(), when the stream was read', async (t) => {
  const name = uniqueName(t);
  for (let round = 0; round < 3; round++) {
    const writer = openChannel(name, 'w');
    const reader = openChannel(name, 'r');
    writer.writeSync(Buffer.from([round]));
    writer.end();
    await writer.close();
    const target = Buffer.alloc(2);
    t.equal(await reader.read(target, { min: 2 }), 1);
    t.equal(target[0], round);
    await reader.close();
  }
});
