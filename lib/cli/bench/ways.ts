/** The ways between the two processes that are measured. */
import type { Readable, Writable } from 'node:stream';

export const kWays = ['smipc', 'socket', 'pipe'] as const;
export type Way = (typeof kWays)[number];

/** What a process holds of one way: it reads what the other one writes. */
export interface Link {
  readonly reader: Readable;
  readonly writer: Writable;
}

export type Links = Partial<Record<Way, Link>>;
