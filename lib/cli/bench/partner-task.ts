/** What the two processes tell each other: the task is an argument, the rest are messages. */
import type { ChannelPlace } from './channels.js';
import type { Way } from './ways.js';

/** What the partner is started with. */
export interface PartnerTask {
  readonly channels: ChannelPlace;
  /** The directory of the socket; undefined: that is not measured. */
  readonly socketFolder: string | undefined;
}

/**
 * From the partner: all its links are open, and from then on it answers on each of them; or why they
 * are not. Then it waits to be ended.
 */
export type Readiness = { readonly isReady: true } | { readonly failure: string };

/** To the partner: so many writes of that size. */
export interface Order {
  readonly way: Way;
  readonly size: number;
  readonly count: number;
}
