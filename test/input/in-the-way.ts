// Something else stands under the channel's name: it is refused, and left as it is.
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inspect, list, openChannel, remove } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { leaveStream } from '../fixtures/channels/segment.js';

type Make = (path: string, t: Test) => unknown;

const obstacles: [string, Make, string][] = [
  ['text', (path) => writeFileSync(path, 'Dear diary,\n'.repeat(1000)), 'ERR_SMIPC_INCOMPATIBLE'],
  ['zeros', (path) => writeFileSync(path, Buffer.alloc(8192)), 'ERR_SMIPC_INCOMPATIBLE'],
  ['an empty file', (path) => writeFileSync(path, ''), 'ERR_SMIPC_INCOMPATIBLE'],
  ['a few bytes', (path) => writeFileSync(path, 'smipc\r\n'), 'ERR_SMIPC_INCOMPATIBLE'],
  ['a FIFO', (path) => execFileSync('mkfifo', [path]), 'ERR_SMIPC_INCOMPATIBLE'],
  ['a directory', (path) => mkdirSync(path), 'ERR_SMIPC_INCOMPATIBLE'],
  [
    'a socket',
    (path, t) => {
      const server = createServer().listen(path);
      t.teardown(() => server.close());
      return new Promise((resolve) => server.once('listening', resolve));
    },
    'ERR_SMIPC_INCOMPATIBLE',
  ],
  ['a link to nothing', (path) => symlinkSync('nowhere', path), 'ELOOP'],
  [
    'a link to a channel',
    async (path) => {
      await leaveStream(join(path, '..'), 'real', Buffer.from('content'));
      symlinkSync('real', path);
    },
    'ELOOP',
  ],
];

/** All there is to say about a file. */
function describe(path: string): object {
  const { ino, mode, size, mtimeNs, nlink } = lstatSync(path, { bigint: true });
  const stat = lstatSync(path);
  const content = stat.isFile()
    ? readFileSync(path)
    : stat.isSymbolicLink()
      ? readlinkSync(path)
      : undefined;
  return { ino, mode, size, mtimeNs, nlink, content };
}

for (const [what, make, code] of obstacles) {
  t.test(what, async (t) => {
    const dir = uniqueDirectory(t);
    const name = 'name';
    const path = join(dir, name);
    await make(path, t);
    const before = describe(path);
    const error = { name: 'SmipcError', code, channel: name };
    for (const mode of ['r', 'w'] as const) {
      for (const create of ['auto', 'always', 'never'] as const) {
        t.throws(() => openChannel(name, mode, { dir, create }), { ...error, syscall: 'open' });
      }
      await t.rejects(openChannel(name, mode, { dir, wait: true }), error);
    }
    t.throws(() => inspect(name, { dir }), { ...error, syscall: 'inspect' });
    t.throws(() => remove(name, { dir }), { ...error, syscall: 'remove' });
    t.throws(() => remove(name, { dir, force: true }), { ...error, syscall: 'remove' });
    t.notOk(list({ dir }).some((status) => status.name === name));
    t.strictSame(describe(path), before);
  });
}
