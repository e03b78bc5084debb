// Whatever ends `smipc top`, or stops it: the terminal is as it was before.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcForShell } from '../fixtures/processes/command-line.js';
import { stateOf } from '../fixtures/processes/state.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { openTerminal, type Terminal } from '../fixtures/terminals/tmux.js';
import { until } from '../fixtures/timing/until.js';

const kTaken = { isAlternate: true, hasCursor: false, wraps: false };
const kFree = { isAlternate: false, hasCursor: true, wraps: true };

interface Session {
  terminal: Terminal;
  pid: number;
  dir: string;
  /** Waits until the program has ended, and compares the terminal with what it was. */
  ended(t: Test, status: number): Promise<string[]>;
}

/** `top` in a terminal that has modes of its own. */
async function startTop(t: Test, shell = '', node = ''): Promise<Session> {
  const dir = uniqueDirectory(t);
  const held = openChannel('channel', 'w', { dir });
  t.teardown(() => held.close());
  const files = t.testdir({});
  const at = (name: string): string => join(files, name);
  const command = `
    ${shell}
    stty intr ^G -ixon
    stty -g > ${at('before')}
    NODE_OPTIONS='${node}' sh -c 'echo $$ > ${at('pid')}; exec "$@"' - ${smipcForShell} top -d ${dir} -i 100ms
    echo "status $?"
    stty -g > ${at('after')}
    echo over`;
  const terminal = openTerminal(t, command);
  await terminal.shows(/^channel /);
  t.strictSame(terminal.modes(), kTaken);
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  return {
    terminal,
    pid: Number(read('pid')),
    dir,
    async ended(t, status) {
      const lines = await terminal.shows(/^over$/);
      t.ok(lines.includes(`status ${status}`), `status ${status}`);
      t.equal(read('after'), read('before'));
      t.strictSame(terminal.modes(), kFree);
      t.notOk(lines.some((line) => line.startsWith('channel ')));
      return lines;
    },
  };
}

/** The same as a job of a shell, in whose folder `before` has the terminal's modes. */
async function startJob(t: Test, behind = ''): Promise<{ terminal: Terminal; pid: number }> {
  const dir = uniqueDirectory(t);
  const held = openChannel('channel', 'w', { dir });
  t.teardown(() => held.close());
  const files = t.testdir({});
  const terminal = openTerminal(t, `cd ${files}; PS1='ready> ' bash --norc --noprofile -i`);
  await terminal.shows(/^ready>/);
  const run = `sh -c 'echo $$ > pid; exec "$@"' - ${smipcForShell} top -d ${dir} -i 100ms`;
  terminal.type(`stty -g > before; clear; ${run} ${behind}\n`);
  if (behind === '') await terminal.shows(/^channel /);
  const pidFile = join(files, 'pid');
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', 'it is started');
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return { terminal, pid };
}

function catches(pid: number, signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** How often it has waited for something. */
function sleepsOf(pid: number): number {
  return Number(
    /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
  );
}

/** Whoever is to ask for its exit status may take a while. */
function hasEnded(pid: number): boolean {
  return !existsSync(`/proc/${pid}`) || stateOf(pid) === 'Z';
}

/** All that end a process by default, but those of faults, those that Node keeps, and SIGKILL. */
const kSignals = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGABRT', 'SIGALRM', 'SIGUSR2'] as const),
  ...(['SIGVTALRM', 'SIGXCPU', 'SIGIO', 'SIGPWR', 'SIGSTKFLT', 'SIGSYS', 'SIGTRAP'] as const),
];

