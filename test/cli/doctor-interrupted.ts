// `smipc doctor` when the program that it tries dies, and when it is interrupted itself.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { diagnose, doctorCommand } from '../fixtures/cli/doctor.js';
import { runCommand } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

/** Of node: what the program does that is tried, before anything else. */
function inTrial(statement: string): string[] {
  const text = `if (process.argv[1].endsWith('doctor-trial.cjs')) ${statement}`;
  return ['--import', `data:text/javascript,${encodeURIComponent(text)}`];
}

for (const [signal, advice] of [
  ['SIGSEGV', 'see addon'],
  ['SIGKILL', 'see memory'],
  ['SIGBUS', 'another directory'],
  ['SIGTERM', 'report it'],
] as const) {
  t.test(`the program dies of ${signal}`, async (t) => {
    const dir = uniqueDirectory(t);
    const flags = inTrial(`process.kill(process.pid, '${signal}')`);
    const { findings } = await diagnose(t, ['-d', dir, 'channel', 'addon', 'views'], { flags });
    t.match(findings.channel, { verdict: 'failed', reason: signal, advice });
    t.equal(findings.views?.verdict, 'unknown');
    t.strictSame(readdirSync(dir), []);
  });
}

t.test('the program cannot start', async (t) => {
  const flags = inTrial(`throw new Error('no luck')`);
  const { findings, failed } = await diagnose(t, ['channel'], { flags });
  t.match(findings.channel, { verdict: 'unknown', reason: 'no luck' });
  t.strictSame(failed, []);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`interrupted by ${signal}`, async (t) => {
    const dir = uniqueDirectory(t);
    const flags = inTrial('setInterval(() => {}, 1000), await new Promise(() => {})');
    const [command, ...args] = doctorCommand(['-d', dir], { flags });
    const doctor = runCommand(t, command, args);
    const children = () => childrenOf(doctor.pid);
    await until(() => children().length > 0, 'the program runs');
    const [program] = children();
    t.equal(readdirSync(dir).length, 1);
    doctor.kill(signal);
    t.match(await doctor.exit, { signal, stdout: '' });
    t.strictSame(readdirSync(dir), [], 'nothing is left');
    await until(() => !isRunning(program as number), 'the program has gone');
  });
}

/** Of its only thread that starts any. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text
    .split(' ')
    .filter((id) => id !== '')
    .map(Number);
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
