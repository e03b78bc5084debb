// A segment whose header is cut short, of a later layout, or nonsense: it is refused, left as it is,
// and goes only by remove() with force.
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { headerBytes, leaveStream, offsets, patch } from '../fixtures/channels/segment.js';

const name = 'name';
const corrupt = 'ERR_SMIPC_CORRUPT';
const incompatible = 'ERR_SMIPC_INCOMPATIBLE';
const fullSize = headerBytes + 4096;

const damages: [string, (path: string) => void, string][] = [
  ...[8, 20, 47, 48, 1000, headerBytes, headerBytes + 1, fullSize - 1, fullSize + 4096].map(
    (size): (typeof damages)[number] => [
      `size ${size}`,
      (path) => truncateSync(path, size),
      corrupt,
    ],
  ),
  ['the next version', (path) => patch(path, offsets.version, 2), incompatible],
  ['a far later version', (path) => patch(path, offsets.version, 0xffff_ffff), incompatible],
  ['version 0', (path) => patch(path, offsets.version, 0), incompatible],
  ['a header of 0 bytes', (path) => patch(path, offsets.headerBytes, 0), corrupt],
  ['a header of 8192 bytes', (path) => patch(path, offsets.headerBytes, 8192), corrupt],
  ...[0n, 1n, 4095n, 5000n, 8192n, 2n ** 41n, 2n ** 63n, 2n ** 64n - 4096n].map(
    (capacity): (typeof damages)[number] => [
      `capacity ${capacity}`,
      (path) => patch(path, offsets.capacity, capacity),
      corrupt,
    ],
  ),
];

for (const [what, damage, code] of damages) {
  t.test(what, async (t) => {
    const dir = uniqueDirectory(t);
    const path = await leaveStream(dir, name, Buffer.from('content'));
    damage(path);
    const before = readFileSync(path);
    const error = { name: 'SmipcError', code, channel: name };
    for (const mode of ['r', 'w'] as const) {
      t.throws(() => openChannel(name, mode, { dir }), { ...error, syscall: 'open' });
    }
    t.throws(() => inspect(name, { dir }), error);
    t.strictSame(list({ dir }), []);
    t.throws(() => remove(name, { dir }), error);
    t.ok(before.equals(readFileSync(path)), 'nothing has changed');
    remove(name, { dir, force: true });
    t.notOk(existsSync(path));
  });
}

t.test('a framing, and a role scheme, that do not exist', async (t) => {
  const dir = uniqueDirectory(t);
  for (const offset of [offsets.framing, offsets.roleScheme]) {
    const path = await leaveStream(dir, name, Buffer.from('content'));
    patch(path, offset, 9);
    const before = readFileSync(path);
    t.throws(() => openChannel(name, 'r', { dir }), { code: incompatible });
    t.ok(before.equals(readFileSync(path)), 'nothing has changed');
    remove(name, { dir, force: true });
  }
});
