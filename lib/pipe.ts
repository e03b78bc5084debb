/**
 * What the program `smipc` needs of the addon, and users do not: the package does not export it. Node
 * has no call for it; its own pipes are sockets.
 */
import { getSystemErrorName } from 'node:util';
import { loadAddon } from './environment/addon.js';

/** The descriptors of both ends. They block, and are the caller's. */
export interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Makes a pipe of the system. @throws Error, with a code such as `EMFILE` */
export function makePipe(): Pipe {
  const ends = new Int32Array(2);
  const errno = loadAddon().makePipe(ends);
  if (errno !== 0) {
    const code = getSystemErrorName(-errno);
    throw Object.assign(new Error(`${code}: a pipe cannot be made`), { code });
  }
  const [reader = -1, writer = -1] = ends;
  return { reader, writer };
}
