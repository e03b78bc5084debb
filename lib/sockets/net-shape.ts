/**
 * The members of `net.Socket` that say the same of every connection in shared memory: there for
 * programs that ask a socket of the network.
 */
import { Duplex } from 'node:stream';

export abstract class NetShape extends Duplex {
  /** The same as `writableLength`. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** An empty object, as of a Unix socket. */
  address(): Record<string, never> {
    return {};
  }

  get remotePort(): number | undefined {
    return undefined;
  }

  get remoteFamily(): string | undefined {
    return undefined;
  }

  get localAddress(): string | undefined {
    return undefined;
  }

  get localPort(): number | undefined {
    return undefined;
  }

  get localFamily(): string | undefined {
    return undefined;
  }

  /** Has no meaning: nothing is held back. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** Has no meaning: a death is noticed at once. */
  setKeepAlive(_enable?: boolean, _initialDelay?: number): this {
    return this;
  }
}
