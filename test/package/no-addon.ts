// Without a native addon for the platform smipc can still be imported; using it says what is wrong.
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

t.test('a package without a binary', async (t) => {
  const root = process.cwd();
  const copy = t.testdir();
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { createReadStream, openChannel, SmipcError } = await import(
    pathToFileURL(join(copy, 'dist', 'index.js')).href
  );
  const error = { name: 'SmipcError', code: 'ERR_SMIPC_ADDON', cause: Error };
  t.throws(() => openChannel('name', 'r'), error);
  const stream = createReadStream('name');
  const emitted = await new Promise((resolve) => stream.once('error', resolve));
  t.match(emitted, error);
  t.ok(emitted instanceof SmipcError);
});
