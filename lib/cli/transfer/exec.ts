/** `smipc exec`: a program with its standard streams on channels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  type ChannelReadStream,
  type ChannelWriteStream,
  createReadStream,
  createWriteStream,
} from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode, kSignalBase, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { type EndingSignal, endBy, kEndingSignals } from '../terminal/signals.js';
import { complain } from '../terminal/terminal.js';
import { destroyed } from './streaming.js';

/** As shells say that a program could not be run. */
const kNotFound = 127;
const kNotRunnable = 126;

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
  readonly reader: ChannelReadStream | undefined;
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
  const reader = stdin === undefined ? undefined : createReadStream(stdin, options);
  const writer = stdout === undefined ? undefined : createWriteStream(stdout, options);
  // Whoever waits for them is told, too.
  for (const end of [reader, writer]) end?.on('error', () => {});
  try {
    await Promise.all([reader?.opened(), writer?.opened()]);
  } catch (error) {
    await closeEnds({ reader, writer });
    throw error;
  }
  return { reader, writer };
}

async function closeEnds({ reader, writer }: Ends): Promise<void> {
  if (reader !== undefined) await destroyed(reader);
  if (writer !== undefined) await destroyed(writer);
}

class Execution {
  readonly #ends: Ends;
  #child: ChildProcess | undefined;
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
      if (signal !== 'SIGINT' || !isInForeground()) this.#child?.kill(signal);
      return;
    }
    await closeEnds(this.#ends);
    endBy(signal);
  }

  /** Returns the exit status. */
  async run([program = '', ...args]: readonly string[]): Promise<number> {
    const { reader, writer } = this.#ends;
    const stdio = (end: unknown) => (end === undefined ? 'inherit' : 'pipe');
    const child = spawn(program, args, { stdio: [stdio(reader), stdio(writer), 'inherit'] });
    this.#child = child;
    const flows: Promise<void>[] = [];
    if (reader !== undefined) flows.push(this.#feed(reader, child.stdin as Writable));
    if (writer !== undefined) flows.push(this.#drain(child.stdout as Readable, writer));
    const status = await statusAtExit(child);
    this.#hasExited = true;
    await Promise.all(flows);
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

  /** From a channel to the program, which need not read all of it. */
  async #feed(reader: ChannelReadStream, target: Writable): Promise<void> {
    // As when the reader of a pipe closes it: the writer is told.
    target.on('error', () => {});
    target.on('close', () => reader.destroy());
    try {
      for await (const chunk of reader) {
        if (target.destroyed) return;
        if (!target.write(chunk)) await drained(target);
      }
    } catch (error) {
      if (!target.destroyed) this.#fail(error);
    } finally {
      target.end();
    }
  }

  /** From the program to a channel. If the reader has gone, the program finds its stdout closed. */
  async #drain(source: Readable, writer: ChannelWriteStream): Promise<void> {
    writer.once('error', () => source.destroy());
    try {
      for await (const chunk of source) if (!writer.write(chunk)) await drained(writer);
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

/** Settles when there is room, or it is closed. */
async function drained(target: Writable): Promise<void> {
  if (target.destroyed) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      target.off('drain', settle).off('close', settle);
      resolve();
    };
    target.on('drain', settle).on('close', settle);
  });
}

/** As shells count it. */
async function statusAtExit(child: ChildProcess): Promise<number> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return signal === null ? (code ?? 0) : kSignalBase + constants.signals[signal];
  } catch (error) {
    complain(`smipc: ${(error as Error).message}\n`);
    child.stdin?.destroy();
    child.stdout?.destroy();
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

/** Whether this process belongs to the foreground job of a terminal. */
function isInForeground(): boolean {
  try {
    // proc(5): behind the name, which is in parentheses: state, ppid, pgrp, session, tty_nr, tpgid.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}
