// Two copies of smipc's JavaScript in one thread: over one addon, as after a reset of the module registry,
// or with an addon for each, as if that had been loaded again. The channels of both go on working.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { copyOfJavaScript } from '../fixtures/hosts/copies.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { threadModule } from '../fixtures/processes/thread.js';

interface Args {
  dir: string;
  copy: string;
  loadsAgain: boolean;
}
type Smipc = typeof import('smipc');

/** Uses both copies, by turns, in whatever thread it is called. */
async function useBoth({ smipc, args }: { smipc: Smipc; args: Args }): Promise<void> {
  const { createRequire } = await import('node:module');
  const { dir, copy, loadsAgain } = args;
  const open = (one: Smipc, other: Smipc, name: string) => ({
    reader: one.createReadStream(name, { dir, objectMode: true }),
    writer: other.createWriteStream(name, { dir, objectMode: true }),
  });
  const use = async ({ reader, writer }: ReturnType<typeof open>, name: string) => {
    const read = reader.toArray();
    await Promise.all([reader.waitForPeer(), writer.waitForPeer()]);
    writer.write(name);
    await writer.drained();
    writer.end('bye');
    const messages = await read;
    if (messages.join() !== `${name},bye`) throw new Error(`${name}: ${messages}`);
  };
  const early = open(smipc, smipc, 'early');
  const waiting = smipc.openChannel('waiting', 'r', { dir });
  const { cache } = createRequire(copy);
  if (loadsAgain) {
    for (const path of Object.keys(cache)) if (path.endsWith('.node')) delete cache[path];
  }
  const second: Smipc = await import(copy);
  if (second.Channel === smipc.Channel) throw new Error('evaluated once');
  const late = open(second, second, 'late');
  await use(late, 'late');
  await use(open(smipc, second, 'from the second to the first'), 'mixed');
  await use(open(second, smipc, 'from the first to the second'), 'mixed');
  await use(early, 'early');

  const next = second.openChannel('waiting', 'r', { dir, wait: true });
  await waiting.close();
  await (await next).close();

  // Errors of both are known to both.
  for (const [one, other] of [
    [smipc, second],
    [second, smipc],
  ] as const) {
    const held = one.openChannel('held', 'w', { dir });
    let failure: unknown;
    try {
      other.openChannel('held', 'w', { dir });
    } catch (error) {
      failure = error;
    }
    if (!(failure instanceof one.SmipcError && failure instanceof other.SmipcError)) throw failure;
    if (failure.code !== 'EBUSY') throw failure;
    await held.close();
  }
  // What is left open at the end.
  open(smipc, second, 'left open').reader.unref().resume();
  open(second, second, 'left open by the second').reader.unref().resume();
}

for (const loadsAgain of [false, true]) {
  const addons = loadsAgain ? 'two addons' : 'one addon';
  t.test(`${addons}, in a process`, async (t) => {
    const args = { dir: uniqueDirectory(t), copy: copyOfJavaScript(t), loadsAgain };
    const child = spawnChild(t, useBoth, args, { ipc: false });
    t.strictSame(await child.exit, { code: 0, signal: null, stdout: '', stderr: '' });
  });

  for (const end of ['ends', 'is terminated', 'ends with the process']) {
    t.test(`${addons}, in a thread that ${end}`, async (t) => {
      const args = {
        dir: uniqueDirectory(t),
        copy: copyOfJavaScript(t),
        loadsAgain,
        thread: threadModule,
        body: useBoth.toString(),
        end,
      };
      const child = spawnChild(
        t,
        async ({ args }) => {
          const { startThread } = (await import(
            args.thread
          )) as typeof import('../fixtures/processes/thread.js');
          const body =
            args.end === 'ends'
              ? args.body
              : `async (context) => { await (${args.body})(context); context.send('used'); await context.receive(); }`;
          const thread = startThread(body, args);
          if (args.end === 'ends') {
            process.exitCode = await thread.exit;
            return;
          }
          await thread.message();
          if (args.end === 'is terminated') await thread.worker.terminate();
          process.exit();
        },
        args,
      );
      t.match(await child.exit, { code: 0, signal: null, stderr: '' });
    });
  }
}
