// Where fs.watch() cannot watch, everything is told, only later.
import fs, { copyFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type Channel, type ChannelEvent, openChannel, watch } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

fs.watch = () => {
  throw Object.assign(new Error('too many of them'), { code: 'EMFILE' });
};
syncBuiltinESMExports();

function watchIn(t: Test, dir: string): () => Promise<string> {
  const events = watch({ dir });
  t.teardown(() => events.return?.());
  return async () => {
    const { type, name, status } = (await events.next()).value as ChannelEvent;
    return `${type} ${name}: ${status.bytesWritten}`;
  };
}

/** A stream of so many bytes that waits for its reader. */
function leave(name: string, dir: string, bytes: number): Channel {
  const writer = openChannel(name, 'w', { dir, capacity: 4096 });
  writer.writeSync(Buffer.alloc(bytes));
  writer.end();
  void writer.close();
  return writer;
}

t.test('a channel that nobody holds is replaced', async (t) => {
  const dir = uniqueDirectory(t);
  const next = watchIn(t, dir);
  leave('name', dir, 1);
  t.equal(await next(), 'added name: 1');
  for (let bytes = 2; bytes < 5; bytes++) {
    const replaced = next();
    unlinkSync(join(dir, 'name'));
    leave('name', dir, bytes);
    t.equal(await replaced, `removed name: ${bytes - 1}`);
    t.equal(await next(), `added name: ${bytes}`);
  }
});

t.test('a file becomes a channel without getting another name', async (t) => {
  const [dir, elsewhere] = [uniqueDirectory(t), uniqueDirectory(t)];
  leave('name', elsewhere, 9);
  writeFileSync(join(dir, 'name'), 'none yet');
  leave('other', dir, 1);
  const next = watchIn(t, dir);
  t.equal(await next(), 'added other: 1');
  copyFileSync(join(elsewhere, 'name'), join(dir, 'name'));
  t.equal(await next(), 'added name: 9');
});
