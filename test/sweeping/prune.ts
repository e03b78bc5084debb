// prune() tells what it has removed, and takes no more than it says.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWriteStream, openChannel, prune } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

/** Leaves lonely readers behind that were killed. */
async function leave(t: Test, dir: string, names: string[]): Promise<number[]> {
  const holders = await Promise.all(names.map((name) => startHolder(t, name, 'r', { dir })));
  for (const holder of holders) holder.kill();
  await Promise.all(holders.map(({ exit }) => exit));
  return holders.map(({ pid }) => pid);
}

t.test('what it returns', async (t) => {
  const dir = uniqueDirectory(t);
  await outcomeOf(createWriteStream('ended', { dir }).end('unread'));
  const held = openChannel('held', 'w', { dir });
  t.teardown(() => held.close());
  // Last, because opening a channel sweeps, too.
  const [pid] = await leave(t, dir, ['left']);

  const [left, ...others] = prune({ dir, includeUnread: false });
  t.match(left, { name: 'left', directory: dir, mode: null, reader: { state: 'died', pid } });
  t.strictSame(others, []);
  t.strictSame(prune({ dir }), [], 'that was all');
  const [ended, ...more] = prune({ dir, includeUnread: true });
  t.match(ended, { name: 'ended', used: 6, writer: { state: 'ended' } });
  t.strictSame(more, []);
  t.strictSame(
    readdirSync(dir).filter((name) => !name.startsWith('.')),
    ['held'],
  );
  held.writeSync(Buffer.from('goes on'));
});

t.test('nothing of the dead is left', async (t) => {
  const dir = uniqueDirectory(t);
  await leave(t, dir, ['a', 'b']);
  t.strictSame(
    prune({ dir }).map(({ name }) => name),
    ['a', 'b'],
  );
  t.strictSame(readdirSync(dir), [], 'their bells and lifelines are gone, too');
});

t.test('files that are no channels, and a directory that is not there', (t) => {
  const dir = uniqueDirectory(t);
  mkdirSync(join(dir, 'directory'));
  writeFileSync(join(dir, 'file'), 'x'.repeat(8192));
  writeFileSync(join(dir, '.hidden'), 'x');
  t.strictSame(prune({ dir, includeUnread: true }), []);
  t.strictSame(readdirSync(dir).sort(), ['.hidden', 'directory', 'file']);
  rmSync(dir, { recursive: true });
  t.strictSame(prune({ dir }), []);
  t.throws(() => prune({ dir: join(dir, 'a', 'b') }), { code: 'ERR_SMIPC_DIRECTORY' });
  t.end();
});

t.test('bad arguments', (t) => {
  const type = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };
  // @ts-expect-error: not an object
  t.throws(() => prune('dir'), type);
  // @ts-expect-error: not a boolean
  t.throws(() => prune({ includeUnread: 1 }), type);
  // @ts-expect-error: not a string
  t.throws(() => prune({ dir: 1 }), type);
  t.end();
});
