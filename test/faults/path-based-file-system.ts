// A file system in user space that knows files by their paths, as sshfs and others do: to the kernel, a
// hard link is another file there, with another memory. Channels work all the same.
import { readdirSync, writeFileSync } from 'node:fs';
import { list, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { leftIn } from '../fixtures/channels/directory.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { bindfsDirectory } from '../fixtures/processes/mounts.js';

/** A writer that writes 1000 bytes and stays. */
function writerIn(t: Test, dir: string, resume: boolean): TalkingChild {
  return spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const writer = smipc.openChannel('held', 'w', args);
      await writer.write(pattern.patternBytes(1000));
      await send('written');
      await receive();
    },
    { dir, resume },
  );
}

t.test('bytes from a process to another', async (t) => {
  for (const options of [[], ['--chmod-deny']]) {
    const dir = bindfsDirectory(t, options);
    const child = spawnChild(
      t,
      async ({ smipc, pattern, args, send }) => {
        let total = 0;
        for await (const chunk of smipc.createReadStream('bytes', args)) {
          pattern.checkPattern(chunk, total);
          total += chunk.length;
        }
        await send(total);
      },
      { dir },
    );
    const writer = openChannel('bytes', 'w', { dir, capacity: 65_536 });
    for (let at = 0; at < 1_000_000; at += 10_000) await writer.write(patternBytes(10_000, at));
    writer.end();
    await writer.close();
    t.equal(await child.message(), 1_000_000);
    t.match(await child.exit, { code: 0, stderr: '' });
    t.strictSame(await leftIn(dir), []);
  }
});

t.test('a role is held, and a killed owner is noticed', async (t) => {
  const dir = bindfsDirectory(t);
  const child = writerIn(t, dir, false);
  t.equal(await child.message(), 'written');
  const reader = openChannel('held', 'r', { dir });
  t.throws(() => openChannel('held', 'w', { dir }), { code: 'EBUSY', pid: child.pid });
  t.throws(() => openChannel('held', 'w', { dir, create: 'always' }), { code: 'EEXIST' });
  const target = Buffer.alloc(1000);
  t.equal(await reader.read(target, { min: 1000 }), 1000);
  checkPattern(target, 0);
  const more = t.rejects(reader.read(target), { code: 'ECONNRESET', peer: 'died' });
  child.kill();
  await more;
  await reader.close();
  t.strictSame(list({ dir }), []);
});

t.test('a role is taken over', async (t) => {
  const dir = bindfsDirectory(t);
  const child = writerIn(t, dir, true);
  t.equal(await child.message(), 'written');
  const reader = openChannel('held', 'r', { dir, resume: true });
  t.throws(() => openChannel('held', 'w', { dir, resume: true }), { code: 'EBUSY' });
  child.kill();
  await child.exit;
  const writer = openChannel('held', 'w', { dir, resume: true });
  t.equal(writer.position, 1000);
  await writer.write(patternBytes(1000, 1000));
  writer.end();
  const target = Buffer.alloc(2000);
  t.equal(await reader.read(target, { min: 2000 }), 2000);
  checkPattern(target, 0);
  t.equal(await reader.read(target), 0);
  await Promise.all([writer.close(), reader.close()]);
  t.strictSame(list({ dir }), []);
});

t.test('a maker that was killed leaves nothing for good', async (t) => {
  const dir = bindfsDirectory(t);
  // Its file has no name of a channel yet, and nobody holds its lock.
  writeFileSync(`${dir}/.new-0123456789abcdef`, '');
  const writer = openChannel('new', 'w', { dir });
  t.notOk(readdirSync(dir).includes('.new-0123456789abcdef'));
  await writer.close();
});
