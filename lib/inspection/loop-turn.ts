/** The event loop's turn, between things that take long together. */
import { afterLoopTurn } from '../host/host.js';

/** How long, in milliseconds, it may have to wait for it. */
export const kTurnMs = 2;

/** Resolves when the event loop has had a turn, and keeps it alive until then. */
export const loopTurn = (): Promise<void> => new Promise((resolve) => afterLoopTurn(resolve));
