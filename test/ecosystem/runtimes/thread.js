// A part of a scenario in a worker thread: see program.js.
import { parentPort, workerData } from 'node:worker_threads';
import { parts } from './parts.js';

const { part, parameters } = workerData;
// Not awaited: V8 aborts the process if a thread is terminated while a module with a top-level await is
// evaluated (https://github.com/denoland/deno/issues/12658).
void Promise.resolve(parts[part]?.(parameters, (said) => parentPort?.postMessage(said)));
