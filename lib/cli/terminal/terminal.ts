/**
 * stdout and stderr. stdout is data; everything else goes to stderr. Node ignores SIGPIPE, so a
 * reader of stdout that has gone is an error of the stream, which comes later.
 */
import { Buffer } from 'node:buffer';
import { fstatSync, writeSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { ExitCode } from '../grammar/exit-codes.js';
import { endIfHungUp } from './hang-up.js';

const kDefaultWidth = 80;
const kStdout = 1;
let failedStatus: number | undefined;
let isQuiet = false;

/**
 * Node's own, once something is to be written there: it makes a pipe non-blocking for all that share
 * it.
 */
function standardOutput(): NodeJS.WriteStream {
  const { stdout } = process;
  if (!stdout.listeners('error').includes(outputFailed)) stdout.on('error', outputFailed);
  return stdout;
}

function standardError(): NodeJS.WriteStream {
  const { stderr } = process;
  // What it cannot say is said by the exit status.
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore);
  return stderr;
}

function ignore(): void {}

/** It may come when the command is done, and its exit status is set. */
function outputFailed(error: NodeJS.ErrnoException): void {
  endIfHungUp();
  const isClosed = error.code === 'EPIPE';
  if (!isClosed) complain(`smipc: stdout: ${error.message}\n`);
  failedStatus ??= isClosed ? ExitCode.OutputClosed : ExitCode.Failed;
  process.exitCode = failedStatus;
}

/** The exit status, if stdout has failed, whatever else went well; nobody gets what is written now. */
export function outputStatus(): number | undefined {
  return failedStatus;
}

/** From now on nothing is written to stderr. */
export function beQuiet(): void {
  isQuiet = true;
}

/** Writes to stdout. */
export function show(text: string): void {
  if (isWaitable(kStdout)) standardOutput().write(text);
  else writeWhole(kStdout, Buffer.from(text));
}

/** Writes to stderr. */
export function complain(text: string): void {
  if (!isQuiet) standardError().write(text);
}

/**
 * Whether it is a terminal, a pipe or a socket, which libuv waits for without a thread. If stdin or
 * stdout is something else, Node's own streams will not do: a directory is an empty stdin to it, and
 * what a full disk has taken a part of counts as written (findings/stdout-short-write.sh).
 */
export function isWaitable(fd: number): boolean {
  const stats = fstatSync(fd);
  return isatty(fd) || stats.isFIFO() || stats.isSocket();
}

function writeWhole(fd: number, bytes: Buffer): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  } catch (error) {
    // A terminal that has gone looks like none.
    endIfHungUp();
    throw new Error(`stdout: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether the terminal's locale says that it takes more than ASCII, as setlocale(3) finds it. */
export function isUnicode(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/** Columns of the terminal that stdout is, or that stderr is. */
export function terminalWidth(): number {
  return process.stdout.columns || process.stderr.columns || kDefaultWidth;
}
