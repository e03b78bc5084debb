// Beside the channels, a directory holds a bell for each process, or thread, that has channels open
// in it. Its name goes with its owner, however that leaves; what SIGKILL leaves behind goes with the
// segment that mentions it, or else when the next one opens.
import { openChannel, remove } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn, leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { threadModule } from '../fixtures/processes/thread.js';

const name = 'channel';

/** A process, or a thread of one, that holds the writer's role. */
async function startHolder(t: Test, dir: string, inThread: boolean): Promise<TalkingChild> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { dir, name } = args;
      if (args.inThread) {
        const { startThread } = (await import(
          args.threadModule
        )) as typeof import('../fixtures/processes/thread.js');
        const thread = startThread(
          async ({ smipc, args, send, receive }) => {
            const channel = smipc.openChannel(args.name, 'w', { dir: args.dir });
            send('open');
            if ((await receive()) === 'exit') process.exit();
            channel.unref();
          },
          { dir, name },
        );
        await send(await thread.message());
        const order = await receive();
        if (order === 'terminate') await thread.worker.terminate();
        else thread.send(order);
        await thread.exit.catch(() => {});
        await send('gone');
        await receive();
      } else {
        const channel = smipc.openChannel(name, 'w', { dir });
        await send('open');
        if ((await receive()) === 'exit') process.exit();
        channel.unref();
      }
    },
    { dir, name, inThread, threadModule },
  );
  await child.message();
  return child;
}

for (const way of ['the natural end', 'exit']) {
  t.test(`a process, ${way}`, async (t) => {
    const dir = uniqueDirectory(t);
    const holder = await startHolder(t, dir, false);
    t.strictSame(channelsIn(dir), [name]);
    await holder.send(way);
    await holder.exit;
    await openChannel(name, 'w', { dir }).close();
    t.strictSame(await leftIn(dir), []);
  });
}

for (const way of ['the natural end', 'exit', 'terminate']) {
  t.test(`a thread, ${way}`, async (t) => {
    const dir = uniqueDirectory(t);
    const holder = await startHolder(t, dir, true);
    await holder.send(way);
    t.equal(await holder.message(), 'gone');
    await openChannel(name, 'w', { dir }).close();
    t.strictSame(await leftIn(dir), []);
  });
}

t.test('a process that is killed, when no segment mentions its bell any more', async (t) => {
  const dir = uniqueDirectory(t);
  const holder = await startHolder(t, dir, false);
  remove(name, { dir, force: true });
  holder.kill();
  await holder.exit;
  await openChannel(name, 'w', { dir }).close();
  t.strictSame(await leftIn(dir), []);
});

for (const after of ['the next writer', 'the survivor', 'remove()']) {
  t.test(`a process that is killed, after ${after}`, async (t) => {
    const dir = uniqueDirectory(t);
    const holder = await startHolder(t, dir, false);
    const survivor = after === 'the survivor' ? openChannel(name, 'r', { dir }) : undefined;
    holder.kill();
    await holder.exit;
    if (after === 'the next writer') await openChannel(name, 'w', { dir }).close();
    if (after === 'remove()') remove(name, { dir });
    await survivor?.close();
    t.strictSame(await leftIn(dir), []);
  });
}
