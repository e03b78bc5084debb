// A bell and a lifeline stay for a while when the last channel of a directory is closed, so that who opens
// one channel after another does not make them anew each time. Then they go, also with a process or a thread
// that ends before.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { startThread } from '../fixtures/processes/thread.js';

const name = 'channel';
const fallbacks = (process.env.SMIPC_FALLBACK ?? '').split(',');
const needsBell = { skip: fallbacks.includes('bells') && 'there are no bells' };
const needsLifeline = {
  skip: needsBell.skip || (fallbacks.includes('roles') && 'there are no lifelines'),
};

function bellsIn(dir: string): string[] {
  return readdirSync(dir).filter((file) => file.startsWith('.bell-'));
}

t.test('one channel after another', needsLifeline, async (t) => {
  const dir = uniqueDirectory(t);
  const seen = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const channel = openChannel(name, 'w', { dir });
    for (const file of readdirSync(dir)) seen.add(file);
    await channel.close();
  }
  t.equal(seen.size, 3, 'the channel, a bell and a lifeline');
  t.strictSame(await leftIn(dir), []);
});

t.test('a peer is woken at it', needsBell, async (t) => {
  const dir = uniqueDirectory(t);
  await openChannel('first', 'r', { dir }).close();
  const bells = bellsIn(dir);
  const writer = spawnChild(
    t,
    async ({ smipc, args, receive }) => {
      const writer = smipc.openChannel(args.name, 'w', { dir: args.dir });
      await receive();
      await writer.write(Buffer.from('hello'));
      await writer.close();
    },
    { dir, name },
  );
  const reader = openChannel(name, 'r', { dir, busyPoll: 0 });
  const target = Buffer.alloc(5);
  const reading = reader.read(target, { min: 5 });
  await writer.send('write');
  t.equal(await reading, 5);
  t.equal(target.toString(), 'hello');
  t.ok(bells.length === 1 && bellsIn(dir).includes(bells[0] as string), 'the bell is the same');
  await reader.close();
  await writer.exit;
  t.strictSame(await leftIn(dir), []);
});

t.test('the directory is removed and made again', needsBell, async (t) => {
  const dir = uniqueDirectory(t);
  await openChannel(name, 'w', { dir }).close();
  const [old] = bellsIn(dir);
  rmSync(dir, { recursive: true });
  mkdirSync(dir, { mode: 0o700 });
  const channel = openChannel(name, 'w', { dir });
  const [bell] = bellsIn(dir);
  t.type(bell, 'string', 'peers find a bell');
  t.not(bell, old);
  await channel.close();
  t.strictSame(await leftIn(dir), []);
});

t.test('other permissions', needsBell, async (t) => {
  const dir = uniqueDirectory(t);
  const modes: number[] = [];
  for (const permissions of [0o600, 0o666, 0o600]) {
    const channel = openChannel(name, 'w', { dir, permissions });
    const bells = bellsIn(dir);
    t.equal(bells.length, 1);
    modes.push(statSync(join(dir, bells[0] as string)).mode & 0o777);
    await channel.close();
  }
  t.strictSame(modes, [0o600, 0o622, 0o600], 'others may write to it');
});

t.test('another directory', async (t) => {
  const dirs = [uniqueDirectory(t), uniqueDirectory(t)] as const;
  await openChannel(name, 'w', { dir: dirs[0] }).close();
  await openChannel(name, 'w', { dir: dirs[1] }).close();
  t.strictSame(readdirSync(dirs[0]), [], 'one idle bell is enough');
  t.strictSame(await leftIn(dirs[1]), []);
});

for (const way of ['the natural end', 'exit']) {
  t.test(`a process, ${way}`, async (t) => {
    const dir = uniqueDirectory(t);
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        await smipc.openChannel(args.name, 'w', { dir: args.dir }).close();
        if (args.way === 'exit') process.exit();
      },
      { dir, name, way },
    );
    t.match(await child.exit, { code: 0, stderr: '' });
    t.strictSame(readdirSync(dir), []);
  });
}

for (const way of ['the natural end', 'terminate']) {
  t.test(`a thread, ${way}`, async (t) => {
    const dir = uniqueDirectory(t);
    const thread = startThread(
      async ({ smipc, args, send, receive }) => {
        await smipc.openChannel(args.name, 'w', { dir: args.dir }).close();
        send('closed');
        if (args.way === 'terminate') await receive();
      },
      { dir, name, way },
    );
    t.equal(await thread.message(), 'closed');
    if (way === 'terminate') await thread.worker.terminate();
    await thread.exit.catch(() => {});
    t.strictSame(readdirSync(dir), []);
  });
}
