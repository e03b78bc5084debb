/** The program of `exec`: how it is started, and what its exit status is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { errorText } from '../grammar/error-text.js';
import { kSignalBase } from '../grammar/exit-codes.js';
import { complain } from '../terminal/terminal.js';
import type { ProgramPipe } from './pipe.js';

/** As shells say that a program could not be run. */
const kNotFound = 127;
const kNotRunnable = 126;

/** Of its standard streams; undefined: it has this program's. */
export interface Pipes {
  readonly stdin: ProgramPipe | undefined;
  readonly stdout: ProgramPipe | undefined;
}

export function start(
  [program = '', ...args]: readonly string[],
  { stdin, stdout }: Pipes,
): ChildProcess {
  const child = spawn(program, args, {
    stdio: [stdin?.theirs ?? 'inherit', stdout?.theirs ?? 'inherit', 'inherit'],
  });
  // When the program closes its own, nobody holds them any more.
  stdin?.closeTheirs();
  stdout?.closeTheirs();
  return child;
}

/** As shells count it. @throws if it could not be run */
export async function statusAtExit(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal === null ? (code ?? 0) : kSignalBase + constants.signals[signal];
}

/** Says so, and returns the exit status of a program that could not be run. */
export function notRun(program: string, error: unknown): number {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const reason = isMissing ? 'there is no such program' : errorText(error);
  complain(`smipc: '${program}' cannot be run: ${reason}\n`);
  return isMissing ? kNotFound : kNotRunnable;
}
