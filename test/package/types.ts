// The types let programs through as they are meant to be written, and stop those with a mistake in
// them: test/fixtures/types has both.
import { execFile } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ChannelReadStream, ChannelWriteStream } from 'smipc';
import t from 'tap';

t.test('tsc', async (t) => {
  const project = fileURLToPath(new URL('../../test/fixtures/types', import.meta.url));
  const { error, stdout } = await new Promise<{ error: Error | null; stdout: string }>(
    (resolve) => {
      execFile('node_modules/.bin/tsc', ['-p', project], (error, stdout) => {
        resolve({ error, stdout });
      });
    },
  );
  t.equal(stdout, '');
  t.equal(error, null);
});

t.test(
  'at run time they are nothing: what streams are made of are the classes of Node',
  async (t) => {
    t.equal(Object.getPrototypeOf(ChannelReadStream), Readable);
    t.equal(Object.getPrototypeOf(ChannelWriteStream), Writable);
  },
);
