/** The directory of the channels that a command line means. */
import { resolve } from 'node:path';
import process from 'node:process';
import type { Values } from '../grammar/command.js';

export interface Place {
  /** Absolute. */
  readonly directory: string;
  readonly chosenBy: 'option' | 'SMIPC_DIR' | 'default';
}

/** As the library chooses it. */
export function placeOf(values: Values): Place {
  const option = values.text('dir');
  if (option !== undefined) return { directory: resolve(option), chosenBy: 'option' };
  const variable = process.env.SMIPC_DIR;
  if (variable) return { directory: resolve(variable), chosenBy: 'SMIPC_DIR' };
  return { directory: `/dev/shm/smipc-${process.geteuid?.() ?? 0}`, chosenBy: 'default' };
}
