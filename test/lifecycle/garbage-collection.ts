// A program forgets a stream, or a channel, without closing it. Once it is collected its role is
// free and the peer is told. One that somebody waits for, or listens to (test/streams/listened-to.ts), is
// not collected.
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { type ChildContext, spawnChild } from '../fixtures/processes/child.js';
import { consume, type Outcome, outcomeOf } from '../fixtures/processes/outcome.js';

interface Args {
  name: string;
}

/**
 * Runs `forget` in a process that collects garbage all the time.
 * @returns the outcome of the peer, a stream of the test.
 */
async function afterForgetting(
  t: Test,
  name: string,
  outcome: Promise<Outcome>,
  forget: (context: ChildContext<Args>) => unknown,
): Promise<Outcome> {
  const child = spawnChild<Args & { forget: string }>(
    t,
    async (context) => {
      // biome-ignore lint/security/noGlobalEval: a function of this test.
      // biome-ignore lint/complexity/noCommaOperator: an indirect eval sees the global scope only.
      (0, eval)(`(${context.args.forget})`)(context);
      const isNeverSo = () => {
        (globalThis as { gc?: () => void }).gc?.();
        return false;
      };
      // An exit would look to the peer as if the stream had been collected.
      await context
        .until(isNeverSo, 'the end of the test')
        .catch(() => process.kill(process.pid, 'SIGKILL'));
    },
    { name, forget: forget.toString() },
    { execArgv: ['--expose-gc'] },
  );
  const gone = child.exit.then(({ stderr }) => {
    throw new Error(`the child ended first: ${stderr}`);
  });
  return Promise.race([outcome, gone]);
}

const aborted = { events: ['error', 'close'], code: 'ECONNRESET', peer: 'aborted' };
const closed = { events: ['error', 'close'], code: 'EPIPE', peer: 'closed' };

t.test('a write stream', async (t) => {
  const name = uniqueName(t);
  const outcome = consume(createReadStream(name));
  const told = await afterForgetting(t, name, outcome, ({ smipc, pattern, args }) => {
    smipc.createWriteStream(args.name).write(pattern.patternBytes(1000));
  });
  t.strictSame(told, { bytes: 1000, ...aborted });
  await openChannel(name, 'w', { create: 'always' }).close();
});

t.test('a read stream that nobody consumes', async (t) => {
  const name = uniqueName(t);
  const outcome = outcomeOf(createWriteStream(name));
  const told = await afterForgetting(t, name, outcome, ({ smipc, args }) => {
    smipc.createReadStream(args.name);
  });
  t.strictSame(told, closed);
});

t.test('a read stream that waits for the next writer, with a limit', async (t) => {
  const name = uniqueName(t);
  const first = openChannel(name, 'w', { resume: true });
  first.tryWrite(Buffer.from('x'));
  await first.close();
  const child = spawnChild(
    t,
    async ({ smipc, args, until }) => {
      const isOpen = () => smipc.inspect(args.name).reader.state === 'open';
      (() => void smipc.createReadStream(args.name, { resume: true, resumeTimeout: 3_600_000 }))();
      if (!isOpen()) throw new Error('has no reader');
      await until(() => {
        (globalThis as { gc?: () => void }).gc?.();
        return !isOpen();
      }, 'the stream to be collected');
    },
    { name },
    { execArgv: ['--expose-gc'] },
  );
  t.match(await child.exit, { code: 0, stderr: '' });
});

for (const mode of ['r', 'w'] as const) {
  t.test(`a channel, ${mode}`, async (t) => {
    const name = uniqueName(t);
    const peer = mode === 'r' ? createWriteStream(name) : createReadStream(name).resume();
    const forget: (context: ChildContext<Args>) => unknown =
      mode === 'r'
        ? ({ smipc, args }) => void smipc.openChannel(args.name, 'r')
        : ({ smipc, args }) => void smipc.openChannel(args.name, 'w');
    const told = await afterForgetting(t, name, outcomeOf(peer), forget);
    t.strictSame(told, mode === 'r' ? closed : aborted);
  });
}

t.test('not what waits: a flowing reader, a write for space, a read', async (t) => {
  const names = [uniqueName(t), uniqueName(t), uniqueName(t)] as const;
  const child = spawnChild(
    t,
    async ({ smipc, pattern, until, args, send }) => {
      let heard = 0;
      (() => {
        const [flowing, writing, reading] = args.names as [string, string, string];
        smipc.createReadStream(flowing).on('data', () => heard++);
        const full = { capacity: 4096 };
        smipc.createWriteStream(writing, full).write(pattern.patternBytes(5000), () => heard++);
        void smipc
          .openChannel(reading, 'r')
          .read(Buffer.alloc(1))
          .then(() => heard++);
      })();
      for (let i = 0; i < 20; i++) {
        (globalThis as { gc?: () => void }).gc?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await send('collected');
      await until(() => heard === 3, 'all three to be served');
      process.exit();
    },
    { names },
    { execArgv: ['--expose-gc'] },
  );
  await child.message();
  for (const name of names) t.match(inspect(name), { name, bytesRead: 0 });
  const [writer, reader, other] = [
    createWriteStream(names[0]),
    createReadStream(names[1]),
    createWriteStream(names[2]),
  ];
  const outcomes = [outcomeOf(writer), consume(reader), outcomeOf(other)];
  writer.write('x');
  other.write('x');
  t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame(await Promise.all(outcomes), [closed, { bytes: 5000, ...aborted }, closed]);
});
