/** Runs the trial, and finds out what becomes of it. */
import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { statOf } from './machine.js';
import type { TrialTask } from './trial-program.js';
import type { News, Refusal, Sights, Step, Trial } from './trial-report.js';

/** As rolldown.config.js calls it; beside the file that this is in. */
const kProgram = './doctor-trial.cjs';
/** It takes a fraction of a second. */
const kMostMs = 15_000;
const kSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Ways to do without system calls, as docs/system-calls.md has them; the last one is all of them. */
const kFallbacks = ['waits', 'bells', 'roles', 'waits,bells,roles'] as const;

/** Uses channels as a program would that opens them in `directory`. */
export async function tryOut(directory: string): Promise<Trial> {
  const { path, refusal } = makeHome(directory);
  const task: TrialTask = { directory, home: path };
  const clean = (): void => rmSync(path, { recursive: true, force: true });
  const stop = (signal: NodeJS.Signals): void => {
    running?.kill('SIGKILL');
    clean();
    // As if it had not been caught: this handler has gone by now.
    process.kill(process.pid, signal);
  };
  if (path !== '') for (const signal of kSignals) process.once(signal, stop);
  try {
    const trial = await run(task, process.env.SMIPC_FALLBACK ?? '');
    const found = trial.end === 'SIGSYS' ? await findRemedy(task) : {};
    return { ...(refusal === undefined ? {} : { openRefusal: refusal }), ...found, ...trial };
  } finally {
    for (const signal of kSignals) process.off(signal, stop);
    if (path !== '') clean();
  }
}

/**
 * A directory for the trial alone, hidden, so that no one who watches for channels sees any: in the
 * directory of channels, or, where that is yet to be made, beside it.
 */
function makeHome(directory: string): { path: string; refusal?: Refusal } {
  const isThere = statOf(directory) !== undefined;
  const prefix = isThere ? join(directory, '.doctor-') : join(dirname(directory), '.smipc-doctor-');
  try {
    return { path: mkdtempSync(prefix) };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { path: '', refusal: { code, message } };
  }
}

/** Which ways to switch off, so that it is not killed at a system call; and which addon that loads. */
async function findRemedy(task: TrialTask): Promise<Trial> {
  for (const remedy of kFallbacks) {
    const { end, version, addon } = await run(task, remedy);
    if (end !== undefined || version === undefined) continue;
    return { remedy, version, ...(addon === undefined ? {} : { addon }) };
  }
  return {};
}

/** The program, while it runs. */
let running: ChildProcess | undefined;

function run(task: TrialTask, fallback: string): Promise<Trial> {
  const program = fileURLToPath(new URL(kProgram, import.meta.url));
  const args = [...process.execArgv, program, JSON.stringify(task)];
  const env = { ...process.env, SMIPC_FALLBACK: fallback };
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve(trialOf(stdout, endOf(error, stderr)));
    try {
      const options = { env, timeout: kMostMs, killSignal: 'SIGKILL' } as const;
      running = execFile(process.execPath, args, options, done);
    } catch (error) {
      // Node's permission model throws here.
      resolve({ end: (error as Error).message });
    }
  });
}

/** What the program has told until it ended. */
function trialOf(output: string, end: string | undefined): Trial {
  const news = output
    .split('\n')
    // A line that was cut off was not told.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as News);
  const sights = news.map((one): Sights => ('sees' in one ? one.sees : {}));
  const steps = news.map((one) => ('begins' in one ? one.begins : undefined));
  const step: Step | undefined = steps.findLast((one) => one !== undefined);
  return Object.assign({ step, end }, ...sights) as Trial;
}

/** Undefined: it ended by itself, and well. */
function endOf(error: ExecFileException | null, stderr: string): string | undefined {
  if (error === null) return undefined;
  if (error.killed === true) return `it took more than ${kMostMs / 1000} s`;
  if (error.signal) return error.signal;
  const words = stderr.split('\n').find((line) => /^\w*Error\b|: error/i.test(line));
  return words ?? (stderr.trim() === '' ? error.message : stderr.split('\n', 1)[0]);
}
