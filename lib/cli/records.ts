/** Records in a stream of bytes: lines, parts that end with a NUL, or JSON values, one on each line. */
import { Buffer } from 'node:buffer';
import { UsageError } from './usage-error.js';

const kNewline = 0x0a;
const kNul = 0;

/** Cuts bytes at each separator, which belongs to no part. What is behind the last is one, too. */
export async function* split(
  chunks: AsyncIterable<Buffer>,
  separator: number,
): AsyncGenerator<Buffer> {
  const begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(separator, from);
      if (to < 0) break;
      begun.push(chunk.subarray(from, to));
      yield begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun);
      begun.length = 0;
      from = to + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

export function splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return split(chunks, kNewline);
}

export function splitAtNul(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return split(chunks, kNul);
}

/** Parses each line that is not empty. @throws UsageError with the line's number */
export async function* parseLines(lines: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let number = 0;
  for await (const line of lines) {
    number++;
    const text = line.toString();
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UsageError(`line ${number} is no JSON: ${(error as Error).message}`);
    }
    yield value;
  }
}

/** A message as a line. */
export function lineOf(message: Buffer): Buffer {
  return Buffer.concat([message, Buffer.of(kNewline)]);
}

/** A message that ends with a NUL. */
export function nulEnded(message: Buffer): Buffer {
  return Buffer.concat([message, Buffer.of(kNul)]);
}

/** A value as a line; what JSON does not have, such as undefined, is null. */
export function jsonLine(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, bigintsAsText) ?? 'null'}\n`);
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
