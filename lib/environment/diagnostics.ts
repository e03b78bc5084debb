/**
 * What smipc tells about itself: nothing is ever printed unless NODE_DEBUG=smipc asks for it, and
 * programs can subscribe to the same events with node:diagnostics_channel.
 */
import diagnosticsChannel from 'node:diagnostics_channel';
import process from 'node:process';
import { debuglog, inspect } from 'node:util';
import { roleOf } from './roles.js';

const debug = debuglog('smipc');

let isOn: boolean | undefined;

/**
 * Whether NODE_DEBUG asks for lines. `debug.enabled` would say it, but Bun 1.4 has no such property, and
 * in Deno 2 it depends on what was loaded before. Asked once.
 */
export function isDebugging(): boolean {
  isOn ??= asksForUs(requested());
  return isOn;
}

function requested(): string {
  try {
    return process.env.NODE_DEBUG ?? '';
  } catch {
    // Deno: a program that may not read it has not asked for lines.
    return '';
  }
}

/** As Node reads it: names with commas between, in which `*` stands for anything. */
function asksForUs(list: string): boolean {
  const literal = list.replace(/[|\\{}()[\]^$+?.]/g, '\\$&');
  const pattern = literal.replaceAll('*', '.*').replaceAll(',', '$|^');
  return new RegExp(`^${pattern}$`, 'i').test('smipc');
}

const kTopics = {
  /** A role was taken: `{ name, mode, capacity, framing, directory }`. */
  open: diagnosticsChannel.channel('smipc:open'),
  /** The peer was seen for the first time: `{ name, mode }`. */
  connect: diagnosticsChannel.channel('smipc:connect'),
  /**
   * Resumable: the peer has left or died without an end, and its successor is waited for:
   * `{ name, mode, role, peer, pid, position, messages, resumeTimeout }`.
   */
  disconnect: diagnosticsChannel.channel('smipc:disconnect'),
  /**
   * Resumable: a role was taken over, this end's own (at its opening) or the peer's:
   * `{ name, mode, role, position, messages, takeovers }`.
   */
  resumed: diagnosticsChannel.channel('smipc:resumed'),
  /**
   * Another opener wanted another framing or another `resume`, and was turned away:
   * `{ name, mode, role, framing, resume, pid }`, of which the last four are the opener's.
   */
  refused: diagnosticsChannel.channel('smipc:refused'),
  /** A role was left: `{ name, mode, position, ended }`. */
  close: diagnosticsChannel.channel('smipc:close'),
  /**
   * A channel could not be opened, or failed, or a message made its stream fail:
   * `{ name, mode, error }`. Time limits that a caller has set, and a caller's mistakes, are not
   * reported.
   */
  error: diagnosticsChannel.channel('smipc:error'),
};

export function report(topic: keyof typeof kTopics, event: Record<string, unknown>): void {
  if (isDebugging()) debug('%s %s', topic, inLine(event));
  if (kTopics[topic].hasSubscribers) kTopics[topic].publish(event);
}

/** What an end, or an opener, has been waiting for, in words. Only as a line, for people. */
export function reportWait(
  { name, mode, directory }: { name: string; mode: 'r' | 'w'; directory: string },
  text: string,
): void {
  debug("wait '%s' (%s): %s (in %s)", name, roleOf(mode), text, directory);
}

/** What an iteration over watch() waits for, in words. */
export function reportIdleWatch(directory: string, text: string): void {
  debug('watch: %s (%s)', text, directory);
}

/** An event in one line. Of an error its message, which says all that the program will be told. */
function inLine(event: Record<string, unknown>): string {
  const { error } = event;
  const shown = error instanceof Error ? { ...event, error: error.message } : event;
  return inspect(shown, { breakLength: Number.POSITIVE_INFINITY });
}
