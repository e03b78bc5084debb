// `smipc doctor` in a process that is limited, and in systems that say little.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { afterMounting, diagnose } from '../fixtures/cli/doctor.js';
import { readPage } from '../fixtures/docs/markdown.js';

const isRoot = process.geteuid?.() === 0;

t.test('open files', async (t) => {
  const dir = uniqueDirectory(t);
  const few = await diagnose(t, ['-d', dir], { under: ['prlimit', '--nofile=100:100'] });
  t.match(few.findings.descriptors, { verdict: 'warning', reason: 'may open 100 files' });
  const none = await diagnose(t, ['-d', dir], { under: ['prlimit', '--nofile=50:50'] });
  t.match(none.findings.descriptors, { verdict: 'failed', command: 'ulimit -n 1024' });
});

t.test('the size of a file', async (t) => {
  const under = ['prlimit', '--fsize=65536'];
  const { findings } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
  t.match(findings['file-size'], { verdict: 'failed', reason: /64.0 KiB, and .* 1.00 MiB/ });
  t.match(findings.channel, { verdict: 'failed', reason: 'EFBIG', advice: 'file-size' });
});

t.test('address space', async (t) => {
  const under = ['prlimit', `--as=${2 ** 40}`];
  const args = ['-d', uniqueDirectory(t), '--capacity', '600G', 'address-space'];
  const { findings } = await diagnose(t, args, { under });
  t.match(findings['address-space'], { verdict: 'failed', reason: '1.00 TiB' });
});

t.test('threads', { skip: isRoot ? false : 'needs root, to become another user' }, async (t) => {
  const under = ['setpriv', '--reuid=54341', '--clear-groups', 'prlimit', '--nproc=12:12'];
  const { findings } = await diagnose(t, ['threads'], { under });
  t.match(findings.threads, { verdict: 'failed', reason: /more threads of 12 in all processes/ });
});

t.test('no /proc: unknown, and no failure', async (t) => {
  const under = afterMounting(t, 'mount -t tmpfs none /proc');
  if (under === undefined) return;
  const { findings, failed } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
  t.strictSame(failed, []);
  t.equal(findings.channel?.verdict, 'ok');
  for (const id of ['seccomp', 'file-system', 'descriptors', 'threads', 'memory', 'boot-id']) {
    t.equal(findings[id]?.verdict, 'unknown', id);
  }
});

/** Runs before the program: this process says that it is another one. */
const disguise = (key: string, value: unknown): string[] => {
  const text = `Object.defineProperty(process, '${key}', { value: ${JSON.stringify(value)} })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(text)}`];
};

t.test('another system', async (t) => {
  const flags = disguise('platform', 'darwin');
  const { failed } = await diagnose(t, ['-d', uniqueDirectory(t)], { flags });
  t.ok(failed.includes('system'));
});

t.test('runtimes', async (t) => {
  const verdictOf = async (versions: Record<string, string>) => {
    const flags = disguise('versions', { node: '22.0.0', ...versions });
    return (await diagnose(t, ['runtime'], { flags })).findings.runtime?.verdict;
  };
  const page = readPage('docs/runtimes.md').prose.join('\n').replaceAll(/\s+/g, ' ');
  const list = /All of them passed in (.*?), on Linux/.exec(page)?.[1] ?? '';
  const tried = [...list.matchAll(/\b\d+\.\d+\.\d+\b/g)].map(([version]) => version);
  t.equal(tried.length, 6);
  const [first = '', , , last = '', bun = '', deno = ''] = tried;
  for (const node of tried.slice(0, 4)) t.equal(await verdictOf({ node }), 'ok', node);
  t.equal(await verdictOf({ bun }), 'ok', bun);
  t.equal(await verdictOf({ deno }), 'ok', deno);
  t.equal(first, '20.19.0');
  t.equal(await verdictOf({ node: '20.18.9' }), 'failed');
  t.equal(await verdictOf({ node: '22.11.0' }), 'failed');
  t.equal(await verdictOf({ node: '18.20.0' }), 'failed');
  const [major = 0] = last.split('.').map(Number);
  t.equal(await verdictOf({ node: `${major + 1}.0.0` }), 'warning');
  t.equal(await verdictOf({ bun: '1.3.0' }), 'warning');
  t.equal(await verdictOf({ bun: '1.5.0' }), 'warning');
  t.equal(await verdictOf({ deno: '2.8.0' }), 'warning');
});