if (hasProgram(t, 'tmux')) {
  for (const signal of kSignals) {
    t.test(signal, async (t) => {
      const { pid, ended } = await startTop(t, 'ulimit -c 0');
      process.kill(pid, signal);
      await ended(t, 128 + constants.signals[signal]);
    });
  }

  t.test('^C', async (t) => {
    const { terminal, ended } = await startTop(t, 'trap : INT');
    terminal.press('C-c');
    await ended(t, 128 + constants.signals.SIGINT);
  });

  t.test('q, but not as a part of the filter', async (t) => {
    const { terminal, ended } = await startTop(t);
    terminal.press('/', 'q');
    await terminal.shows(/^filter: q_$/);
    terminal.press('BSpace', 'Enter', 'h');
    await terminal.shows(/ quit$/);
    terminal.press('q');
    await ended(t, 0);
  });

  t.test('an error of smipc is told where it can be read', async (t) => {
    const { dir, ended } = await startTop(t);
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    const lines = await ended(t, 1);
    t.ok(lines.some((line) => line.startsWith('smipc: ')));
  });

  t.test('an exception', async (t) => {
    const trigger = join(t.testdir({}), 'throw');
    const source = `import{existsSync}from"node:fs";setInterval(()=>{if(existsSync("${trigger}"))throw(Error("odd"))},9)`;
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    const { ended } = await startTop(t, '', `--import ${url}`);
    writeFileSync(trigger, '');
    const lines = await ended(t, 1);
    t.ok(lines.some((line) => line.startsWith('Error: odd')));
  });

  t.test('stopped by ^Z, and by SIGTSTP and SIGSTOP; it goes on', async (t) => {
    const { terminal, pid } = await startJob(t);
    for (const stop of [() => terminal.press('C-z'), () => process.kill(pid, 'SIGTSTP')]) {
      stop();
      await until(() => stateOf(pid) === 'T', 'it is stopped');
      await until(() => !terminal.modes().isAlternate, "the screen is the shell's");
      t.strictSame(terminal.modes(), kFree);
      terminal.type('stty -g > modes; cmp modes before && echo "sa""me"\n');
      await terminal.shows(/^same$/);
      // It may not touch the terminal while it is in the background.
      terminal.type('clear; bg\n');
      await until(() => stateOf(pid) !== 'T', 'it goes on');
      terminal.type('echo "st""ill"\n');
      await terminal.shows(/^still$/);
      terminal.type('fg\n');
      await terminal.shows(/^channel /);
      t.strictSame(terminal.modes(), kTaken);
      // Its keys come at once.
      terminal.press('h');
      await terminal.shows(/ quit$/);
      terminal.press('x');
      await terminal.shows(/^channel /);
    }
    // Nothing can be done before SIGSTOP; but afterwards.
    process.kill(pid, 'SIGSTOP');
    await until(() => stateOf(pid) === 'T', 'it is stopped');
    terminal.type('fg\n');
    await until(() => stateOf(pid) !== 'T', 'it goes on');
    terminal.press('h');
    await terminal.shows(/ quit$/);
    terminal.press('x', 'q');
    await until(() => hasEnded(pid), 'it has ended');
    await until(() => !terminal.modes().isAlternate, "the screen is the shell's");
    t.strictSame(terminal.modes(), kFree);
  });

  t.test('started in the background, it waits for the foreground', async (t) => {
    const { terminal, pid } = await startJob(t, '&');
    await until(() => catches(pid, 'SIGTSTP'), 'it listens');
    // What is typed while no other process reads it would stop it, if it did.
    terminal.type('echo "in front"; sleep 1000\n');
    await terminal.shows(/^in front$/);
    terminal.type('\n');
    const before = sleepsOf(pid);
    await until(() => stateOf(pid) !== 'T' && sleepsOf(pid) > before + 20, 'it goes on');
    t.notOk(terminal.modes().isAlternate);
    terminal.press('C-c');
    terminal.type('fg\n');
    await terminal.shows(/^channel /);
    terminal.press('q');
    await until(() => hasEnded(pid), 'it has ended');
    t.strictSame(terminal.modes(), kFree);
  });

  t.test('the terminal goes away', async (t) => {
    const { terminal, pid } = await startTop(t);
    terminal.close();
    await until(() => hasEnded(pid), 'it has ended');
  });
}
