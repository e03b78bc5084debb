// What an error says: what is in the way, its value, and a way out that is true for this cause.
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { inspect, list, openChannel, prune, remove, SmipcError } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { leaveStream, offsets, patch } from '../fixtures/channels/segment.js';
import { spawnChild } from '../fixtures/processes/child.js';

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
    t.throws(() => list({ dir }), error);
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

t.test('a directory that cannot be made', (t) => {
  // Which of them it is depends on the user, and on how /sys is mounted.
  t.throws(() => openChannel('name', 'w', { dir: '/sys/channels' }), {
    code: /^(EPERM|EACCES|EROFS)$/,
    message: /\/sys.*SMIPC_DIR/,
  });
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
  // What is about the whole directory names no file in it.
  writeFileSync(join(dir, 'innocent'), '');
  for (const [act, syscall] of [
    [() => list({ dir }), 'inspect'],
    [() => prune({ dir }), 'remove'],
  ] as const) {
    const error = { code: 'EACCES', syscall, message: new RegExp(`, ${syscall} in ${dir}$`) };
    t.throws(act, error);
    t.notOk('channel' in caught(act));
  }
  t.end();
});

t.test('another channel', async (t) => {
  const dir = uniqueDirectory(t);
  const { pid } = process;
  const messages = openChannel('messages', 'w', { dir, framing: 'messages' });
  const objects = openChannel('objects', 'r', { dir, framing: 'objects' });
  const resume = openChannel('resume', 'w', { dir, resume: true });
  const plain = openChannel('plain', 'w', { dir });
  for (const [name, mode, options, text] of [
    [
      'messages',
      'r',
      {},
      `its writer is process ${pid}\\) carries messages without resume, but bytes without resume were requested: open it with \`messages: true\`, or`,
    ],
    [
      'messages',
      'r',
      { framing: 'objects' },
      'messages without resume, but objects without resume were requested',
    ],
    [
      'messages',
      'r',
      { resume: true },
      'messages without resume, but bytes with resume were requested: open it with `messages: true` and with `resume: false`, or',
    ],
    [
      'objects',
      'w',
      {},
      `its reader is process ${pid}\\) carries objects without resume, .* with \`objectMode: true\`, or`,
    ],
    ['resume', 'r', {}, 'bytes with resume, .* bytes without resume .* with `resume: true`'],
    ['plain', 'r', { resume: true }, 'bytes without resume, .* bytes with resume'],
    ['plain', 'r', { framing: 'messages' }, 'open it without `objectMode` and `messages`, or'],
  ] as const) {
    const message = new RegExp(`^ERR_SMIPC_INCOMPATIBLE: the channel in ${dir} .*${text}`);
    const error = { code: 'ERR_SMIPC_INCOMPATIBLE', message, pid };
    t.throws(() => openChannel(name, mode, { dir, ...options }), error);
  }
  for (const channel of [messages, objects, resume, plain]) await channel.close();
  await openChannel('left', 'w', { dir, resume: true }).close();
  const left = openChannel('left', 'w', { dir, resume: true });
  left.writeSync(Buffer.from('something'));
  await left.close();
  t.throws(() => openChannel('left', 'r', { dir }), {
    code: 'ERR_SMIPC_INCOMPATIBLE',
    message: new RegExp(
      `\\(its writer was process ${pid}\\) carries bytes with resume.* remove\\('left'\\) if nobody needs`,
    ),
    pid,
  });
});

t.test('no channel, or one of another version', async (t) => {
  const dir = uniqueDirectory(t);
  writeFileSync(join(dir, 'text'), 'text');
  mkdirSync(join(dir, 'directory'));
  const newer = await leaveStream(dir, 'newer', Buffer.from('content'));
  patch(newer, offsets.version, 7);
  const framed = await leaveStream(dir, 'framed', Buffer.from('content'));
  patch(framed, offsets.framing, 9);
  for (const [name, text] of [
    ['text', 'text is not a channel, and is left alone: use another name'],
    ['directory', 'directory is not a channel, and is left alone'],
    ['newer', 'newer has layout version 7, and this smipc has version 1: .*force: true'],
    ['framed', 'framed needs what this version of smipc does not know'],
  ] as const) {
    const message = new RegExp(`${dir}/${text}`);
    const error = { code: 'ERR_SMIPC_INCOMPATIBLE', message };
    for (const act of [
      () => openChannel(name, 'r', { dir }),
      () => inspect(name, { dir }),
      () => remove(name, { dir }),
    ]) {
      t.throws(act, error);
      t.notOk('pid' in caught(act), 'nobody is known to be in the way');
    }
  }
});

t.test('roles that this process cannot hold', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w');
  t.teardown(() => writer.close());
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      try {
        await smipc.openChannel(args.name, 'r').close();
        await send('opened');
      } catch (error) {
        const { code, message, pid } = error as SmipcError;
        await send({ code, message, pid });
      }
    },
    { name },
    { env: { SMIPC_FALLBACK: 'roles' } },
  );
  const error = await child.message();
  if (process.env.SMIPC_FALLBACK?.includes('roles')) return t.equal(error, 'opened');
  return t.match(error, {
    code: 'ERR_SMIPC_INCOMPATIBLE',
    message: /has its roles held by robust lists, which this process has not: SMIPC_FALLBACK/,
    pid: process.pid,
  });
});

t.test('a pid that is not known is no property', (t) => {
  const error = new SmipcError('EBUSY', 'another owner holds this role', {
    syscall: 'open',
    pid: 0,
  });
  t.notOk('pid' in error);
  t.strictSame(JSON.parse(JSON.stringify(error)), { code: 'EBUSY', syscall: 'open' });
  t.notMatch(format('%o', error), /pid/);
  t.end();
});

function caught(act: () => unknown): SmipcError {
  try {
    act();
  } catch (error) {
    return error as SmipcError;
  }
  throw new Error('nothing was thrown');
}

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
  const elsewhere = join(dir, 'none');
  t.throws(() => inspect('name', { dir: elsewhere }), {
    code: 'ENOENT',
    message: new RegExp(`the directory ${elsewhere} does not exist; .*SMIPC_DIR.*\\bdir\\b`),
  });
  await writer.close();
});
