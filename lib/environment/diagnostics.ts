/**
 * What smipc tells about itself: nothing is ever printed unless NODE_DEBUG=smipc asks for it, and
 * programs can subscribe to the same events with node:diagnostics_channel.
 */
import diagnosticsChannel from 'node:diagnostics_channel';
import { debuglog } from 'node:util';

const debug = debuglog('smipc');

const kTopics = {
  /** A role was taken: `{ name, mode, capacity, framing }`. */
  open: diagnosticsChannel.channel('smipc:open'),
  /** The peer was seen for the first time: `{ name, mode }`. */
  connect: diagnosticsChannel.channel('smipc:connect'),
  /**
   * Resumable: the peer has left or died without an end, and its successor is waited for:
   * `{ name, mode, role, peer, pid, position, resumeTimeout }`.
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
   * A channel could not be opened, or failed: `{ name, mode, error }`. Time limits that a caller
   * has set, and a caller's mistakes, are not reported.
   */
  error: diagnosticsChannel.channel('smipc:error'),
};

export function report(topic: keyof typeof kTopics, event: Record<string, unknown>): void {
  if (debug.enabled) debug('%s %o', topic, event);
  if (kTopics[topic].hasSubscribers) kTopics[topic].publish(event);
}
