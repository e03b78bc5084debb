// NODE_DEBUG=smipc says what is waited for when nothing has moved for a second, once for each wait; and
// each error once.
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { runNode } from '../fixtures/processes/program.js';

const env = { NODE_DEBUG: 'smipc' };
const stderrModule = new URL('../fixtures/processes/stderr.js', import.meta.url).href;

type Body = Parameters<typeof spawnChild<{ dir: string; stderr: string }>>[1];

/** What a process said of waits and errors: of each line what follows the process id. */
async function linesOf(t: Test, body: Body): Promise<{ lines: string[]; dir: string }> {
  const dir = uniqueDirectory(t);
  const child = spawnChild(t, body, { dir, stderr: stderrModule }, { env });
  const { code, stderr } = await child.exit;
  t.equal(code, 0, stderr);
  const lines = stderr
    .split('\n')
    .flatMap((line) => /^SMIPC \d+: ((?:wait|error|watch:) .*)$/.exec(line)?.[1] ?? []);
  return { lines: lines.map((line) => line.replaceAll(String(child.pid), 'PID')), dir };
}

t.test('nobody has come', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args }) => {
    const { dir } = args;
    const { setTimeout } = await import('node:timers/promises');
    const said = (await import(args.stderr)).countLines(': wait ');
    smipc.createReadStream('a', { dir }).resume();
    const writer = smipc.createWriteStream('b', { dir, capacity: 4096 });
    writer.write(Buffer.alloc(5000));
    void smipc.openChannel('c', 'w', { dir }).waitForPeer();
    // Idle, paused: they wait for nothing.
    smipc.createWriteStream('d', { dir });
    smipc.createReadStream('e', { dir }).pause();
    await until(() => said() >= 3, 'the lines');
    // Long enough for each to come again.
    await setTimeout(1500);
    process.exit();
  });
  t.strictSame(lines.sort(), [
    `wait 'a' (reader): no writer has come yet (in ${dir})`,
    `wait 'b' (writer): the ring is full, and no reader has come yet (in ${dir})`,
    `wait 'c' (writer): no reader has come yet (in ${dir})`,
  ]);
});

t.test('the peer does nothing, comes, moves, goes', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args }) => {
    const { dir } = args;
    const { setTimeout } = await import('node:timers/promises');
    const said = (await import(args.stderr)).countLines(': wait ');
    const options = { dir, resume: true };
    const reader = smipc.createReadStream('a', options).resume();
    await until(() => said() === 1, 'a line');
    const first = smipc.openChannel('a', 'w', options);
    await until(() => said() === 2, 'a line');
    // Something moves all the time.
    for (let i = 0; i < 15; i++) {
      first.tryWrite(Buffer.from('x'));
      await setTimeout(100);
    }
    await until(() => said() === 3, 'a line');
    await first.close();
    await until(() => said() === 4, 'a line');
    smipc.createWriteStream('a', options).end();
    await until(() => reader.closed, "'close'");
  });
  t.strictSame(lines, [
    `wait 'a' (reader): no writer has come yet (in ${dir})`,
    `wait 'a' (reader): the writer (process PID) has written nothing since (in ${dir})`,
    `wait 'a' (reader): the writer (process PID) has written nothing since (in ${dir})`,
    `wait 'a' (reader): the writer (process PID) has left, and no other has come yet (in ${dir})`,
  ]);
});

t.test('a full ring, and a role that is held', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args }) => {
    const { dir } = args;
    const said = (await import(args.stderr)).countLines(': wait ');
    const writer = smipc.createWriteStream('a', { dir, capacity: 4096 });
    writer.on('error', () => {});
    writer.write(Buffer.alloc(5000));
    const reader = smipc.createReadStream('a', { dir });
    const waiting = smipc.createWriteStream('a', { dir, wait: true });
    await until(() => said() >= 2, 'the lines');
    waiting.destroy();
    reader.destroy();
    await until(() => writer.closed, "'close'");
  });
  t.strictSame(lines.sort(), [
    `error { name: 'a', mode: 'w', error: "EPIPE: the reader (process PID) closed the channel, write 'a'" }`,
    `wait 'a' (writer): process PID holds the role (in ${dir})`,
    `wait 'a' (writer): the ring is full, and the reader (process PID) has read nothing since (in ${dir})`,
  ]);
});

t.test('calls that block the thread', async (t) => {
  const { lines, dir } = await linesOf(t, ({ smipc, args: { dir } }) => {
    const attempt = (act: () => unknown) => {
      try {
        act();
      } catch {}
    };
    const reader = smipc.openChannel('a', 'r', { dir });
    attempt(() => reader.readSync(Buffer.alloc(1), { timeout: 2000 }));
    // A short one is no wait that is worth a word.
    attempt(() => reader.readSync(Buffer.alloc(1), { timeout: 300 }));
    const writer = smipc.openChannel('b', 'w', { dir, capacity: 4096 });
    attempt(() => writer.writeSync(Buffer.alloc(5000), { timeout: 2000 }));
    process.exit();
  });
  t.strictSame(lines, [
    `wait 'a' (reader): no writer has come yet (in ${dir})`,
    `wait 'b' (writer): the ring is full, and no reader has come yet (in ${dir})`,
  ]);
});

t.test('the peer was turned away', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args: { dir, stderr } }) => {
    const said = (await import(stderr)).countLines(': wait ');
    smipc.createReadStream('a', { dir }).resume();
    await new Promise((resolve) => {
      smipc.createWriteStream('a', { dir, objectMode: true }).on('error', resolve);
    });
    await until(() => said() === 1, 'the line');
    process.exit();
  });
  t.equal(
    lines.at(-1),
    `wait 'a' (reader): no writer has come yet; process PID wanted objects, and was turned away (in ${dir})`,
  );
});

