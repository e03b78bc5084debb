// `smipc doctor` where the directory is bad: the check `directory` says how, and what to do.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { afterMounting, diagnose } from '../fixtures/cli/doctor.js';
import { mountedDirectory, readOnlyView } from '../fixtures/processes/mounts.js';
import { until } from '../fixtures/timing/until.js';

const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : 'needs root, to give files away';

t.test('one above it is missing', async (t) => {
  const base = uniqueDirectory(t);
  const { findings } = await diagnose(t, ['-d', join(base, 'gone', 'channels')]);
  const command = `mkdir -p ${join(base, 'gone')}`;
  t.match(findings.directory, { verdict: 'failed', reason: 'does not exist', command });
  t.equal(findings.channel?.verdict, 'failed');
  t.strictSame(readdirSync(base), []);
});

t.test('no /dev/shm', async (t) => {
  const under = afterMounting(t, 'mount -t tmpfs none /dev');
  if (under === undefined) return;
  const { findings } = await diagnose(t, [], { under, env: { SMIPC_DIR: '' } });
  t.match(findings.directory, { verdict: 'failed', reason: '/dev/shm does not exist' });
});

t.test('a link, or a file', async (t) => {
  const base = uniqueDirectory(t);
  symlinkSync('.', join(base, 'link'));
  writeFileSync(join(base, 'file'), '');
  const link = await diagnose(t, ['-d', join(base, 'link')]);
  t.match(link.findings.directory, { verdict: 'failed', reason: 'is a symbolic link' });
  const file = await diagnose(t, ['-d', join(base, 'file')]);
  t.match(file.findings.directory, { verdict: 'failed', reason: 'is not a directory' });
});

t.test('others may write there', async (t) => {
  const dir = uniqueDirectory(t);
  chmodSync(dir, 0o770);
  const group = await diagnose(t, ['-d', dir]);
  const command = `chmod go-w ${dir}`;
  t.match(group.findings.directory, { verdict: 'failed', reason: 'has mode 0770', command });
  chmodSync(dir, 0o1777);
  const sticky = await diagnose(t, ['-d', dir]);
  t.match(sticky.findings.directory, {
    verdict: 'failed',
    command: `export SMIPC_DIR=${dir}/smipc-${process.geteuid?.()}`,
  });
});

t.test('it belongs to another user', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, 54_330, 54_330);
  const { findings } = await diagnose(t, ['-d', dir]);
  t.match(findings.directory, { verdict: 'failed', reason: 'belongs to user 54330' });
});

t.test('it may not be written', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  chmodSync(dir, 0o755);
  const under = ['setpriv', '--reuid=54331', '--clear-groups'];
  const { findings } = await diagnose(t, ['-d', dir], { under });
  t.match(findings.directory, { verdict: 'failed', reason: 'this user cannot write' });
  const missing = await diagnose(t, ['-d', join(dir, 'channels')], { under });
  t.match(missing.findings.directory, { verdict: 'failed', reason: 'cannot be made' });
});

t.test('a file system that may only be read', async (t) => {
  const dir = mountedDirectory(t, 'size=4m');
  const view = dir === undefined ? undefined : readOnlyView(t, dir);
  if (view === undefined) return;
  const { findings } = await diagnose(t, ['-d', view]);
  t.match(findings['file-system'], { verdict: 'failed', reason: 'is read-only' });
  t.equal(findings.directory?.verdict, 'failed');
});

t.test('a process was stopped with its lock', async (t) => {
  const dir = uniqueDirectory(t);
  const holder = spawn('flock', ['--no-fork', dir, 'sh', '-c', 'echo held; exec sleep 300']);
  t.teardown(() => holder.kill('SIGKILL'));
  let output = '';
  holder.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(() => output !== '', 'the lock is held');
  const { findings } = await diagnose(t, ['-d', dir]);
  t.match(findings.directory, { verdict: 'failed', reason: /ETIMEDOUT.*process \d+/ });
});

t.test("another user's directory has a user's name", { skip }, async (t) => {
  const taken = '/dev/shm/smipc-54332';
  mkdirSync(taken, { mode: 0o700 });
  t.teardown(() => rmdirSync(taken));
  chownSync(taken, 54_333, 54_333);
  const { findings } = await diagnose(t, ['-d', uniqueDirectory(t), 'other-users']);
  t.match(findings['other-users'], {
    verdict: 'warning',
    reason: `${taken} belongs to user 54333`,
  });
  chownSync(taken, 54_332, 54_332);
  const sound = await diagnose(t, ['-d', uniqueDirectory(t), 'other-users']);
  t.match(sound.findings['other-users'], { verdict: 'ok', reason: /54332/ });
});
