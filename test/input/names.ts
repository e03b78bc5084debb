// A channel's name is a plain file name. What is not is refused at the call, whichever it is.
import * as smipc from 'smipc';
import * as web from 'smipc/web';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

const calls: Record<string, (name: string, options: { dir: string }) => unknown> = {
  'openChannel r': (name, options) => smipc.openChannel(name, 'r', options),
  'openChannel w': (name, options) => smipc.openChannel(name, 'w', options),
  createReadStream: smipc.createReadStream,
  createWriteStream: smipc.createWriteStream,
  openReadableStream: web.openReadableStream,
  openWritableStream: web.openWritableStream,
  inspect: smipc.inspect,
  remove: smipc.remove,
};

const value = 'ERR_INVALID_ARG_VALUE';
const type = 'ERR_INVALID_ARG_TYPE';
/** Name, code, and what the message must say. */
const bad: [unknown, string, RegExp][] = [
  ['', value, /empty/],
  ['.', value, /"\."/],
  ['..', value, /"\.\."/],
  ['.x', value, /"\.x"/],
  ['a/b', value, /"a\/b"/],
  ['/', value, /"\/"/],
  ['../../etc/passwd', value, /passwd/],
  ['a\0b', value, /NUL/],
  ['\0', value, /NUL/],
  ['x'.repeat(256), value, /255.*256/],
  ['x'.repeat(5000), value, /255.*5000/],
  // 256 bytes in UTF-8, but only 128 characters.
  ['ä'.repeat(128), value, /255.*256/],
  ['\ud800', value, /surrogate/],
  ['a\udc00b', value, /surrogate/],
  [undefined, type, /undefined/],
  [null, type, /null/],
  [5, type, /5/],
  [{}, type, /Object/],
  [['a'], type, /Array/],
  [Buffer.from('a'), type, /Buffer/],
  [Symbol('s'), type, /Symbol\(s\)/],
  [Object.create(null), type, /string/],
];

for (const [what, call] of Object.entries(calls)) {
  t.test(what, (t) => {
    const dir = uniqueDirectory(t);
    for (const [name, code, message] of bad) {
      t.throws(() => call(name as string, { dir }), { name: 'TypeError', code, message });
    }
    t.strictSame(smipc.list({ dir }), []);
    t.end();
  });
}

for (const name of ['a', '-rf', 'a.b', 'a b', '*', '\n', '~', 'x'.repeat(255), 'ä€😀'.repeat(28)]) {
  t.test(`${JSON.stringify(name)} is a name`, async (t) => {
    const dir = uniqueDirectory(t);
    const writer = smipc.openChannel(name, 'w', { dir });
    const reader = smipc.openChannel(name, 'r', { dir });
    await writer.write(Buffer.from('x'));
    t.equal(reader.tryRead(Buffer.alloc(1)), 1);
    t.strictSame(
      smipc.list({ dir }).map((status) => status.name),
      [name],
    );
    await Promise.all([writer.close(), reader.close()]);
  });
}
