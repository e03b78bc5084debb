// A directory whose file system lacks what channels need: an error that names the file system, and
// nothing is left there.
import { readdirSync } from 'node:fs';
import { createReadStream, openChannel, SmipcError } from 'smipc';
import t from 'tap';
import { bindfsDirectory } from '../fixtures/processes/mounts.js';

for (const [what, options] of [
  ['files that cannot be mapped', ['-o', 'direct_io']],
  ['files that others may open, whatever is asked for', ['-p', 'gof+rw:d=rwx', '--chmod-ignore']],
  ['files that cannot be renamed', ['--rename-deny']],
] as const) {
  t.test(what, async (t) => {
    const dir = bindfsDirectory(t, [...options]);
    const expected = { name: 'SmipcError', code: 'ERR_SMIPC_DIRECTORY', syscall: 'open' };
    for (const mode of ['r', 'w'] as const) {
      t.throws(() => openChannel('a', mode, { dir }), expected);
      await t.rejects(openChannel('a', mode, { dir, wait: true, resume: true }), expected);
    }
    const error = await new Promise((resolve) =>
      createReadStream('a', { dir }).once('error', resolve),
    );
    t.match(error, expected);
    t.ok(error instanceof SmipcError);
    const { message } = error as SmipcError;
    t.ok(message.includes('fuse') && message.includes(dir), message);
    t.strictSame(
      readdirSync(dir).filter((name) => !name.startsWith('.')),
      [],
    );
  });
}

t.test('`permissions` that let them in', async (t) => {
  const dir = bindfsDirectory(t, ['-p', 'gof+rw:d=rwx', '--chmod-ignore']);
  const writer = openChannel('a', 'w', { dir, permissions: 0o666 });
  t.equal(writer.tryWrite(Buffer.from('x')), 1);
  await writer.close();
});
