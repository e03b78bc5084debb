// A stream that nothing refers to but its listeners: they hear what happens, however often memory is
// collected.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('streams that only listeners know of', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, until }) => {
      const { once } = (await import('node:events')).default;
      const { setTimeout } = await import('node:timers/promises');
      const told: unknown[] = [];
      // Functions of their own, so that no variable of this one keeps the streams.
      (() => {
        const first = smipc.createWriteStream(args.first);
        void once(first, 'connect').then(() => first.end('hello'));
        smipc.createWriteStream(args.second).on('error', (error) => {
          const { code, peer } = error as import('smipc').SmipcError;
          told.push(`${code} ${peer}`);
        });
        smipc.createReadStream(args.third).on('close', () => told.push('never'));
      })();
      for (let i = 0; i < 10; i++) {
        globalThis.gc?.();
        await setTimeout(5);
      }
      const chunks = await smipc.createReadStream(args.first).toArray();
      told.push(String(chunks[0]));
      smipc.createReadStream(args.second).destroy();
      await until(() => told.length === 2, 'the idle writer to hear');
      return process.send?.(told);
    },
    { first: uniqueName(t), second: uniqueName(t), third: uniqueName(t) },
    { execArgv: ['--expose-gc'] },
  );
  t.strictSame(await child.message(), ['hello', 'EPIPE closed']);
  t.match(await child.exit, { code: 0, stderr: '' });
});
