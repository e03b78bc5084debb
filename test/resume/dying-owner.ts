// A role whose last owner is gone while its process still has the lock, because a thread of it hangs in
// the kernel, or because somebody means ill. The next owner waits for it, but does not block the event
// loop; after two seconds it gives up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import { openWritableStream } from 'smipc/web';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { offsets } from '../fixtures/channels/segment.js';

const name = 'name';
/** fcntl(2): F_OFD_SETLK of the byte at argv[2], until the input ends. */
const program = `
import fcntl, os, struct, sys
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, int(sys.argv[2]), 1, 0))
print('locked', flush=True)
sys.stdin.read()`;

/** A channel with three bytes in it, the writer's role of which cannot be taken. */
async function lockRole(t: Test): Promise<{ dir: string; unlock: () => Promise<void> }> {
  const dir = uniqueDirectory(t);
  const writer = openChannel(name, 'w', { dir, resume: true });
  writer.tryWrite(Buffer.from('abc'));
  await writer.close();
  const args = ['-c', program, join(dir, name), String(offsets.writer)];
  const holder = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(holder, 'exit');
  t.teardown(() => holder.kill());
  await once(holder.stdout, 'data');
  return {
    dir,
    unlock: async () => {
      holder.stdin.end();
      await gone;
    },
  };
}

t.test('a stream waits, and the event loop goes on', async (t) => {
  const { dir, unlock } = await lockRole(t);
  const writer = createWriteStream(name, { dir, resume: true });
  writer.end('def');
  await setTimeout(50);
  t.equal(writer.channel, undefined);
  await unlock();
  t.equal(await text(createReadStream(name, { dir, resume: true })), 'abcdef');
});

t.test('a web stream too', async (t) => {
  const { dir, unlock } = await lockRole(t);
  const writer = openWritableStream(name, { dir, resume: true }).getWriter();
  const written = writer.write(Buffer.from('def')).then(() => writer.close());
  await unlock();
  await written;
  t.equal(await text(createReadStream(name, { dir, resume: true })), 'abcdef');
});

t.test('not for ever', async (t) => {
  const { dir, unlock } = await lockRole(t);
  const busy = { code: 'EBUSY', syscall: 'open', pid: process.pid };
  t.throws(() => openChannel(name, 'w', { dir, resume: true }), busy);
  const writer = createWriteStream(name, { dir, resume: true });
  t.match(await once(writer, 'error'), [busy]);
  await unlock();
});

t.test('with `wait` for ever', async (t) => {
  const { dir, unlock } = await lockRole(t);
  const opening = openChannel(name, 'w', { dir, resume: true, wait: true });
  const refused = once(createWriteStream(name, { dir, resume: true }), 'error');
  t.match(await refused, [{ code: 'EBUSY' }], 'who does not wait gives up meanwhile');
  await unlock();
  const writer = await opening;
  t.equal(writer.position, 3);
  await writer.close();
});
