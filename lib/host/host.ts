/**
 * What the library needs of its host and others replace: test runners above all, which put clocks and
 * timers of their own in the place of globals and of what `node:` modules export. It is taken once, when
 * the library is loaded, so that what is replaced later changes nothing here. Of the ways there are, it
 * takes those that nobody replaces; docs/fake-timers.md says what is left.
 *
 * Not `import { setTimeout } from 'node:timers'`: such a name follows the module
 * (`syncBuiltinESMExports()`).
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import webStreams from 'node:stream/web';
import timers from 'node:timers';
import { scheduler } from 'node:timers/promises';

export const { setTimeout, clearTimeout } = timers;
const { setImmediate } = timers;

/** As process.nextTick. Node's own streams need that one, too. */
export const nextTick = process.nextTick.bind(process);

/** Milliseconds, as performance.now(): fast, for what is asked at each chunk. */
export const now = performance.now.bind(performance);

export const { AbortController, Date, FinalizationRegistry, structuredClone, WeakRef } = globalThis;
export const { ReadableStream, WritableStream } = webStreams;

/** Makes an exception of the user's an uncaught one, without ending what is going on. */
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

/** Node's, which no test runner replaces; setImmediate where a runtime lacks it. */
const letLoopTurn: () => Promise<unknown> =
  typeof scheduler?.yield === 'function'
    ? scheduler.yield.bind(scheduler)
    : () => new Promise((resolve) => setImmediate(resolve));

/** Calls `task` when the event loop has had a turn. It is kept alive until then. */
export function afterLoopTurn(task: () => void): void {
  void letLoopTurn().then(() => run(task));
}
