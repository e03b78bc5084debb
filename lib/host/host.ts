/**
 * What the library uses of its host that other code may replace: test runners above all put clocks
 * and timers of their own in the place of globals and of what `node:` modules export. It is taken
 * once, when the library is loaded, so that a later replacement changes nothing here, and from
 * where it is replaced least; docs/fake-timers.md says which replacements still matter.
 *
 * Not `import { setTimeout } from 'node:timers'`: such a name changes with the module
 * (`syncBuiltinESMExports()`).
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import webStreams from 'node:stream/web';
import timers from 'node:timers';
import { scheduler } from 'node:timers/promises';

export const { setTimeout, clearTimeout } = timers;
const { setImmediate } = timers;

/** Node's process.nextTick, which Node's own streams use, too. */
export const nextTick = process.nextTick.bind(process);

/** Milliseconds of performance.now(): a fast clock, for what is asked at each chunk. */
export const now = performance.now.bind(performance);

export const { AbortController, Date, structuredClone } = globalThis;
export const { ReadableStream, WritableStream } = webStreams;

/**
 * Throws an exception of the user's code later, as an uncaught one, so that the caller can go on.
 */
export function throwLater(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}

function run(task: () => void): void {
  try {
    task();
  } catch (error) {
    throwLater(error);
  }
}

const kResolved = Promise.resolve();

/**
 * Calls `task` before the event loop goes on. By a promise, because `process.nextTick` and
 * `queueMicrotask` may have been replaced before the library was loaded.
 */
export function later(task: () => void): void {
  void kResolved.then(() => run(task));
}

/** scheduler.yield() of Node, which no test runner replaces; setImmediate where it is missing. */
const letLoopTurn: () => Promise<unknown> =
  typeof scheduler?.yield === 'function'
    ? scheduler.yield.bind(scheduler)
    : () => new Promise((resolve) => setImmediate(resolve));

/** Calls `task` when the event loop has had a turn. It is kept alive until then. */
export function afterLoopTurn(task: () => void): void {
  void letLoopTurn().then(() => run(task));
}

/** undefined: that is not known yet. */
let isNextTickReal: boolean | undefined;

/** A fake that was there before the library waits until its test moves it on. */
function probeNextTick(): void {
  let isCalled = false;
  nextTick(() => {
    isCalled = true;
  });
  afterLoopTurn(() => {
    isNextTickReal = isCalled;
  });
}

/**
 * Calls `task` when the ticks and microtasks that are due have run, those that they cause included,
 * before the event loop goes on; or, if `process.nextTick` is a fake, after a turn of the loop.
 */
export function afterTicks(task: () => void): void {
  if (isNextTickReal === true) {
    // Out of a microtask: a tick runs when there are no more of them.
    void kResolved.then(() => nextTick(run, task));
    return;
  }
  if (isNextTickReal === undefined) probeNextTick();
  afterLoopTurn(task);
}
