/** The channels that a command line means by a pattern. */
import { type ChannelStatus, list } from '../../index.js';
import { matchesGlob } from './glob.js';

/** Without a pattern all of them. Sorted by name. */
export function listMatching(
  pattern: string | undefined,
  dir: string | undefined,
): ChannelStatus[] {
  const all = list({ dir });
  return pattern === undefined ? all : all.filter(({ name }) => matchesGlob(name, pattern));
}
