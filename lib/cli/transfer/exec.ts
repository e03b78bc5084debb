/** `smipc exec`: a program with its standard streams on channels. */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import process from 'node:process';
import { finished } from 'node:stream/promises';
import {
  type Channel,
  type ChannelWriteStream,
  createWriteStream,
  openChannel,
} from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { isInForeground } from '../terminal/foreground.js';
import { type EndingSignal, endBy, kEndingSignals } from '../terminal/signals.js';
import { complain } from '../terminal/terminal.js';
import { StreamOutput } from './output.js';
import { Pace } from './pace.js';
import { ProgramPipe } from './pipe.js';
import { notRun, type Pipes, start, statusAtExit } from './program.js';
import { Receiving } from './receiving.js';
import { PipeSource } from './sources.js';
import { destroyed, put } from './streaming.js';

const kInputName = "the program's stdin";

export const run: Run = async ({ command, values }) => {
  const ends = await openEnds(values);
  const execution = new Execution(ends);
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
  readonly #flows: Promise<void>[] = [];
  #child: ChildProcess | undefined;
  #receiving: Receiving | undefined;
  /** The first failure of a channel. */
  #failure: unknown;
  #hasExited = false;

  constructor(ends: Ends) {
    this.#ends = ends;
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
    const pipes = this.#makePipes();
    let status: number;
    try {
      const child = start(command, pipes);
      this.#child = child;
      this.#connect(pipes);
      status = await statusAtExit(child);
    } catch (error) {
      // Of a program that cannot be run, some of Node's errors are thrown, and some are events.
      status = notRun(command[0] ?? '', error);
    } finally {
      for (const pipe of Object.values(pipes)) pipe?.release();
    }
    this.#hasExited = true;
    // It need not have read everything.
    this.#receiving?.stop();
    await Promise.all(this.#flows);
    // A cut stream is never taken for a whole one: as with a shell's `pipefail`.
    if (status === ExitCode.Done && this.#failure === undefined) await this.#end();
    await closeEnds(this.#ends);
    // It was ended as this process was asked to end.
    const signal = kEndingSignals.find((one) => one === this.#child?.signalCode);
    if (signal !== undefined) endBy(signal);
    return status === ExitCode.Done && this.#failure !== undefined
      ? statusOf(this.#failure)
      : status;
  }

  #makePipes(): Pipes {
    const { reader, writer } = this.#ends;
    return {
      stdin: reader === undefined ? undefined : new ProgramPipe('read'),
      stdout: writer === undefined ? undefined : new ProgramPipe('write'),
    };
  }

  /** What flows to the program and from it. */
  #connect({ stdin, stdout }: Pipes): void {
    const { reader, writer } = this.#ends;
    if (reader !== undefined && stdin !== undefined) {
      this.#flows.push(this.#feed(reader, stdin.takeOurs()));
    }
    if (writer !== undefined && stdout !== undefined) {
      this.#flows.push(this.#drain(stdout.takeOurs(), writer));
    }
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
    const output = new StreamOutput(kInputName, target, false);
    this.#receiving = new Receiving(reader, output, new Pace());
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
    const pace = new Pace();
    writer.once('close', () => source.stop());
    try {
      for (;;) {
        const chunk = await source.next();
        if (chunk === undefined) break;
        await put(writer, [chunk]);
        await pace.moved(chunk.length);
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

/** Passes signals on to the program. Returns what undoes it. */
function forwardSignals(execution: Execution): () => void {
  const forward = (signal: EndingSignal): void => void execution.kill(signal);
  for (const signal of kEndingSignals) process.on(signal, forward);
  return () => {
    for (const signal of kEndingSignals) process.off(signal, forward);
  };
}
