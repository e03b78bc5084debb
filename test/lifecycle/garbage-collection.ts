// A program forgets a stream, or a channel, without closing it: it stays open, whatever the collector
// does, as a socket does. What is closed is collected.
import { inspect, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { type ChildContext, spawnChild, type TalkingChild } from '../fixtures/processes/child.js';

interface Args {
  name: string;
}

/** Runs `forget` in a process that collects garbage then, several times, and says so. */
function startForgetter(
  t: Test,
  name: string,
  forget: (context: ChildContext<Args>) => unknown,
): TalkingChild {
  return spawnChild<Args & { forget: string }>(
    t,
    async (context) => {
      // biome-ignore lint/security/noGlobalEval: a function of this test.
      // biome-ignore lint/complexity/noCommaOperator: an indirect eval sees the global scope only.
      await (0, eval)(`(${context.args.forget})`)(context);
      for (let i = 0; i < 20; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await context.send('collected');
      await context.receive();
      process.exit();
    },
    { name, forget: forget.toString() },
    { execArgv: ['--expose-gc'] },
  );
}

const writers: Record<string, (context: ChildContext<Args>) => unknown> = {
  'a write stream': ({ smipc, args }) => void smipc.createWriteStream(args.name).write('hello'),
  'a channel, w': ({ smipc, args }) =>
    void smipc.openChannel(args.name, 'w').tryWrite(Buffer.from('hello')),
  'a WritableStream': async ({ web, args }) =>
    void (await web.openWritableStream(args.name).getWriter().write(Buffer.from('hello'))),
};

for (const [what, forget] of Object.entries(writers)) {
  t.test(what, async (t) => {
    const name = uniqueName(t);
    const child = startForgetter(t, name, forget);
    t.equal(await child.message(), 'collected');
    t.equal(inspect(name).writer.state, 'open');
    const reader = openChannel(name, 'r');
    const target = Buffer.alloc(10);
    t.equal(await reader.read(target), 5);
    const next = reader.read(target);
    await child.send('exit');
    await t.rejects(next, { code: 'ECONNRESET', peer: 'aborted' });
    await reader.close();
  });
}

const readers: Record<string, (context: ChildContext<Args>) => unknown> = {
  'a read stream': ({ smipc, args }) => void smipc.createReadStream(args.name),
  'a channel, r': ({ smipc, args }) => void smipc.openChannel(args.name, 'r'),
  'a ReadableStream': ({ web, args }) => void web.openReadableStream(args.name),
};

for (const [what, forget] of Object.entries(readers)) {
  t.test(what, async (t) => {
    const name = uniqueName(t);
    const writer = openChannel(name, 'w');
    const child = startForgetter(t, name, forget);
    t.equal(await child.message(), 'collected');
    t.equal(inspect(name).reader.state, 'open');
    await child.send('exit');
    await child.exit;
    await t.rejects(writer.write(Buffer.alloc(2 ** 21)), { code: 'EPIPE' });
    await writer.close();
  });
}

t.test('closed ends are collected', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, web, args, until }) => {
      const [bytes, calls, chunks] = args.names as [string, string, string];
      const use = async (): Promise<WeakRef<object>[]> => {
        const reader = smipc.createReadStream(bytes);
        const writer = smipc.createWriteStream(bytes);
        writer.end('x');
        await reader.toArray();
        const channel = smipc.openChannel(calls, 'r');
        await channel.close();
        const readable = web.openReadableStream(chunks);
        await readable.cancel();
        return [reader, writer, channel, readable].map((one) => new WeakRef(one));
      };
      const weak = await use();
      await until(() => {
        globalThis.gc?.();
        return weak.every((one) => one.deref() === undefined);
      }, 'all four to be collected');
    },
    { names: [uniqueName(t), uniqueName(t), uniqueName(t)] },
    { execArgv: ['--expose-gc'] },
  );
  t.match(await child.exit, { code: 0, stderr: '' });
});
