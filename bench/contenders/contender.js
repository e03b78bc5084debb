/**
 * What a contender is. Each file here has one or a few, and this is all that the measures know.
 *
 * A run has two processes. The first one starts the second, and measures. Bytes go _up_ from the second
 * process to the first, or _down_.
 *
 * @typedef {import('../content/index.js').Source} Source
 *
 * @typedef {object} Second the second process, as the first one sees it
 * @property {number} pid that of the first one if it is only a thread
 * @property {object} handle what started it: a ChildProcess, or a Worker
 * @property {Record<string, import('node:worker_threads').MessagePort>} [ports]
 *
 * @typedef {object} Link one direction between the two
 * @property {string} path a file name that is free, in a directory that is removed afterwards
 * @property {'up' | 'down'} direction
 * @property {number} size bytes of one write
 * @property {number} [capacity] bytes of the ring, for contenders that have one
 * @property {Second} [second] in the first process
 *
 * @typedef {object} Writer
 * @property {(source: Source) => true | Promise<unknown>} write sends the source's next chunk. A promise:
 *   to be awaited before the next one
 *
 * @typedef {object} Reader
 * @property {boolean} [inPlace] whether a chunk is memory that is not the consumer's own
 * @property {(onChunk: (chunk: Uint8Array) => void) => void} read calls back with every chunk. It may
 *   block the thread for ever
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} label
 * @property {() => Promise<string | undefined> | string | undefined} [missing] why it cannot run
 * @property {(size: number) => boolean} [carries] whether it can send so many bytes at once
 * @property {(file: string, argv: string[]) => Second} [start] how its second process is started, if
 *   not as usual
 * @property {(task: any) => [string, string[]]} [program] the program that does the whole run, if
 *   it is not Node
 * @property {(link: Link) => Promise<Writer>} openWriter
 * @property {(link: Link) => Promise<Reader>} openReader
 */
import { spawn } from 'node:child_process';

/** As the second process is usually started. @param {string} file @param {string[]} argv @returns {Second} */
export function startProcess(file, argv) {
  const child = spawn(process.execPath, [file, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { pid: child.pid ?? 0, handle: child };
}
