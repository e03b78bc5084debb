// For async_hooks each open end of a channel is one resource, SMIPC_CHANNEL, from its opening to its close.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('init, before and after, destroy', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, until, send }) => {
      const { createHook } = await import('node:async_hooks');
      const calls = new Map<number, string[]>();
      const note = (id: number, call: string) => {
        const noted = calls.get(id);
        // Most are called many times.
        if (noted !== undefined && noted.at(-1) !== call) noted.push(call);
      };
      const hook = createHook({
        init: (id, type) => {
          if (type === 'SMIPC_CHANNEL') calls.set(id, ['init']);
        },
        before: (id) => note(id, 'before'),
        destroy: (id) => note(id, 'destroy'),
      }).enable();
      const reader = smipc.createReadStream('stream', { dir: args.dir });
      const writer = smipc.createWriteStream('stream', { dir: args.dir });
      const channel = smipc.openChannel('channel', 'r', { dir: args.dir });
      void channel.read(Buffer.alloc(1)).catch(() => {});
      const peer = smipc.openChannel('channel', 'w', { dir: args.dir });
      await Promise.all([channel.waitForPeer(), writer.waitForPeer()]);
      writer.end('x');
      await reader.resume().toArray();
      await channel.close();
      await peer.close();
      const all = () => [...calls.values()];
      await until(() => all().every((noted) => noted.at(-1) === 'destroy'), 'their ends');
      hook.disable();
      await send(all());
      process.exit();
    },
    { dir: uniqueDirectory(t) },
  );
  const calls = (await child.message()) as string[][];
  t.strictSame(calls.slice(0, 3), Array(3).fill(['init', 'before', 'destroy']));
  t.equal(calls.length, 4);
});
