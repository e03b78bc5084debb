// What an error says: what is in the way, its value, and a way out that is true for this cause.
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

const isRoot = process.geteuid?.() === 0;

t.test('a directory that is none', (t) => {
  const base = uniqueDirectory(t);
  const file = join(base, 'file');
  writeFileSync(file, '');
  const link = join(base, 'link');
  symlinkSync(base, link);
  const below = join(file, 'channels');
  for (const [dir, text] of [
    [file, `${file} is not a directory; .*SMIPC_DIR`],
    [below, `${file} is not a directory; .*SMIPC_DIR`],
    [link, `${link} is a symbolic link: use the directory that it points to`],
  ] as const) {
    const error = { code: 'ENOTDIR', message: new RegExp(text) };
    t.throws(() => openChannel('name', 'w', { dir }), error);
    t.throws(() => inspect('name', { dir }), error);
    t.throws(() => remove('name', { dir }), error);
    if (dir !== link) t.throws(() => list({ dir }), error);
  }
  t.end();
});

t.test('links', (t) => {
  const dir = uniqueDirectory(t);
  symlinkSync('nowhere', join(dir, 'name'));
  const message = new RegExp(`${join(dir, 'name')} is a symbolic link.* remove it`);
  t.throws(() => openChannel('name', 'w', { dir }), { code: 'ELOOP', message });
  symlinkSync('loop', join(dir, 'loop'));
  const loop = join(dir, 'loop', 'channels');
  const error = { code: 'ELOOP', message: /leads through too many symbolic links; .*SMIPC_DIR/ };
  t.throws(() => openChannel('name', 'w', { dir: loop }), error);
  t.end();
});

t.test('names that are too long', (t) => {
  const code = 'ENAMETOOLONG';
  const part = `/dev/shm/${'d'.repeat(300)}`;
  const part300 = { code, message: /has 300 bytes, .* limit of 255/ };
  t.throws(() => openChannel('name', 'w', { dir: part }), part300);
  t.throws(() => inspect('name', { dir: part }), part300);
  const path = `/dev/shm${'/d'.repeat(3000)}`;
  const path6008 = { code, message: /path has 6008 bytes, .* limit of 4095/ };
  t.throws(() => openChannel('name', 'w', { dir: path }), path6008);
  t.end();
});

t.test('a directory that is open to others', (t) => {
  const dir = uniqueDirectory(t);
  for (const [mode, permissions, text] of [
    [0o770, 0o640, 'mode 0770, so its group may write .* 0640 .*chmod go-w'],
    [0o702, 0o600, 'mode 0702, so everybody may write .* 0600 .*chmod go-w'],
    [0o777, 0o600, 'mode 0777, so its group and everybody may write'],
    // Nobody should take that right away from /tmp.
    [
      0o1777,
      0o600,
      `mode 01777, .*a directory of your own in it, such as ${join(dir, 'channels')}`,
    ],
  ] as const) {
    chmodSync(dir, mode);
    const error = { code: 'EACCES', message: new RegExp(text) };
    t.throws(() => openChannel('name', 'w', { dir, permissions }), error);
  }
  t.end();
});

t.test('somebody else’s', { skip: isRoot ? false : 'needs root, for chown' }, (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, 12_345, 12_345);
  const message = new RegExp(
    `${dir} belongs to user 12345, and this process runs as user 0; .*SMIPC_DIR`,
  );
  t.throws(() => openChannel('name', 'w', { dir }), { code: 'EACCES', message });
  t.throws(() => inspect('name', { dir }), { code: 'EACCES', message });
  t.end();
});

t.test('another channel, or none', async (t) => {
  const dir = uniqueDirectory(t);
  const code = 'ERR_SMIPC_INCOMPATIBLE';
  const messages = openChannel('messages', 'w', { dir, framing: 'messages' });
  const resume = openChannel('resume', 'w', { dir, resume: true });
  const plain = openChannel('plain', 'w', { dir });
  writeFileSync(join(dir, 'text'), 'text');
  mkdirSync(join(dir, 'directory'));
  for (const [name, options, text] of [
    ['messages', {}, 'carries messages, but bytes were requested'],
    ['messages', { framing: 'objects' }, 'carries messages, but objects were requested'],
    ['resume', {}, 'was created with resume: true'],
    ['plain', { resume: true }, 'was created with resume: false'],
    ['text', {}, 'not a channel that this version of smipc can open'],
    ['directory', {}, 'not a channel that this version of smipc can open'],
  ] as const) {
    const error = { code, message: new RegExp(`${text}.*`) };
    t.throws(() => openChannel(name, 'r', { dir, ...options }), error);
  }
  for (const channel of [messages, resume, plain]) await channel.close();
});

t.test('what is there, and what is not', async (t) => {
  const dir = uniqueDirectory(t);
  const { pid } = process;
  const writer = openChannel('name', 'w', { dir });
  const held = { code: 'EBUSY', pid };
  t.throws(() => openChannel('name', 'w', { dir }), {
    ...held,
    message: new RegExp(`another owner holds this role \\(process ${pid}\\)`),
  });
  t.throws(() => remove('name', { dir }), {
    ...held,
    message: new RegExp(`live owner holds a role .* \\(process ${pid}\\); force: true`),
  });
  t.throws(() => openChannel('name', 'w', { dir, create: 'always' }), {
    code: 'EEXIST',
    message: new RegExp(`already exists in ${dir}`),
  });
  // Two sides that do not look in the same place.
  t.throws(() => inspect('none', { dir }), {
    code: 'ENOENT',
    message: new RegExp(`no such channel in ${dir}`),
  });
  await t.rejects(writer.waitForPeer({ timeout: 5 }), { message: /timed out after 5 ms/ });
  await writer.close();
});
