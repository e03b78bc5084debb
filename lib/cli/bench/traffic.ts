/**
 * What is measured: what a program does that uses streams as Node's documentation says. It is the
 * same for all ways.
 */
import { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import type { Link } from './ways.js';

/** So many writes of that size, with backpressure. */
export async function send(writer: Writable, size: number, count: number): Promise<void> {
  const chunk = Buffer.alloc(size, 1);
  for (let i = 0; i < count; i++) {
    if (!writer.write(chunk)) await drained(writer);
  }
}

function drained(writer: Writable): Promise<void> {
  return new Promise((resolve) => writer.once('drain', resolve));
}

/** Sends back what comes. */
export function answer({ reader, writer }: Link): void {
  reader.on('data', (chunk: Buffer) => writer.write(chunk));
}

/** Counts what comes. */
export class Receiver {
  #left = 0;
  #onWhole: () => void = () => {};

  constructor(reader: Readable) {
    reader.on('data', (chunk: Buffer) => {
      this.#left -= chunk.length;
      if (this.#left <= 0) this.#onWhole();
    });
  }

  /** Calls back when so many bytes have come, in however many chunks. */
  expect(bytes: number, onWhole: () => void): void {
    this.#left = bytes;
    this.#onWhole = onWhole;
  }
}

/** So many round trips, one after the other, with who answers. */
export function ask(
  writer: Writable,
  receiver: Receiver,
  size: number,
  count: number,
): Promise<void> {
  const chunk = Buffer.alloc(size, 1);
  return new Promise((resolve) => {
    let left = count;
    const next = (): void => {
      if (left === 0) {
        resolve();
        return;
      }
      left--;
      receiver.expect(size, next);
      writer.write(chunk);
    };
    next();
  });
}
