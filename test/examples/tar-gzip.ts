import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { list } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { runExample } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

t.test('what tar packs is what gzip writes', async (t) => {
  const directory = t.testdir({
    in: { 'a.txt': 'one', deep: { 'b.bin': 'two'.repeat(1e6) } },
    out: {},
  });
  const file = join(directory, 'out/archive.tar.gz');
  const name = uniqueName(t);
  const tar = runExample(t, 'tar-gzip/tar.js', join(directory, 'in'), name);
  const gzip = runExample(t, 'tar-gzip/gzip.js', file, name);
  const success = { code: 0, signal: null, stdout: '', stderr: '' };
  t.strictSame(await tar.exit, success);
  t.strictSame(await gzip.exit, success);

  execFileSync('tar', ['-xzf', file, '-C', join(directory, 'out'), '--one-top-level=copy']);
  execFileSync('diff', ['-r', join(directory, 'in'), join(directory, 'out/copy')]);
});

t.test('when tar fails, there is no archive', async (t) => {
  const file = join(t.testdir(), 'archive.tar.gz');
  const name = uniqueName(t);
  const gzip = runExample(t, 'tar-gzip/gzip.js', file, name);
  // A writer that leaves before it has written a byte is not noticed by a reader that comes later.
  await until(() => list().some((channel) => channel.name === name), 'the reader is there');
  const tar = runExample(t, 'tar-gzip/tar.js', '/no/such/directory', name);
  t.match(await tar.exit, { code: 1, stderr: /tar failed with exit code 2/ });
  t.match(await gzip.exit, { code: 1, stderr: /ECONNRESET/ });
  t.notOk(existsSync(file));
});
