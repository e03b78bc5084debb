// A process that is interrupted by signals all the time, with handlers for them: nothing fails, and
// nothing is lost, in streams, in calls that wait and in calls that block.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

t.test('SIGUSR2 and SIGWINCH', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      let signals = 0;
      for (const signal of ['SIGUSR2', 'SIGWINCH'] as const) process.on(signal, () => signals++);
      await send('begins');
      const { dir } = args;
      const target = Buffer.alloc(4096);
      const codeOf = (action: () => unknown): unknown => {
        try {
          action();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
        return 'none';
      };
      const useBoth = async (capacity: number): Promise<void> => {
        const writer = smipc.openChannel('both', 'w', { dir, capacity });
        const reader = smipc.openChannel('both', 'r', { dir });
        writer.writeSync(pattern.patternBytes(4096));
        reader.readSync(target, { min: 4096 });
        pattern.checkPattern(target, 0);
        const reading = reader.read(target, { min: 4096 });
        await writer.write(pattern.patternBytes(4096, 4096));
        await reading;
        pattern.checkPattern(target, 4096);
        // A wait is over in time, not with the next signal.
        const start = performance.now();
        const codes = [codeOf(() => reader.readSync(target, { timeout: 3 }))];
        if (performance.now() - start < 3) throw new Error('not 3 ms');
        codes.push(await reader.read(target, { timeout: 3 }).catch((error) => error.code));
        if (String(codes) !== 'ETIMEDOUT,ETIMEDOUT') throw new Error(String(codes));
        writer.end();
        if (reader.readSync(target) !== 0) throw new Error('no end');
        await Promise.all([writer.close(), reader.close()]);
      };
      // As long as the signals come.
      let isOver = false;
      receive().then(
        () => (isOver = true),
        () => {},
      );
      for (let round = 0; !isOver || round < 50; round++) await useBoth(1 << (12 + (round % 10)));
      const end = smipc.createReadStream('end', { dir });
      let total = 0;
      for await (const chunk of end) total += chunk.length;
      await send({ total, hasHeard: signals > 0 });
    },
    { dir },
  );
  t.equal(await child.message(), 'begins');
  const bombard = `n=0; while [ $n -lt 20000 ]; do kill -USR2 ${child.pid}; kill -WINCH ${child.pid}; n=$((n+1)); done`;
  await promisify(execFile)('sh', ['-c', bombard]);
  await child.send('enough');
  createWriteStream('end', { dir }).end(patternBytes(100_000));
  t.strictSame(await child.message(), { total: 100_000, hasHeard: true });
  t.match(await child.exit, { code: 0, stderr: '' });
  // Nothing of it is left in the way.
  const outcome = consume(createReadStream('both', { dir }));
  const last = openChannel('both', 'w', { dir });
  last.end();
  await last.close();
  t.match(await outcome, { bytes: 0, events: ['end', 'close'] });
});
