/** What a check of `smipc doctor` is, and what it finds. checks.ts has them all. */
import type { Place } from '../channels/directory.js';
import type { Trial } from './trial-report.js';

/**
 * `failed`: channels do not work, or will not. `warning`: they do, but something may surprise.
 * `unknown`: this system does not say.
 */
export type Verdict = 'ok' | 'warning' | 'failed' | 'unknown';

export interface Finding {
  readonly verdict: Verdict;
  /** What was seen: a sentence without a full stop. */
  readonly reason: string;
  /** What to do about it, in the same form. */
  readonly advice?: string;
  /** What does that, for a shell. */
  readonly command?: string;
}

/** What the checks look at. */
export interface Scene extends Place {
  /** Bytes of the ring that there is to be room for. */
  readonly capacity: number;
  /** What a program saw that uses channels. It is run once, when the first check asks. */
  trial(): Promise<Trial>;
}

export interface Check {
  /** Stable: scripts and docs/doctor.md name it. */
  readonly id: string;
  /** May throw: what cannot be found out is unknown. */
  examine(scene: Scene): Finding | Promise<Finding>;
}

type Cure = Pick<Finding, 'advice' | 'command'>;

export const ok = (reason: string): Finding => ({ verdict: 'ok', reason });
export const unknown = (reason: string): Finding => ({ verdict: 'unknown', reason });
export const warning = (reason: string, cure: Cure = {}): Finding => ({
  verdict: 'warning',
  reason,
  ...cure,
});
export const failed = (reason: string, cure: Cure = {}): Finding => ({
  verdict: 'failed',
  reason,
  ...cure,
});
