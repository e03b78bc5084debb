// `smipc doctor` under a seccomp filter: which calls smipc does without, and what to do where it cannot.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { diagnose } from '../fixtures/cli/doctor.js';
import { refusing } from '../fixtures/processes/seccomp.js';

t.test('refused: it does without', async (t) => {
  for (const [call, id] of [
    ['futex_waitv', 'futex-waitv'],
    ['set_robust_list', 'robust-lists'],
    ['mknodat', 'fifos'],
  ] as const) {
    const under = refusing([call], 'EPERM');
    const { failed, findings } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
    t.strictSame(failed, []);
    t.match(findings.seccomp, { verdict: 'warning', reason: `does without ${call}` });
    t.match(findings[id], { verdict: 'warning', reason: `${call} is refused` });
  }
});

t.test('refused: it cannot do without', async (t) => {
  const under = refusing(['flock'], 'EPERM');
  const { findings } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
  t.match(findings.seccomp, { verdict: 'failed', reason: 'EPERM', advice: 'system-calls.md' });
  t.match(findings.channel, { verdict: 'failed', advice: /seccomp|directory/ });
});

t.test('killed: which way to switch off', async (t) => {
  for (const [calls, fallback] of [
    [['futex_waitv'], 'waits'],
    [['mknodat'], 'bells'],
    [['futex_waitv', 'mknodat'], 'waits,bells,roles'],
  ] as const) {
    const under = refusing(calls, 'kill');
    const { findings } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
    const command = `export SMIPC_FALLBACK=${fallback}`;
    t.match(findings.seccomp, { verdict: 'failed', command }, calls.join());
    t.match(findings.channel, { verdict: 'failed', reason: 'SIGSYS', advice: 'see seccomp' });
    t.equal(findings.addon?.verdict, 'ok', 'the addon is not to blame');
    const env = { SMIPC_FALLBACK: fallback };
    t.strictSame((await diagnose(t, ['-d', uniqueDirectory(t)], { under, env })).failed, []);
  }
});

t.test('killed, whatever is switched off', async (t) => {
  const under = refusing(['flock'], 'kill');
  const { findings } = await diagnose(t, ['-d', uniqueDirectory(t)], { under });
  t.match(findings.seccomp, { verdict: 'failed', command: undefined, advice: "kernel's log" });
});
