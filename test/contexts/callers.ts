// A function that is given to a call runs in that call's async context, also if the call had to wait, on
// its own or behind others.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

type Seen = Record<string, string>;

t.test('callbacks of writes, and functions that get views', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, until, args, send }) => {
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const storage = new AsyncLocalStorage<string>();
      const seen: Seen = {};
      /** Calls `call` in a context of that name, with a function that notes where it runs. */
      const calls = <T>(name: string, call: (note: () => void) => T): T =>
        storage.run(name, () =>
          call(() => {
            seen[name] = storage.getStore() ?? 'none';
          }),
        );
      const options = { dir: args.dir, capacity: 4096 };

      const writer = storage.run('opener', () => smipc.createWriteStream('stream', options));
      calls('write', (note) => writer.write('x', note));
      calls('write with encoding', (note) => writer.write('78', 'hex', note));
      writer.cork();
      calls('corked write', (note) => writer.write('x', note));
      writer.uncork();
      calls('full ring', (note) => writer.write(Buffer.alloc(10_000), note));
      calls('queued write', (note) => writer.write(Buffer.alloc(10_000), note));
      calls('queued write with encoding', (note) => writer.write('78', 'hex', note));
      calls('end', (note) => writer.end('x', note));
      const closed = new Promise((resolve) => writer.on('close', resolve));
      storage.run('reader', () => void smipc.createReadStream('stream', options).resume());
      await closed;

      const failing = smipc.createWriteStream('failing', options).on('error', () => {});
      calls('failing write', (note) => failing.write(Buffer.alloc(10_000), note));
      calls('failing queued write', (note) => failing.write('x', note));
      calls('failing end', (note) => failing.end(note));
      const destroyed = new Promise((resolve) => failing.on('close', resolve));
      storage.run('destroyer', () => void failing.destroy());
      await destroyed;

      const source = storage.run('opener', () => smipc.openChannel('views', 'w', options));
      const target = storage.run('opener', () => smipc.openChannel('views', 'r', options));
      const take = (bytes: number, note: () => void) => () => {
        note();
        return bytes;
      };
      const peeks = [
        calls('waiting peek', (note) => target.peek(take(1, note))),
        calls('queued peek', (note) => target.peek(take(1, note))),
        // Its time limit ends in yet another context, and lets the next one try.
        storage.run('limit', () => target.read(Buffer.alloc(9), { min: 9, timeout: 1 })),
        calls('peek behind a limit', (note) => target.peek(take(1, note))),
      ];
      storage.run('peer', () => source.tryWrite(Buffer.alloc(3)));
      const outcomes = await Promise.allSettled(peeks);
      const filled = calls('reserve', (note) => source.reserve(4096, take(4096, note)));
      const reserved = calls('waiting reserve', (note) => source.reserve(4096, take(9, note)));
      await filled;
      storage.run('peer', () => target.tryRead(Buffer.alloc(4096)));
      await reserved;
      await until(() => seen['waiting reserve'], 'the last one');
      await send({ seen, outcomes: outcomes.map((outcome) => outcome.status) });
      process.exit();
    },
    { dir: uniqueDirectory(t) },
  );
  const { seen, outcomes } = (await child.message()) as { seen: Seen; outcomes: string[] };
  t.strictSame(outcomes, ['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  t.equal(Object.keys(seen).length, 15);
  for (const [name, store] of Object.entries(seen)) t.equal(store, name);
});

t.test('one function for several writes', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const storage = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      const callback = () => void seen.push(storage.getStore());
      const writer = smipc.createWriteStream('one', { dir: args.dir, capacity: 4096 });
      storage.run('fits', () => void writer.write('x', callback));
      await new Promise((resolve) => setImmediate(resolve));
      for (const name of ['full', 'behind it', 'last']) {
        storage.run(name, () => void writer.write(Buffer.alloc(4096), callback));
      }
      writer.end();
      const closed = new Promise((resolve) => writer.on('close', resolve));
      smipc.createReadStream('one', { dir: args.dir }).resume();
      await closed;
      await send(seen);
      process.exit();
    },
    { dir: uniqueDirectory(t) },
  );
  t.strictSame(await child.message(), ['fits', 'full', 'behind it', 'last']);
});
