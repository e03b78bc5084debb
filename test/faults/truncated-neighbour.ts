// The file of one channel is spoiled, and then its owner is killed, who holds others besides. The
// kernel's walk through the owner's roles ends at that file; their peers hear of the death all the same.

import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createReadStream, inspect, openChannel, remove } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';

const names = ['a', 'b', 'c', 'd'];
const died = { code: 'ECONNRESET', peer: 'died' };

/** A process that has written to all of them. */
async function startHolder(t: Test, dir: string): Promise<TalkingChild> {
  const holder = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      for (const name of args.names)
        smipc.openChannel(name, 'w', args).writeSync(Buffer.from('hi'));
      await send('open');
      await receive();
    },
    { dir, names },
  );
  t.equal(await holder.message(), 'open');
  return holder;
}

const spoil = {
  truncated: (path: string) => truncateSync(path),
  'with a hole': (path: string) =>
    execFileSync('fallocate', ['--punch-hole', '--offset=0', '--length=4096', path]),
};

/** Bytes, and then nothing but the death. */
async function readToDeath(name: string, dir: string): Promise<unknown> {
  const stream = createReadStream(name, { dir });
  try {
    for await (const chunk of stream) void chunk;
  } catch (error) {
    return error;
  }
  return 'the end';
}

for (const [how, act] of Object.entries(spoil)) {
  for (const bad of names) {
    t.test(`${bad} is ${how}`, async (t) => {
      const dir = uniqueDirectory(t);
      const holder = await startHolder(t, dir);
      const good = names.filter((name) => name !== bad);
      const readers = good.map((name) => openChannel(name, 'r', { dir }));
      const bytes = Buffer.alloc(2);
      await Promise.all(readers.map((reader) => reader.read(bytes)));
      const reads = readers.map((reader) => reader.read(Buffer.alloc(1)));
      act(join(dir, bad));
      holder.kill();
      await Promise.all(reads.map((read) => t.rejects(read, died)));
      await Promise.all(readers.map((reader) => reader.close()));
    });
  }
}

t.test('those who block, and those who come later', async (t) => {
  const dir = uniqueDirectory(t);
  const holder = await startHolder(t, dir);
  const blocked = openChannel('a', 'r', { dir });
  blocked.readSync(Buffer.alloc(2));
  truncateSync(join(dir, 'd'));
  holder.kill();
  t.throws(() => blocked.readSync(Buffer.alloc(1), { timeout: 60_000 }), died);
  t.equal(inspect('b', { dir }).writer.state, 'died');
  t.match(await readToDeath('b', dir), died);
  // Whoever reads a dead owner's channel to its end removes the files that told of the death. From
  // then on only the owner's lock tells of it, which is held until its process has gone.
  await holder.exit;
  remove('c', { dir });
  await blocked.close();
});

t.test(
  'every file of a lifeline is spoiled: deaths are heard of, and nobody dies of it',
  async (t) => {
    const dir = uniqueDirectory(t);
    const holder = await startHolder(t, dir);
    const reader = openChannel('a', 'r', { dir });
    await reader.read(Buffer.alloc(2));
    execFileSync('sh', ['-c', 'for file in .life-*; do : > "$file"; done'], { cwd: dir });
    const later = openChannel('b', 'r', { dir });
    t.equal(inspect('c', { dir }).writer.state, 'open');
    t.throws(() => openChannel('c', 'w', { dir }), { code: 'EBUSY' });
    const read = reader.read(Buffer.alloc(1));
    holder.kill();
    await t.rejects(read, died);
    await later.read(Buffer.alloc(2));
    await t.rejects(later.read(Buffer.alloc(1)), died);
    await Promise.all([reader.close(), later.close()]);
  },
);
