/** The two sides of a connection, as a Socket has them, and what they ask of each other. */
import type { Duplex } from 'node:stream';
import { ReaderSide } from '../sides/reader-side.js';
import { WriterSide } from '../sides/writer-side.js';
import { ReadableReceiver } from '../streams/readable-receiver.js';
import { WritableSender } from '../streams/writable-sender.js';
import type { Connection } from './connection.js';
import type { SocketSettings } from './socket-options.js';

/** The stream that is made of two sides. */
export interface SocketOwner extends Duplex {
  /** Something has come, or was given away. */
  noteActivity(): void;
  /** The peer has gone without an end. The reader's side has nothing more to hand out. */
  takeReset(loss: Error): void;
  /** The writer's side has heard that nothing it writes will be read. */
  takeWriteLoss(loss: Error): void;
}

class SocketReceiver extends ReadableReceiver {
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

class SocketSender extends WritableSender {
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

/** A connection's sides, once it is there. */
export interface Sides {
  readonly connection: Connection;
  readonly reader: ReaderSide;
  readonly writer: WriterSide;
  readonly receiver: SocketReceiver;
}

/** Lets a connection tell a socket what comes, and take what it writes. */
export function sidesOf(
  connection: Connection,
  { messages, onread }: SocketSettings,
  socket: SocketOwner,
): Sides {
  const { reader: readEnd, writer: writeEnd } = connection;
  const reader = new ReaderSide(
    { name: readEnd.name, now: () => readEnd, later: never },
    { ...messages, acknowledges: false, reuses: false, onread },
  );
  const writer = new WriterSide(
    { name: writeEnd.name, now: () => writeEnd, later: never },
    messages,
  );
  const receiver = new SocketReceiver(socket, reader);
  reader.start(receiver);
  writer.start(new SocketSender(socket));
  return { connection, reader, writer, receiver };
}

function never(): Promise<never> {
  return Promise.reject(new Error('the connection is there'));
}
