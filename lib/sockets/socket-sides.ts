/** What the two sides of a connection and a Socket ask of each other. */
import type { Duplex } from 'node:stream';
import type { ReaderSide } from '../sides/reader-side.js';
import { ReadableReceiver } from '../streams/readable-receiver.js';
import { WritableSender } from '../streams/writable-sender.js';

/** The stream that is made of two sides. */
export interface SocketOwner extends Duplex {
  /** Something has come, or was given away. */
  noteActivity(): void;
  /** The peer has gone without an end. The reader's side has nothing more to hand out. */
  takeReset(loss: Error): void;
  /** The writer's side has heard that nothing it writes will be read. */
  takeWriteLoss(loss: Error): void;
}

export class SocketReceiver extends ReadableReceiver {
  readonly #socket: SocketOwner;

  constructor(socket: SocketOwner, side: ReaderSide) {
    super(socket, side);
    this.#socket = socket;
  }

  // A socket has its own events.
  override opened(): void {}
  override connected(): void {}

  override take(value: unknown): boolean {
    this.#socket.noteActivity();
    return super.take(value);
  }

  override takeEnd(): void {
    this.stream.push(null);
    // As Node's sockets: an end that nothing comes before is told even if nobody has asked.
    if (this.stream.readableLength === 0) this.stream.read(0);
  }

  protected override fail(loss: Error): void {
    this.#socket.takeReset(loss);
  }
}

export class SocketSender extends WritableSender {
  readonly #socket: SocketOwner;

  constructor(socket: SocketOwner) {
    super(socket);
    this.#socket = socket;
  }

  override opened(): void {}
  override connected(): void {}

  override takeLoss(loss: Error): void {
    this.#socket.takeWriteLoss(loss);
  }
}
