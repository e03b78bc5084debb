// The store of an AsyncLocalStorage in which channels were opened can be collected once they are
// closed, even if it was the first context that used smipc at all.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('closed channels', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, until, send }) => {
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const storage = new AsyncLocalStorage<object>();
      const { dir } = args;
      const use = async (name: string): Promise<WeakRef<object>> => {
        const store = { name };
        await storage.run(store, async () => {
          const reader = smipc.createReadStream(name, { dir });
          const writer = smipc.createWriteStream(name, { dir });
          const channel = smipc.openChannel(`${name} channel`, 'r', { dir, resume: true });
          await Promise.all([reader.waitForPeer(), writer.waitForPeer()]);
          writer.end('x', () => {});
          await reader.resume().toArray();
          await channel.close();
        });
        return new WeakRef(store);
      };
      const first = await use('first');
      // It lives on, and what it shares with the others too.
      const last = storage.run({}, () => smipc.openChannel('other', 'r', { dir }));
      await until(() => {
        (globalThis as { gc?: () => void }).gc?.();
        return first.deref() === undefined;
      }, 'the first store to be collected');
      const second = await use('second');
      await until(() => {
        (globalThis as { gc?: () => void }).gc?.();
        return second.deref() === undefined;
      }, 'the second store to be collected');
      await send(last !== undefined);
      process.exit();
    },
    { dir: uniqueDirectory(t) },
    { execArgv: ['--expose-gc'] },
  );
  t.equal(await child.message(), true);
});
