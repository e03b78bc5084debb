// `smipc doctor` where systemd-logind removes a user's files at the logout: by logind.conf(5) and its
// drop-ins, in a mount namespace that has them.
import { dirname } from 'node:path';
import t, { type Test } from 'tap';
import { diagnose, type Finding } from '../fixtures/cli/doctor.js';

const isRoot = process.geteuid?.() === 0;
const kUser = 54_340;

/** What the check finds where these files are, with this text. */
async function findingWith(
  t: Test,
  files: Record<string, string>,
  { user = kUser, env = {} }: { user?: number; env?: Record<string, string> } = {},
): Promise<Finding | undefined> {
  const script = [
    'set -e',
    // What the machine itself has is not to be seen. Made where there is none.
    ...['/etc/systemd', '/run/systemd', '/usr/lib/systemd', '/var/lib/systemd'].flatMap((path) => [
      `[ -d ${path} ] || { mount -t tmpfs none ${dirname(path)}; mkdir ${path}; }`,
      `mount -t tmpfs none ${path}`,
    ]),
    ...Object.entries(files).map(
      ([path, text]) => `mkdir -p ${dirname(path)} && printf %b '${text}' > ${path}`,
    ),
    `exec setpriv --reuid=${user} --clear-groups "$0" "$@"`,
  ].join('\n');
  const under = ['unshare', '-m', 'sh', '-c', script];
  const { findings } = await diagnose(t, ['remove-ipc'], { under, env: { SMIPC_DIR: '', ...env } });
  return findings['remove-ipc'];
}

const logind = { '/run/systemd/system/unit': '' };
const main = '/etc/systemd/logind.conf';
const off = '[Login]\\nRemoveIPC=no\\n';
const on = '[Login]\\nRemoveIPC=yes\\n';

t.test('RemoveIPC', { skip: isRoot ? false : 'needs root, to mount' }, async (t) => {
  const find = (files: Record<string, string>) => findingWith(t, { ...logind, ...files });
  for (const files of [{}, { '/run/systemd/users/0': '' }]) {
    t.match(await findingWith(t, files), { verdict: 'ok', reason: 'does not run here' });
  }
  t.match(await find({}), {
    verdict: 'warning',
    reason: /on by default: .*not logged in now/,
    command: 'loginctl enable-linger 54340',
  });
  t.match(await find({ [`/run/systemd/users/${kUser}`]: '' }), { reason: /is logged in now/ });
  t.match(await find({ [main]: off }), { verdict: 'ok', reason: `off, by ${main}` });
  t.match(await find({ [main]: on }), { verdict: 'warning', reason: `on, by ${main}` });
  t.match(await find({ [main]: '[Login]\\n#RemoveIPC=no\\n' }), { verdict: 'ok' }, 'as compiled');
  t.match(await find({ [main]: '[Login]\\n#RemoveIPC=yes\\n' }), { verdict: 'warning' });
  t.match(await find({ [main]: '[Other]\\nRemoveIPC=no\\n' }), { verdict: 'warning' }, 'section');

  const [early, late] = [
    '/usr/lib/systemd/logind.conf.d/10-a.conf',
    '/etc/systemd/logind.conf.d/20-b.conf',
  ];
  t.match(await find({ [main]: on, [early]: off }), { verdict: 'ok', reason: early });
  t.match(await find({ [early]: off, [late]: on }), { verdict: 'warning', reason: late });
  const over = '/etc/systemd/logind.conf.d/10-a.conf';
  t.match(await find({ [early]: off, [over]: on }), { verdict: 'warning', reason: over });
  t.match(await find({ [over]: '', [early]: off }), { verdict: 'warning' }, 'masked');
  t.match(await find({ '/usr/lib/systemd/logind.conf': off }), { verdict: 'ok' });

  t.match(await find({ [`/var/lib/systemd/linger/${kUser}`]: '' }), {
    verdict: 'ok',
    reason: /lingers/,
  });
  t.match(await findingWith(t, logind, { user: 0 }), { verdict: 'ok', reason: /system users/ });
  const env = { SMIPC_DIR: '/tmp/channels' };
  t.match(await findingWith(t, logind, { env }), { verdict: 'ok', reason: /only files in/ });
});
