/**
 * The bells of this environment: in each directory with channels one that Node's event loop listens
 * to itself, so that a peer wakes it without a thread in between. native/platform/bell.h has the
 * other half. Only this file knows what the loop listens to: the descriptor of a FIFO.
 *
 * Whether a loop listens shows only when it hears. So a new bell has a token in it, and peers use it
 * once that has been heard; until then they wake the channels at their futexes.
 */
import type { AsyncResource } from 'node:async_hooks';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout } from '../host/host.js';
import type { Addon } from './addon.js';

/**
 * A token, which a peer writes to wake a channel, is the channel's id in four bytes. The first one in
 * a bell is 0, the id of none.
 */
const kTokenBytes = 4;
const kMostTokens = 1024;
/**
 * How long a bell stays without users, in milliseconds: who opens one channel after another makes
 * one bell and one lifeline. Their files are in the directory until then.
 */
const kIdleMs = 100;

/** Where a bell is to be, for whom, and whether its directory may be created. */
export interface BellPlace {
  readonly directory: string;
  permissions: number;
  create: 'auto' | 'always' | 'never';
}

/**
 * Gets the tokens written into a bell; null if they were no whole tokens, as no sound peer writes.
 */
export type BellListener = (tokens: Uint32Array | null) => void;

/**
 * One directory's. It is there as long as it has users, and a while longer, as the lifeline there
 * is. Data only: see Shared in environment.ts.
 */
export interface Bell {
  readonly directory: string;
  readonly permissions: number;
  readonly socket: Socket;
  /** Who has acquired it, and not released it. */
  users: number;
}

/** The bells of an environment. */
export interface BellTable {
  mayUse: boolean;
  readonly byDirectory: Map<string, Bell>;
  /** The one without users, if there is one: no second one is kept. */
  idle: Bell | undefined;
  /** How often a bell has become idle. */
  idleCount: number;
  /** A timer runs, at whose end the idle bell is closed if it has not been used since. */
  isTimed: boolean;
}

export function newBellTable(mayUse: boolean): BellTable {
  return { mayUse, byDirectory: new Map(), idle: undefined, idleCount: 0, isTimed: false };
}

export class Bells {
  readonly #addon: Addon;
  readonly #table: BellTable;
  readonly #outside: AsyncResource;
  readonly #onTokens: BellListener;

  /**
   * `outside`: the async context of sockets and timers. They serve channels of every context.
   */
  constructor(addon: Addon, table: BellTable, outside: AsyncResource, onTokens: BellListener) {
    this.#addon = addon;
    this.#table = table;
    this.#outside = outside;
    this.#onTokens = onTokens;
  }

  /**
   * Before a channel is opened: the bell in its directory, made if need be. Returns undefined if
   * there cannot be one; then peers wake the channel at its futex. To be released once.
   */
  acquire({ directory, permissions, create }: BellPlace): Bell | undefined {
    const { mayUse, byDirectory } = this.#table;
    const idle = this.#takeIdle(directory, permissions);
    let bell = idle ?? byDirectory.get(directory);
    if (bell === undefined) {
      if (!mayUse) return undefined;
      const fd = this.#addon.bellOpen(directory, permissions, create !== 'never');
      if (fd < 0) return undefined;
      const socket = this.#outside.runInAsyncScope(this.#listen, this, fd, directory);
      if (socket === undefined) return undefined;
      bell = { directory, permissions, socket, users: 0 };
      byDirectory.set(directory, bell);
    }
    bell.users++;
    return bell;
  }

  /** @param isForNext a next channel may be opened soon; otherwise nothing is left at once */
  release(bell: Bell, isForNext: boolean): void {
    const table = this.#table;
    bell.users--;
    if (bell.users > 0 || table.byDirectory.get(bell.directory) !== bell) return;
    if (!isForNext) {
      this.#close(bell);
      return;
    }
    if (table.idle !== undefined) this.#close(table.idle);
    table.idle = bell;
    table.idleCount++;
    if (!table.isTimed) this.#outside.runInAsyncScope(this.#startTimer, this);
  }

  /** The idle bell, if it is the one for that directory; closes it if it is of no use there. */
  #takeIdle(directory: string, permissions: number): Bell | undefined {
    const { idle } = this.#table;
    if (idle?.directory !== directory) return undefined;
    this.#table.idle = undefined;
    // The directory may have been removed, and made again.
    const isFit = idle.permissions === permissions && this.#addon.bellIsThere(directory);
    if (isFit) return idle;
    this.#close(idle);
    return undefined;
  }

  /** One for all that become idle while it runs. It does not keep the event loop alive. */
  #startTimer(): void {
    const table = this.#table;
    const { idleCount } = table;
    table.isTimed = true;
    const done = (): void => {
      table.isTimed = false;
      if (table.idle === undefined) return;
      if (table.idleCount === idleCount) this.#close(table.idle);
      else this.#startTimer();
    };
    setTimeout(done, kIdleMs).unref();
  }

  #close(bell: Bell): void {
    if (this.#table.idle === bell) this.#table.idle = undefined;
    this.#table.byDirectory.delete(bell.directory);
    this.#addon.bellClose(bell.directory);
    bell.socket.destroy();
  }

  /** Owns the descriptor from now on. undefined: this runtime cannot listen to a FIFO. */
  #listen(fd: number, directory: string): Socket | undefined {
    const buffer = new Uint8Array(kMostTokens * kTokenBytes);
    const tokens = new Uint32Array(buffer.buffer);
    let isHeard = false;
    const callback = (size: number): boolean => {
      if (!isHeard) this.#addon.bellTrust(directory);
      isHeard = true;
      this.#onTokens(size % kTokenBytes === 0 ? tokens.subarray(0, size / kTokenBytes) : null);
      return true;
    };
    // `onread` (Node 20 documents it for connect() only, the constructor has it, too): one buffer
    // that stays, instead of one of 64 KiB for each wake-up.
    const options = { fd, readable: true, onread: { buffer, callback } };
    try {
      const socket = new Socket(options);
      // Bun 1.4 takes the descriptor, but does not read from it.
      if (socket.pending) throw new Error('a socket of a FIFO is not connected');
      // What holds the event loop is decided in expectations.ts, for all wake-ups together.
      socket.unref();
      socket.on('error', () => this.#stopListening(directory));
      return socket;
    } catch {
      closeSync(fd);
      this.#addon.bellClose(directory);
      this.#table.mayUse = false;
      return undefined;
    }
  }

  /**
   * The bell no longer works: peers must use the futex, and all channels check what they missed.
   */
  #stopListening(directory: string): void {
    this.#addon.bellClose(directory);
    this.#onTokens(null);
  }
}