t.test('watch() in a directory that is not there, and in an empty one', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args }) => {
    const { dir } = args;
    const { mkdirSync } = await import('node:fs');
    const said = (await import(args.stderr)).countLines(': watch: ');
    const events = smipc.watch({ dir: `${dir}/new` });
    const waiting = events.next();
    await until(() => said() === 1, 'a line');
    mkdirSync(`${dir}/new`, { mode: 0o700 });
    await until(() => said() === 2, 'a line');
    smipc.openChannel('b', 'w', { dir: `${dir}/new` });
    await waiting;
    process.exit();
  });
  t.strictSame(lines, [
    `watch: the directory does not exist yet (${dir}/new)`,
    `watch: no channel is in the directory (${dir}/new)`,
  ]);
});

t.test('each error once, though many calls fail with it', async (t) => {
  const { lines } = await linesOf(t, async ({ smipc, args: { dir } }) => {
    const writer = smipc.openChannel('a', 'w', { dir });
    const reader = smipc.openChannel('a', 'r', { dir });
    const reads = [1, 2, 3].map(() => reader.read(Buffer.alloc(10)).catch(() => {}));
    await writer.close();
    await Promise.all(reads);
    for (let i = 0; i < 3; i++) {
      try {
        reader.tryRead(Buffer.alloc(1));
      } catch {}
    }
    await reader.close();
    // A mistake in a program is its own to report.
    await reader.read(Buffer.alloc(1)).catch(() => {});
    const first = smipc.createWriteStream('b', { dir });
    const second = smipc.createWriteStream('b', { dir });
    await new Promise((resolve) => second.on('error', resolve));
    first.destroy();
  });
  t.strictSame(lines, [
    `error { name: 'a', mode: 'r', error: "ECONNRESET: the writer (process PID) left without end(), read 'a'" }`,
    `error { name: 'b', mode: 'w', error: "EBUSY: another owner holds this role (process PID); open with wait: true to wait for it, open 'b'" }`,
  ]);
});

t.test('no wait holds the event loop, and there is a timer only with NODE_DEBUG', async (t) => {
  const dir = uniqueDirectory(t);
  const script = `
    import { createHook } from 'node:async_hooks';
    import { createReadStream } from 'smipc';
    let timers = 0;
    createHook({
      init: (id, type) => {
        if (type === 'Timeout') timers++;
      },
    }).enable();
    createReadStream('a', { dir: ${JSON.stringify(dir)} }).resume().unref();
    process.once('exit', () => console.log(timers));
  `;
  for (const [NODE_DEBUG, timers] of [
    ['smipc', '1\n'],
    ['', '0\n'],
  ] as const) {
    const program = runNode(t, ['--input-type=module', '--eval', script], { env: { NODE_DEBUG } });
    const { code, stdout } = await program.exit;
    t.equal(code, 0);
    t.equal(stdout, timers);
  }
});

t.test('fake timers neither stop the lines nor are kept busy by them', async (t) => {
  const dir = uniqueDirectory(t);
  const linesIn = (stderr: string) => stderr.split('no writer has come yet').length - 1;
  // After smipc was loaded: real time goes on.
  const after = `
    import { createReadStream } from 'smipc';
    import { mock } from 'node:test';
    import { until } from './test/fixtures/timing/until.js';
    import { countLines } from './test/fixtures/processes/stderr.js';
    const said = countLines('no writer has come yet');
    const waits = until(() => said() > 0, 'the line');
    createReadStream('a', { dir: ${JSON.stringify(dir)} }).resume();
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
    await waits;
    process.exit();
  `;
  // Before: the test may run all timers that there are.
  const before = `
    import { mock } from 'node:test';
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
    const { createReadStream } = await import('smipc');
    createReadStream('a', { dir: ${JSON.stringify(dir)} }).resume();
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.runAll();
    mock.timers.runAll();
    console.log('ran them all');
    process.exit();
  `;
  const early = runNode(t, ['--input-type=module', '--eval', before], { env });
  const { stdout, stderr } = await early.exit;
  t.equal(stdout, 'ran them all\n');
  t.equal(linesIn(stderr), 1);
  const late = runNode(t, ['--input-type=module', '--eval', after], { env });
  const exit = await late.exit;
  t.equal(exit.code, 0, exit.stderr);
  t.equal(linesIn(exit.stderr), 1);
});

t.test('short calls that follow each other are one wait', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, args }) => {
    const reader = smipc.openChannel('a', 'r', { dir: args.dir });
    const target = Buffer.alloc(1);
    for (let i = 0; i < 30; i++) await reader.read(target, { timeout: 100 }).catch(() => {});
    process.exit();
  });
  t.strictSame(lines, [`wait 'a' (reader): no writer has come yet (in ${dir})`]);
});

t.test('leave() waits for the consumer', async (t) => {
  const { lines, dir } = await linesOf(t, async ({ smipc, until, args }) => {
    const said = (await import(args.stderr)).countLines(': wait ');
    const options = { dir: args.dir, resume: true, objectMode: true } as const;
    smipc.createWriteStream('a', options).write(1);
    const reader = smipc.createReadStream('a', { ...options, acknowledge: true });
    for await (const _ of reader) {
      void reader.leave();
      await until(() => said() === 1, 'a line');
      process.exit();
    }
  });
  t.strictSame(lines, [
    `wait 'a' (reader): leave() waits until the consumer is done and asks for more (in ${dir})`,
  ]);
});
