// watch() goes on when its directory is not there yet, or is removed and made again. Where there can be
// no channels it fails, as list() does, and does not wait in silence.
import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChannelEvent, openChannel, watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

const over = { value: undefined, done: true };
const isRoot = process.geteuid?.() === 0;

t.test('it comes, goes, and comes again', async (t) => {
  const dir = join(uniqueDirectory(t), 'channels');
  const events = watch({ dir });
  t.teardown(() => events.return?.());
  const next = async () => {
    const { type, name } = (await events.next()).value as ChannelEvent;
    return `${type} ${name}`;
  };
  for (const name of ['first', 'second']) {
    const coming = next();
    mkdirSync(dir, { mode: 0o700 });
    const channel = openChannel(name, 'w', { dir });
    t.equal(await coming, `added ${name}`);
    rmSync(dir, { recursive: true });
    t.equal(await next(), `removed ${name}`);
    await channel.close();
  }
});

t.test('the one above it has to be there', async (t) => {
  const parent = join(uniqueDirectory(t), 'parent');
  const dir = join(parent, 'channels');
  const error = { code: 'ERR_SMIPC_DIRECTORY', channel: undefined };
  await t.rejects(watch({ dir }).next(), error);
  mkdirSync(parent);
  const events = watch({ dir });
  const waiting = events.next();
  setImmediate(() => rmSync(parent, { recursive: true }));
  await t.rejects(waiting, error, 'also later');
  t.strictSame(await events.next(), over);
});

t.test('what is no directory', async (t) => {
  const base = uniqueDirectory(t);
  writeFileSync(join(base, 'file'), '');
  mkdirSync(join(base, 'real'), { mode: 0o700 });
  symlinkSync('real', join(base, 'link'));
  symlinkSync('nowhere', join(base, 'dangling'));
  for (const name of ['file', 'link', 'dangling']) {
    const events = watch({ dir: join(base, name) });
    await t.rejects(events.next(), { code: 'ENOTDIR' });
    t.strictSame(await events.next(), over);
  }
});

t.test('somebody else’s', { skip: isRoot ? false : 'needs root, for chown' }, async (t) => {
  const theirs = uniqueDirectory(t);
  chownSync(theirs, 12_345, 12_345);
  await t.rejects(watch({ dir: theirs }).next(), { code: 'EACCES' });
  // It was ours, and nothing in it has come or gone since.
  const given = uniqueDirectory(t);
  const waiting = watch({ dir: given }).next();
  setImmediate(() => chownSync(given, 12_345, 12_345));
  await t.rejects(waiting, { code: 'EACCES' });
});
