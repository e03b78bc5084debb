// Somebody deletes the file of a channel that is in use, or its whole directory. The two ends go on to
// the end of their stream. Whoever opens the name then makes a new channel, and is not disturbed when
// the old ones leave.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

const name = 'name';
const capacity = 4096;

for (const [what, pathIn] of [
  ['the file', (dir: string) => join(dir, name)],
  ['the directory', (dir: string) => dir],
] as const) {
  t.test(what, async (t) => {
    const dir = join(uniqueDirectory(t), 'channels');
    const reader = openChannel(name, 'r', { dir, capacity });
    const child = spawnChild(
      t,
      async ({ smipc, pattern, args, send, receive }) => {
        const writer = smipc.openChannel(args.name, 'w', { dir: args.dir });
        await writer.write(pattern.patternBytes(3000));
        await send('wrote');
        await receive();
        await writer.write(pattern.patternBytes(50_000, 3000));
        writer.end();
        await writer.close();
      },
      { name, dir },
    );
    t.equal(await child.message(), 'wrote');
    rmSync(pathIn(dir), { recursive: true });

    const nextWriter = openChannel(name, 'w', { dir, capacity });
    t.equal(nextWriter.status().reader.state, 'absent');
    t.equal(nextWriter.tryWrite(patternBytes(10)), 10);
    await child.send('go');
    const target = Buffer.alloc(1000);
    let total = 0;
    for (let size = -1; size !== 0; total += size) {
      size = await reader.read(target);
      checkPattern(target.subarray(0, size), total);
    }
    t.equal(total, 53_000);
    t.match(await child.exit, { code: 0, stderr: '' });
    await reader.close();

    t.ok(existsSync(join(dir, name)), 'the name is the next one’s');
    const nextReader = openChannel(name, 'r', { dir });
    t.equal(nextReader.tryRead(target), 10);
    await Promise.all([nextReader.close(), nextWriter.close()]);
    t.strictSame(await leftIn(dir), []);
  });
}
