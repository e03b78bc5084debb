// A file is piped into a channel by one process and out of it, into a file, by another: the two files
// are equal, and both processes come to their ends by themselves.
import { randomBytes } from 'node:crypto';
import { createWriteStream as createFile, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('file | channel | file', async (t) => {
  const content = randomBytes(5_000_011);
  const directory = t.testdir({ from: content });
  const args = { name: uniqueName(t), path: join(directory, 'from') };
  const writer = spawnChild(
    t,
    async ({ smipc, args }) => {
      const { createReadStream: openFile } = await import('node:fs');
      openFile(args.path).pipe(smipc.createWriteStream(args.name, { capacity: 100_000 }));
    },
    args,
  );
  const path = join(directory, 'to');
  await finished(createReadStream(args.name).pipe(createFile(path)));
  t.ok(content.equals(readFileSync(path)));
  t.match(await writer.exit, { code: 0, stderr: '' });
});
