/** What a reader's side takes its values from. There is one for each way of reading. */
import type { kEnd, kNotYet } from '../endpoint/read-end.js';
import type { Wait } from '../environment/contract.js';

/** What may happen now to the memory of the value that was handed out last. */
export const Reuse = {
  /** Nothing, now or later: it is the consumer's. */
  Never: 0,
  /** Nothing yet: it is on its way, or the consumer is not done with it. */
  NotYet: 1,
  /** It may be used again, once the value has been emptied: nobody should look at it any more. */
  Emptied: 2,
  /** It may be used again: nobody will look at the value any more. */
  Free: 3,
} as const;
export type Reuse = (typeof Reuse)[keyof typeof Reuse];

/**
 * Where the next value is to come from: chunks (chunk-source.ts), messages (message-source.ts,
 * whole-message-source.ts), or counts of bytes in the consumer's own memory (buffer-source.ts).
 */
export interface Source<Value extends Uint8Array | number> {
  /**
   * Takes the next value out of the ring.
   *
   * The answer is the native call's own: in every source a number that is not above 0 stands for no
   * value, so it need not be translated on its way to the stream.
   *
   * @param mostBytes how much may be taken. A chunk is no larger; of a message that is larger, a
   *   part is taken out of the ring and kept. 0, for messages only: nothing, so that the value is
   *   one that was taken out before, together with others.
   * @param wait what is to happen if there is none: Wait.Return, or Wait.Arm
   * @returns the value; kNotYet: there is none, and with Wait.Arm the endpoint will be woken (unless
   *   `mostBytes` have been taken); kEnd: there will be none
   */
  next(mostBytes: number, wait: Wait): Value | typeof kNotYet | typeof kEnd;
}
