/** Pipes: a child's standard streams, and a FIFO. */
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { streamReader, streamWriter } from './streams.js';

const kBufferBytes = 64 * 1024;

/** @type {import('./contender.js').Contender} */
export const stdio = {
  name: 'stdio',
  label: "child's stdio pipe",
  start(file, argv) {
    const child = spawn(process.execPath, [file, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
    return { pid: child.pid ?? 0, handle: child };
  },
  openWriter: async ({ second }) => {
    const child = /** @type {import('node:child_process').ChildProcess | undefined} */ (
      second?.handle
    );
    return streamWriter(child?.stdin ?? process.stdout);
  },
  openReader: async ({ second }) => {
    const child = /** @type {import('node:child_process').ChildProcess | undefined} */ (
      second?.handle
    );
    return streamReader(child?.stdout ?? process.stdin);
  },
};

/** @type {import('./contender.js').Contender} */
export const fifo = {
  name: 'fifo',
  label: 'FIFO, fs streams',
  async openWriter({ path }) {
    while (!existsSync(path)) await delay(2);
    return streamWriter(createWriteStream(path, { highWaterMark: kBufferBytes }));
  },
  async openReader({ path }) {
    // The reader makes it: under another name first, so that the writer never makes a plain file.
    execFileSync('mkfifo', [`${path}.new`]);
    renameSync(`${path}.new`, path);
    return streamReader(createReadStream(path, { highWaterMark: kBufferBytes }));
  },
};
