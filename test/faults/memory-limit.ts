// A memory cgroup, such as that of a container, whose limit is below the size of the file system: a
// channel that would go over it is an error that names the limit. Without that, the kernel kills.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { type MemoryGroup, memoryGroup } from '../fixtures/processes/memory-group.js';

const MiB = 1024 * 1024;

/** Opens as many channels of a capacity as it is asked for, and tells how many it has. */
function opener(t: Test, dir: string): TalkingChild {
  return spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const channels: unknown[] = [];
      for (;;) {
        const { capacity, count } = (await receive()) as { capacity: number; count: number };
        let failure: unknown;
        try {
          for (let i = 0; i < count; i++) {
            const name = `c${channels.length}`;
            channels.push(smipc.openChannel(name, 'w', { dir: args.dir, capacity }));
          }
        } catch (error) {
          const { code, errno, syscall, message } = error as NodeJS.ErrnoException;
          failure = { code, errno, syscall, message };
        }
        await send({ count: channels.length, failure });
      }
    },
    { dir },
  );
}

interface Answer {
  count: number;
  failure?: { code: string; errno: number; syscall: string; message: string };
}

async function ask(child: TalkingChild, capacity: number, count: number): Promise<Answer> {
  await child.send({ capacity, count });
  return (await child.message()) as Answer;
}

/** The error names the limit of the group, by its file and its value. */
function checkNamed(t: Test, { failure }: Answer, group: MemoryGroup): void {
  t.match(failure, { code: 'ENOMEM', errno: -12, syscall: 'open' });
  const limit = readFileSync(group.limitFile, 'utf8').trim();
  for (const part of [group.limitFile, limit, 'docker run --memory']) {
    t.ok(failure?.message.includes(part), `${part} in: ${failure?.message}`);
  }
}

t.test('one channel that is too large', async (t) => {
  const group = memoryGroup(t, 160 * MiB);
  if (group === undefined) return;
  const dir = uniqueDirectory(t);
  const child = opener(t, dir);
  group.add(child.pid);
  const answer = await ask(child, 512 * MiB, 1);
  checkNamed(t, answer, group);
  t.equal(answer.count, 0);
  t.strictSame(
    readdirSync(dir).filter((name) => !name.startsWith('.bell-')),
    [],
    'nothing is left',
  );
  t.equal((await ask(child, MiB, 1)).count, 1, 'a smaller one fits');
});

t.test('many channels that are too large together', async (t) => {
  const group = memoryGroup(t, 160 * MiB);
  if (group === undefined) return;
  const child = opener(t, uniqueDirectory(t));
  group.add(child.pid);
  const answer = await ask(child, 4 * MiB, 60);
  checkNamed(t, answer, group);
  t.ok(answer.count > 10, String(answer.count));
  t.equal((await ask(child, 4 * MiB, 1)).count, answer.count, 'it goes on');
});

t.test('the limit of a group above', async (t) => {
  const above = memoryGroup(t, 160 * MiB);
  if (above === undefined) return;
  const group = memoryGroup(t, 1024 * MiB, { within: above });
  if (group === undefined) return;
  const child = opener(t, uniqueDirectory(t));
  group.add(child.pid);
  checkNamed(t, await ask(child, 256 * MiB, 1), above);
});

t.test('a process that is moved after it has begun', async (t) => {
  const group = memoryGroup(t, 160 * MiB);
  if (group === undefined) return;
  const child = opener(t, uniqueDirectory(t));
  t.equal((await ask(child, MiB, 1)).count, 1);
  group.add(child.pid);
  checkNamed(t, await ask(child, 512 * MiB, 1), group);
});

/** A directory on a disk, or undefined and a comment: memory that is not charged for good. */
function directoryOnDisk(t: Test): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'smipc-test-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const kTmpfs = 0x0102_1994;
  if (statfsSync(dir).type !== kTmpfs) return dir;
  t.comment(`not tested: ${dir} is in memory itself`);
  return undefined;
}

t.test('a group that is full of cached files has room', async (t) => {
  const group = memoryGroup(t, 160 * MiB);
  const disk = directoryOnDisk(t);
  if (group === undefined || disk === undefined) return;
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { closeSync, openSync, readFileSync, writeSync } = await import('node:fs');
      await receive();
      // The pages of what it writes are charged to the group as well.
      const file = openSync(args.file, 'w');
      const piece = Buffer.alloc(1024 * 1024, 'x');
      for (let i = 0; i < 256; i++) writeSync(file, piece);
      closeSync(file);
      const used = Number(readFileSync(args.usage, 'utf8'));
      const channel = smipc.openChannel('fits', 'w', { dir: args.dir, capacity: args.capacity });
      await send({ used, free: channel.tryWrite(Buffer.alloc(args.capacity)) });
      channel.end();
    },
    {
      dir: uniqueDirectory(t),
      file: join(disk, 'file'),
      capacity: 32 * MiB,
      usage: group.limitFile.replace('limit_in_bytes', 'usage_in_bytes').replace('max', 'current'),
    },
  );
  group.add(child.pid);
  await child.send('begin');
  const { used, free } = (await child.message()) as { used: number; free: number };
  t.ok(used > 135 * MiB, `without the cache it would not fit: ${used}`);
  t.equal(free, 32 * MiB);
});

t.test('a channel on a disk may be larger than the limit', async (t) => {
  const group = memoryGroup(t, 160 * MiB);
  const disk = directoryOnDisk(t);
  if (group === undefined || disk === undefined) return;
  const child = opener(t, disk);
  group.add(child.pid);
  t.equal((await ask(child, 256 * MiB, 1)).count, 1);
});
