// Random nonsense is written into the header of channels, also while they are in use. Whatever
// happens is an error that smipc documents: no crash, no endless call, no byte outside the ring.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';

for (const when of ['before opening', 'in use'] as const) {
  t.test(when, async (t) => {
    const args = { dir: uniqueDirectory(t), seed: newSeed(t), when: when as string };
    const child = spawnChild(
      t,
      async ({ smipc, pattern, args, send }) => {
        const fs = await import('node:fs');
        const random = pattern.random(args.seed);
        const codes = new Map<string, number>();
        const attempt = async (call: () => unknown) => {
          try {
            return await call();
          } catch (error) {
            if (!(error instanceof smipc.SmipcError)) throw error;
            codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
            return undefined;
          }
        };
        const spoil = (path: string) => {
          const file = fs.openSync(path, 'r+');
          // Magic, version, header size, capacity: those are another test's.
          const [from, size] = args.when === 'in use' ? [128, 800] : [24, 900];
          for (let i = random.between(1, 30); i > 0; i--) {
            const value = [0, 1, 0xffff_ffff, 0x4000_0000, random.below(2 ** 32)];
            const word = Uint32Array.of(value[random.below(value.length)] ?? 0);
            fs.writeSync(file, word, 0, 4, from + 4 * random.below(size / 4));
          }
          fs.closeSync(file);
        };
        const bytes = Buffer.alloc(10_000);
        const timeout = 1;

        for (let round = 0; round < 150; round++) {
          const name = `name-${round}`;
          const path = `${args.dir}/${name}`;
          const options = { dir: args.dir, capacity: 4096 };
          const first = smipc.openChannel(name, 'w', options);
          first.tryWrite(bytes.subarray(0, 100));
          if (args.when === 'before opening') {
            first.end();
            await first.close();
            spoil(path);
          }
          const second = (await attempt(() => smipc.openChannel(name, 'r', options))) as
            | typeof first
            | undefined;
          for (let i = 0; i < 5; i++) {
            if (args.when === 'in use' && fs.existsSync(path)) spoil(path);
            await attempt(() => first.write(bytes, { timeout }));
            await attempt(() => second?.read(bytes, { timeout }));
            await attempt(() => first.tryWrite(bytes));
            await attempt(() => second?.tryRead(bytes));
            await attempt(() => first.writeSync(bytes, { timeout }));
            await attempt(() => second?.readSync(bytes, { timeout }));
            await attempt(() => first.drained({ timeout }));
            await attempt(() => second?.waitForPeer({ timeout }));
            await attempt(() => second?.status());
            await attempt(() => smipc.inspect(name, options));
          }
          smipc.list(options);
          await Promise.all([first.close(), second?.close()]);
          await attempt(() => smipc.remove(name, { ...options, force: true }));
        }
        await send([...codes.keys()].sort());
      },
      args,
    );
    const codes = (await child.message()) as string[];
    t.comment(codes.join(' '));
    t.ok(codes.includes('ERR_SMIPC_CORRUPT'));
    t.match(await child.exit, { code: 0, signal: null, stderr: '' });
  });
}
