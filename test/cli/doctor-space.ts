// `smipc doctor` where there is little room: bytes, files, memory, huge pages.
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { diagnose } from '../fixtures/cli/doctor.js';
import { memoryGroup } from '../fixtures/processes/memory-group.js';
import { mountedDirectory } from '../fixtures/processes/mounts.js';

const kMebibyte = 1024 * 1024;

t.test('bytes', async (t) => {
  const dir = mountedDirectory(t, 'size=512k');
  if (dir === undefined) return;
  const { failed, findings } = await diagnose(t, ['-d', dir]);
  t.strictSame(failed, ['space'], 'a small channel can still be made');
  t.match(findings.space, {
    reason: '512 KiB of 512 KiB free',
    command: `mount -o remount,size=1G ${dir}`,
  });
  const small = await diagnose(t, ['-d', dir, '--capacity', '16K']);
  t.match(small.findings.space?.verdict, 'warning');
});

t.test('what Docker gives a container', async (t) => {
  const dir = mountedDirectory(t, 'size=64m');
  if (dir === undefined) return;
  const { failed, findings } = await diagnose(t, ['-d', dir]);
  t.strictSame(failed, []);
  t.match(findings.space, { verdict: 'warning', advice: 'docker run --shm-size' });
});

t.test('files', async (t) => {
  for (const [inodes, verdict] of [
    [3, 'failed'],
    [20, 'warning'],
    [1000, 'ok'],
  ] as const) {
    const dir = mountedDirectory(t, `size=512m,nr_inodes=${inodes}`);
    if (dir === undefined) return;
    const { findings } = await diagnose(t, ['-d', dir]);
    t.match(findings.inodes, { verdict, reason: `of ${inodes} files` });
    t.equal(findings.channel?.verdict, verdict === 'failed' ? 'failed' : 'ok');
    if (verdict !== 'ok') t.match(findings.inodes?.command, `remount,nr_inodes=65536 ${dir}`);
  }
});

t.test('huge pages', async (t) => {
  const setting = '/sys/kernel/mm/transparent_hugepage/shmem_enabled';
  if (!existsSync(setting) || /\[(deny|force)\]/.test(readFileSync(setting, 'utf8'))) {
    t.comment('not tested: the kernel has no huge pages, or does not ask the mount');
    return;
  }
  const always = mountedDirectory(t, 'size=512m,huge=always');
  const within = mountedDirectory(t, 'size=512m,huge=within_size');
  if (always === undefined || within === undefined) return;
  const { findings } = await diagnose(t, ['-d', always]);
  const command = `mount -o remount,huge=within_size ${always}`;
  t.match(findings['huge-pages'], { verdict: 'warning', reason: 'huge=always', command });
  const other = await diagnose(t, ['-d', within]);
  t.match(other.findings['huge-pages'], { verdict: 'ok', reason: 'huge=within_size' });
});

t.test('the memory of a group', async (t) => {
  const dir = mountedDirectory(t, 'size=4g') ?? uniqueDirectory(t);
  const group = memoryGroup(t, 512 * kMebibyte);
  if (group === undefined) return;
  const under = ['sh', '-c', `echo $$ > ${group.path}/cgroup.procs && exec "$0" "$@"`];
  const { findings, failed } = await diagnose(t, ['-d', dir], { under });
  t.strictSame(failed, []);
  const reason = new RegExp(`of 512 MiB in ${group.limitFile}, less than the .* GiB`);
  t.match(findings.memory, { verdict: 'warning', reason, advice: 'docker run --memory' });
  const large = await diagnose(t, ['-d', dir, '--capacity', '1G', 'memory'], { under });
  t.match(large.findings.memory, { verdict: 'failed', reason: 'too little memory' });
});

t.test('room for a larger channel', async (t) => {
  const { failed, findings } = await diagnose(t, [
    ...['-d', uniqueDirectory(t), '--capacity', '4T'],
    ...['space', 'memory', 'channel'],
  ]);
  t.strictSame(failed, ['space', 'memory']);
  t.match(findings.space?.reason, /room for 0 channels of 4.00 TiB/);
});

t.test('a file system on a disk, or one that cannot hold channels', async (t) => {
  const proc = await diagnose(t, ['-d', '/proc']);
  t.match(proc.findings['file-system'], { verdict: 'failed', reason: 'proc at /proc' });
  t.equal(proc.findings.channel?.verdict, 'failed');
});
