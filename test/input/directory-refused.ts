// A directory in which others could put files under our names is refused: one that is writable by
// group or others, or that belongs to somebody else. So is what is no directory.
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, list, openChannel, prune, remove } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

const name = 'name';
const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : 'needs root, for chown';

for (const [mode, permissions, isAllowed] of [
  [0o700, undefined, true],
  [0o755, undefined, true],
  [0o770, undefined, false],
  [0o720, undefined, false],
  [0o702, undefined, false],
  [0o777, undefined, false],
  [0o1777, undefined, false],
  [0o770, 0o640, false],
  [0o770, 0o660, true],
  [0o777, 0o660, false],
  [0o777, 0o666, true],
] as const) {
  const with_ = permissions === undefined ? 'the default' : `0o${permissions.toString(8)}`;
  t.test(`mode 0o${mode.toString(8)}, permissions ${with_}`, async (t) => {
    const dir = uniqueDirectory(t);
    chmodSync(dir, mode);
    const open = () => openChannel(name, 'w', { dir, permissions });
    if (isAllowed) {
      const writer = open();
      const reader = openChannel(name, 'r', { dir, permissions });
      await writer.write(Buffer.from('x'));
      t.equal(reader.tryRead(Buffer.alloc(1)), 1);
      await Promise.all([writer.close(), reader.close()]);
    } else {
      const error = { name: 'SmipcError', code: 'EACCES', syscall: 'open', channel: name };
      t.throws(open, error);
      t.throws(() => openChannel(name, 'r', { dir, permissions, create: 'never' }), error);
      await t.rejects(openChannel(name, 'r', { dir, permissions, wait: true }), error);
    }
    t.strictSame(await leftIn(dir), [], 'nothing is left in it');
  });
}

t.test('somebody else’s', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, 12_345, 12_345);
  for (const mode of [0o700, 0o777]) {
    chmodSync(dir, mode);
    const error = { name: 'SmipcError', code: 'EACCES' };
    t.throws(() => openChannel(name, 'w', { dir, permissions: 0o666 }), error);
    t.throws(() => inspect(name, { dir }), error);
    t.throws(() => remove(name, { dir, force: true }), error);
    // Although it is empty.
    t.throws(() => list({ dir }), error);
    t.throws(() => prune({ dir }), error);
  }
  t.strictSame(readdirSync(dir), []);
});

t.test('what is no directory', async (t) => {
  const base = uniqueDirectory(t);
  const file = join(base, 'file');
  writeFileSync(file, 'content');
  const real = join(base, 'real');
  mkdirSync(real, { mode: 0o700 });
  const link = join(base, 'link');
  symlinkSync(real, link);
  for (const dir of [file, link]) {
    t.throws(() => openChannel(name, 'w', { dir }), { name: 'SmipcError', code: 'ENOTDIR' });
    t.throws(() => inspect(name, { dir }), { name: 'SmipcError', code: 'ENOTDIR' });
    t.throws(() => list({ dir }), { name: 'SmipcError', code: 'ENOTDIR' });
    t.throws(() => prune({ dir }), { name: 'SmipcError', code: 'ENOTDIR' });
  }
  t.strictSame(readdirSync(base).sort(), ['file', 'link', 'real']);
  t.strictSame(readdirSync(real), []);
});

t.test('an ordinary user', { skip }, async (t) => {
  const theirs = uniqueDirectory(t);
  const own = uniqueDirectory(t);
  const others = uniqueDirectory(t);
  chownSync(own, 12_345, 12_345);
  chownSync(others, 12_346, 12_346);
  chmodSync(others, 0o777);
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      smipc.list(); // loads the addon while its file can be read
      process.setgroups?.([]);
      process.setegid?.(12_345);
      process.seteuid?.(12_345);
      const results: unknown[] = [];
      for (const dir of [args.own, args.theirs, args.others]) {
        try {
          await smipc.openChannel('name', 'w', { dir, permissions: 0o666 }).close();
          results.push('open');
        } catch (error) {
          results.push((error as NodeJS.ErrnoException).code);
        }
      }
      await send(results);
    },
    { own, theirs, others },
  );
  t.strictSame(await child.message(), ['open', 'EACCES', 'EACCES']);
});
