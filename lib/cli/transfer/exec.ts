/** `smipc exec`: a program with its standard streams on channels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import process from 'node:process';
import { finished } from 'node:stream/promises';
import {
  type Channel,
  type ChannelWriteStream,
  createWriteStream,
  openChannel,
} from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode, kSignalBase, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { isInForeground } from '../terminal/foreground.js';
import { type EndingSignal, endBy, kEndingSignals } from '../terminal/signals.js';
import { complain } from '../terminal/terminal.js';
import { StreamOutput } from './output.js';
import { Pace } from './pace.js';
import { makePipe } from './pipe.js';
import { Receiving } from './receiving.js';
import { PipeSource } from './sources.js';
import { destroyed, put } from './streaming.js';

/** As shells say that a program could not be run. */
const kNotFound = 127;
const kNotRunnable = 126;
const kStdin = "the program's stdin";

export const run: Run = async ({ command, values }) => {
  const ends = await openEnds(values);
  const execution = new Execution(ends, values);
  const undo = forwardSignals(execution);
  try {
    return await execution.run(command);
  } finally {
    undo();
  }
};

interface Ends {
  readonly reader: Channel | undefined;
  readonly writer: ChannelWriteStream | undefined;
}

/** Before the program is started: if one cannot be opened, it is not. */
async function openEnds(values: Values): Promise<Ends> {
  const stdin = values.text('stdin');
  const stdout = values.text('stdout');
  if (stdin === undefined && stdout === undefined) {
    throw new UsageError('exec needs --stdin, --stdout, or both');
  }
  const options = { dir: values.text('dir'), wait: values.isSet('wait') };
  const writer = stdout === undefined ? undefined : createWriteStream(stdout, options);
  // Whoever waits for it is told, too.
  writer?.on('error', () => {});
  let reader: Channel | undefined;
  try {
    if (stdin !== undefined) reader = await openChannel(stdin, 'r', options);
    await writer?.opened();
  } catch (error) {
    await closeEnds({ reader, writer });
    throw error;
  }
  return { reader, writer };
}

async function closeEnds({ reader, writer }: Ends): Promise<void> {
  await reader?.close();
  if (writer !== undefined) await destroyed(writer);
}

class Execution {
  readonly #ends: Ends;
  readonly #pace: Pace;
  readonly #flows: Promise<void>[] = [];
  #child: ChildProcess | undefined;
  #receiving: Receiving | undefined;
  /** The first failure of a channel. */
  #failure: unknown;
  #hasExited = false;

  constructor(ends: Ends, values: Values) {
    this.#ends = ends;
    this.#pace = new Pace(values);
  }

  /** Passes a signal on to the program; if that is gone, ends what is still under way. */
  async kill(signal: EndingSignal): Promise<void> {
    if (!this.#hasExited) {
      // What is typed at a terminal goes to all processes in its foreground: the program has it.
      if (signal !== 'SIGINT' || isInForeground() !== true) this.#child?.kill(signal);
      return;
    }
    await closeEnds(this.#ends);
    endBy(signal);
  }

  /** Returns the exit status. */
  async run(command: readonly string[]): Promise<number> {
    const child = this.#start(command);
    const status = await statusAtExit(child);
    this.#hasExited = true;
    // It need not have read everything.
    this.#receiving?.stop();
    await Promise.all(this.#flows);
    // A cut stream is never taken for a whole one: as with a shell's `pipefail`.
    if (status === ExitCode.Done && this.#failure === undefined) await this.#end();
    await closeEnds(this.#ends);
    // It was ended as this process was asked to end.
    const signal = kEndingSignals.find((one) => one === child.signalCode);
    if (signal !== undefined) endBy(signal);
    return status === ExitCode.Done && this.#failure !== undefined
      ? statusOf(this.#failure)
      : status;
  }

  /** Starts the program, and what flows to it and from it. */
  #start([program = '', ...args]: readonly string[]): ChildProcess {
    const { reader, writer } = this.#ends;
    const stdin = reader === undefined ? undefined : makePipe('read');
    const stdout = writer === undefined ? undefined : makePipe('write');
    const child = spawn(program, args, {
      stdio: [stdin?.theirs ?? 'inherit', stdout?.theirs ?? 'inherit', 'inherit'],
    });
    this.#child = child;
    // When the program closes its own, nobody holds them any more.
    for (const pipe of [stdin, stdout]) if (pipe !== undefined) closeSync(pipe.theirs);
    if (reader !== undefined && stdin !== undefined) {
      this.#flows.push(this.#feed(reader, stdin.ours));
    }
    if (writer !== undefined && stdout !== undefined) {
      this.#flows.push(this.#drain(stdout.ours, writer));
    }
    return child;
  }

  async #end(): Promise<void> {
    const { writer } = this.#ends;
    if (writer === undefined) return;
    try {
      writer.end();
      await finished(writer);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** From a channel to the program. */
  async #feed(reader: Channel, fd: number): Promise<void> {
    const target = new Socket({ fd, readable: false, writable: true });
    const output = new StreamOutput(kStdin, target, false);
    this.#receiving = new Receiving(reader, output, this.#pace);
    try {
      await this.#receiving.done();
    } catch (error) {
      // If it is the program that does not read on, the writer is told, as that of a pipe is.
      if (output.failure === undefined) this.#fail(error);
    }
    await reader.close();
    target.end();
  }

  /** From the program to a channel. If the reader has gone, the program finds its stdout closed. */
  async #drain(fd: number, writer: ChannelWriteStream): Promise<void> {
    const source = new PipeSource(fd);
    writer.once('close', () => source.stop());
    try {
      for (;;) {
        const chunk = await source.next();
        if (chunk === undefined) break;
        await put(writer, [chunk]);
        await this.#pace.moved(chunk.length);
      }
    } catch {
      // It was destroyed: the writer's error says why.
    }
    if (writer.errored !== null) this.#fail(writer.errored);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    complain(`smipc: ${(error as Error).message}\n`);
  }
}

/** As shells count it. */
async function statusAtExit(child: ChildProcess): Promise<number> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return signal === null ? (code ?? 0) : kSignalBase + constants.signals[signal];
  } catch (error) {
    complain(`smipc: ${(error as Error).message}\n`);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? kNotFound : kNotRunnable;
  }
}

/** Passes signals on to the program. Returns what undoes it. */
function forwardSignals(execution: Execution): () => void {
  const forward = (signal: EndingSignal): void => void execution.kill(signal);
  for (const signal of kEndingSignals) process.on(signal, forward);
  return () => {
    for (const signal of kEndingSignals) process.off(signal, forward);
  };
}
