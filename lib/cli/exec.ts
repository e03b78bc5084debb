/** `smipc exec`: a program with its standard streams on channels. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { createReadStream, createWriteStream } from '../index.js';
import type { Run, Values } from './command.js';
import { ExitCode, kSignalBase } from './exit-codes.js';
import { complain } from './terminal.js';
import { UsageError } from './usage-error.js';

const kForwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const run: Run = async ({ command, values }) => {
  const stdin = values.text('stdin');
  const stdout = values.text('stdout');
  if (stdin === undefined && stdout === undefined) {
    throw new UsageError('exec needs --stdin, --stdout, or both');
  }
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: [
      stdin === undefined ? 'inherit' : 'pipe',
      stdout === undefined ? 'inherit' : 'pipe',
      'inherit',
    ],
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of kForwarded) process.on(signal, forward);
  const flows: Promise<void>[] = [];
  if (child.stdin !== null && stdin !== undefined) flows.push(feed(stdin, child.stdin, values));
  if (child.stdout !== null && stdout !== undefined) {
    flows.push(drain(child.stdout, stdout, values, () => child.kill('SIGPIPE')));
  }
  let status: number;
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    status = signal === null ? (code ?? 0) : kSignalBase + constants.signals[signal];
  } catch (error) {
    // As shells say it.
    complain(`smipc: ${(error as Error).message}\n`);
    status = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 127 : 126;
    child.stdin?.destroy();
    child.stdout?.destroy();
  } finally {
    for (const signal of kForwarded) process.off(signal, forward);
  }
  const failures = await Promise.allSettled(flows);
  const isBroken = failures.some(({ status: how }) => how === 'rejected');
  return status === ExitCode.Done && isBroken ? ExitCode.Failed : status;
};

const streamOptions = (values: Values) => ({ dir: values.text('dir'), wait: values.isSet('wait') });

/** From a channel to the program. The channel's death is told, and ends what the program reads. */
async function feed(name: string, target: Writable, values: Values): Promise<void> {
  const reader = createReadStream(name, streamOptions(values));
  // A program need not read all of it: then the writer is told as when a pipe is closed.
  target.on('error', () => reader.destroy());
  target.on('close', () => reader.destroy());
  try {
    for await (const chunk of reader) {
      if (!target.write(chunk)) await Promise.race([once(target, 'drain'), once(target, 'close')]);
      if (target.destroyed) return;
    }
  } catch (error) {
    if (target.destroyed) return;
    complain(`smipc: ${(error as Error).message}\n`);
    throw error;
  } finally {
    target.end();
  }
}

/** From the program to a channel, which is ended if the program ends its output. */
async function drain(
  source: Readable,
  name: string,
  values: Values,
  stop: () => void,
): Promise<void> {
  const writer = createWriteStream(name, streamOptions(values));
  const failed = once(writer, 'error').then(([error]) => {
    complain(`smipc: ${(error as Error).message}\n`);
    stop();
    source.destroy();
    throw error;
  });
  const piped = (async () => {
    for await (const chunk of source) if (!writer.write(chunk)) await once(writer, 'drain');
    writer.end();
    await once(writer, 'finish');
  })();
  await Promise.race([piped, failed]);
}
