/**
 * The way that is a Unix domain socket. Its file is in a new directory, which is this user's alone.
 * Its address has room for 107 bytes, and TMPDIR may be longer: Node 20 and 22 would cut the rest
 * off without a word, and bind another file. So the directory is named by a descriptor.
 */
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const addressIn = (fd: number): string => `/proc/self/fd/${fd}/socket`;

/** Waits for one connection. */
export class Listener {
  /** Whoever connects needs it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'smipc-bench-'));
  readonly #fd = openSync(this.folder, 'r');
  readonly #server: Server = createServer();
  readonly #connection: Promise<Socket>;
  #isClosed = false;

  constructor() {
    // Before anybody connects, and whether or not somebody waits for it then.
    this.#connection = once(this.#server, 'connection').then(([socket]) => socket as Socket);
    this.#connection.catch(() => {});
    this.#server.listen(addressIn(this.#fd));
  }

  async accept(): Promise<Socket> {
    const socket = await this.#connection;
    this.close();
    return socket;
  }

  /** Leaves no file behind. A connection lasts. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Removes the socket's file by its address; so the descriptor goes after it.
    this.#server.close();
    closeSync(this.#fd);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Connects to who listens in that directory. */
export async function connectIn(folder: string): Promise<Socket> {
  const fd = openSync(folder, 'r');
  try {
    const socket = connect(addressIn(fd));
    await once(socket, 'connect');
    return socket;
  } finally {
    closeSync(fd);
  }
}
