/** What stands under a server's name, where there is no such server. */
import { kDetailFields } from '../environment/contract.js';
import { readyAddon } from '../environment/environment.js';
import type { Mismatch } from '../failures/incompatible.js';
import { inspectStatus } from '../inspection/status.js';
import type { Terms } from './terms.js';

/** undefined: nothing that this version of smipc knows. */
export function whatIsThere({ directory, name, permissions }: Terms): Mismatch | undefined {
  const details = new Float64Array(kDetailFields.length);
  const there = inspectStatus(readyAddon(), directory, name, permissions, details);
  if (typeof there === 'number') return undefined;
  const { framing, resumable: resume } = there;
  return { there: { framing, resume }, wanted: undefined, owner: undefined };
}
