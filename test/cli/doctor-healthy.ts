// `smipc doctor` in a place where all is well: no check fails, nothing is left behind, and nobody who
// watches the directory sees the trial. Its output: for programs, for shells, for people.
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { diagnose, doctorCommand } from '../fixtures/cli/doctor.js';
import { readPage } from '../fixtures/docs/markdown.js';
import { mountedDirectory } from '../fixtures/processes/mounts.js';
import { runCommand } from '../fixtures/processes/program.js';

/** What this machine can do is none of these tests' business. */
const kOfDirectory = ['directory', 'file-system', 'space', 'inodes', 'channel', 'addon', 'system'];

t.test('every check is made, and none fails', async (t) => {
  const dir = mountedDirectory(t, 'size=512m') ?? uniqueDirectory(t);
  const { code, findings, failed } = await diagnose(t, ['--dir', dir]);
  t.strictSame(failed, []);
  t.equal(code, 0);
  for (const id of kOfDirectory) t.equal(findings[id]?.verdict, 'ok', id);
  t.match(findings.addon?.reason, /\/smipc\.node, .* for linux-\w+-\w+, version \d+\.\d+\.\d+/);
  t.match(findings.directory?.reason, dir);
  t.strictSame(readdirSync(dir), [], 'nothing is left');
  const { prose } = readPage('docs/doctor.md');
  for (const id of Object.keys(findings))
    t.match(prose.join('\n'), `\`${id}\``, `${id} is in docs/`);
});

t.test('a directory that is not there yet', async (t) => {
  const dir = join(uniqueDirectory(t), 'channels');
  const { findings, failed } = await diagnose(t, ['-d', dir]);
  t.strictSame(failed, []);
  t.match(findings.directory?.reason, 'not there yet');
  t.strictSame(readdirSync(dirname(dir)), [], 'it is not made');
});

t.test('who watches the directory sees nothing', async (t) => {
  const dir = uniqueDirectory(t);
  const control = new AbortController();
  const events: string[] = [];
  const watching = (async () => {
    for await (const { type, name } of watch({ dir, signal: control.signal })) {
      events.push(`${type} ${name}`);
    }
  })().catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });
  t.strictSame((await diagnose(t, ['-d', dir])).failed, []);
  control.abort();
  await watching;
  t.strictSame(events, []);
});

t.test('some checks only, in the order asked for', async (t) => {
  const dir = uniqueDirectory(t);
  const { findings } = await diagnose(t, ['-d', dir, 'space', 'addon']);
  t.strictSame(Object.keys(findings), ['space', 'addon']);
  const [command, ...args] = doctorCommand(['-d', dir, 'moon']);
  const { code, stdout, stderr } = await runCommand(t, command, args).exit;
  t.equal(code, 2);
  t.equal(stdout, '');
  t.match(stderr, /no check 'moon'; it has .*\bspace\b/);
});

t.test('SMIPC_DIR, and what SMIPC_FALLBACK switches off', async (t) => {
  const dir = join(uniqueDirectory(t), 'own');
  mkdirSync(dir, { mode: 0o700 });
  const env = { SMIPC_DIR: dir, SMIPC_FALLBACK: 'roles,waits,bells,views' };
  const { findings, failed, warned } = await diagnose(t, [], { env });
  t.strictSame(failed, []);
  t.match(findings.directory?.reason, `${dir}, chosen by SMIPC_DIR`);
  for (const id of ['robust-lists', 'futex-waitv', 'fifos', 'views']) {
    t.ok(warned.includes(id), id);
    t.match(findings[id], { reason: 'SMIPC_FALLBACK says so', command: 'unset SMIPC_FALLBACK' });
  }
  const wrong = await diagnose(t, ['variables'], { env: { SMIPC_FALLBACK: 'roles,wait' } });
  t.match(wrong.findings.variables, { verdict: 'warning', reason: /there is not: wait$/ });
});

t.test('in a pipe: tabs, and no colour', async (t) => {
  const dir = uniqueDirectory(t);
  const [command, ...args] = doctorCommand(['-d', dir, '--capacity', '4T', 'directory', 'space']);
  const { code, stdout } = await runCommand(t, command, args).exit;
  t.equal(code, 1);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  t.strictSame(rows.map(([verdict, id]) => [verdict, id]).slice(0, -1), [
    ['ok', 'directory'],
    ['failed', 'space'],
  ]);
  t.equal(rows[0]?.length, 5);
  t.match(rows[1]?.[4], 'mount -o remount,size=');
});

t.test('on a terminal: lines that fit, and a summary', async (t) => {
  const dir = uniqueDirectory(t);
  const command = doctorCommand(['-d', dir, '--capacity', '4T', 'channel', 'space']).join(' ');
  const script = `stty cols 60; ${command}`;
  const args = ['-qec', script, '/dev/null'];
  const env = { NO_COLOR: '1' };
  const { code, stdout } = await runCommand(t, 'script', args, { env }).exit;
  t.equal(code, 1);
  const lines = stdout.split('\r\n');
  t.match(lines[0], /^ok {7}channel {2}\S/);
  t.ok(
    lines.some((line) => /^ +→ /.test(line)),
    'advice',
  );
  t.ok(
    lines.some((line) => /^ +\$ mount -o remount/.test(line)),
    'a command',
  );
  t.equal(lines.at(-2), '2 checks: 1 ok, 0 warning, 1 failed, 0 unknown');
  const longest = lines.filter((line) => !line.includes('$ ') && !line.includes(basename(dir)));
  for (const line of longest) t.ok(line.length <= 60, line);
});
