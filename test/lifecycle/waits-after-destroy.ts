// Waits of a stream that is destroyed, also in the same tick, reject with EBADF. They do not wait
// for something that can never come.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';

const closed = { code: 'EBADF' };
// So that a failure is reported soon: a time limit alone does not keep the process alive.
const limit = { timeout: 5000 };
const alive = setInterval(() => {}, 1000);
t.teardown(() => clearInterval(alive));

for (const create of Object.values(openStream)) {
  t.test(`waitForPeer() after destroy(), ${create.name}`, async (t) => {
    const stream = create(uniqueName(t));
    stream.destroy();
    await t.rejects(stream.waitForPeer(limit), closed);
  });
}

for (const size of [10, 10_000]) {
  t.test(`drained() after destroy(), ${size} bytes written`, async (t) => {
    const stream = createWriteStream(uniqueName(t), { capacity: 4096 });
    stream.write(Buffer.alloc(size));
    stream.destroy();
    await t.rejects(stream.drained(limit), closed);
  });

  t.test(`drained() and waitForPeer() in the tick of destroy(), ${size} bytes`, async (t) => {
    const stream = createWriteStream(uniqueName(t), { capacity: 4096 });
    stream.write(Buffer.alloc(size));
    const waits = [stream.drained(limit), stream.waitForPeer(limit)];
    const rejections = waits.map((wait) => t.rejects(wait, closed));
    stream.destroy();
    await Promise.all(rejections);
  });
}

t.test('in the tick of destroy(), while the role is waited for', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'w');
  t.teardown(() => holder.close());
  const stream = createWriteStream(name, { wait: true });
  const waits = [stream.drained(limit), stream.waitForPeer(limit)];
  const rejections = waits.map((wait) => t.rejects(wait, closed));
  stream.destroy();
  await Promise.all(rejections);
});

t.test('after the opening has failed', async (t) => {
  const stream = createReadStream(uniqueName(t), { create: 'never' });
  await t.rejects(once(stream, 'close'), { code: 'ENOENT' });
  await t.rejects(stream.waitForPeer(limit), { code: 'ENOENT' });
  const writer = createWriteStream(uniqueName(t), { create: 'never' });
  await t.rejects(once(writer, 'close'), { code: 'ENOENT' });
  await t.rejects(writer.drained(limit), { code: 'ENOENT' });
});

t.test('with a signal that was aborted before, while the role is waited for', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'w');
  t.teardown(() => holder.close());
  const stream = createWriteStream(name, { wait: true });
  t.teardown(() => stream.destroy());
  const aborted = { ...limit, signal: AbortSignal.abort() };
  await t.rejects(stream.waitForPeer(aborted), { name: 'AbortError' });
  await t.rejects(stream.drained(aborted), { name: 'AbortError' });
});
