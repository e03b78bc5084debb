/**
 * What the trial tells: a program of its own (trial-program.ts), because what is wrong may end it. It
 * writes a line of JSON for each step that it begins, and for what it has seen.
 */
import type { ChannelStatus } from '../../index.js';

/** The steps, in their order. */
export const kSteps = ['load', 'look', 'knock', 'open', 'carry', 'done'] as const;
export type Step = (typeof kSteps)[number];

export interface Refusal {
  readonly code: string;
  /** With its code in front, and what to do. */
  readonly message: string;
}

/** What was seen; what is missing was not reached, or this system does not show it. */
export interface Sights {
  /** The version of this smipc, which is its addon's, too. */
  version?: string;
  /** The file of the addon. */
  addon?: string;
  /** Why the addon was not loaded. */
  loadRefusal?: Refusal;
  /** Why nothing can be opened in the directory. */
  directoryRefusal?: Refusal;
  /** The channels in the directory. */
  channels?: ChannelStatus[];
  /** What begins as a channel does, and is none. */
  damaged?: string[];
  /** Why a channel cannot be made in a directory of the trial's own, beside or in the other one. */
  openRefusal?: Refusal;
  /** How roles are held. */
  roleScheme?: 'robust-lists' | 'file-locks';
  /** Whether an event loop listens to a FIFO. */
  hasBell?: boolean;
  /** Whether one thread waits for several channels. */
  waitsTogether?: boolean;
  /** Whether `peek` and `reserve` show the ring itself. */
  zeroCopy?: boolean;
  /** Whether the channel's file was made without a name. */
  isNameless?: boolean;
  /** What failed when bytes were to go through a channel. */
  carryRefusal?: Refusal;
  /** Bytes that went through a channel, and were the same at its end. */
  carriedBytes?: number;
}

/** A line of the program's output. */
export type News = { readonly begins: Step } | { readonly sees: Sights };

/** How the trial went. */
export interface Trial extends Sights {
  /** The last step that it began; undefined: it did not start. */
  readonly step?: Step | undefined;
  /** What ended it before it was done: a signal's name, or a sentence. */
  readonly end?: string | undefined;
  /** With which SMIPC_FALLBACK it gets further, if a system call ended it. */
  readonly remedy?: string | undefined;
}
