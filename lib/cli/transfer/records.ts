/** Records in a stream of bytes: lines, parts that end with a NUL, or JSON values, one on each line. */
import { Buffer } from 'node:buffer';

/** What travels: bytes as they come, or records. */
export type Records = 'bytes' | RecordKind;

/** How records stand in bytes. */
export type RecordKind = 'lines' | 'nul' | 'json';

const kNewline = 0x0a;
const kNul = 0;
const kLineEnd = Buffer.of(kNewline);
const kNulEnd = Buffer.of(kNul);
/** Of a line, and so of a message: the library's own limit. */
export const kMaxRecordBytes = 64 * 1024 * 1024;

/** A record that cannot be sent, or written; the message begins with its place. */
export class RecordError extends Error {}

/**
 * Cuts bytes at each separator, which belongs to no record. What is behind the last one is a record,
 * too.
 */
export class Splitter {
  readonly #kind: RecordKind;
  readonly #separator: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #skipped: number;
  readonly #begun: Buffer[] = [];
  #begunBytes = 0;
  #line = 0;

  /** @param skipped how many records to leave out at the beginning */
  constructor(kind: RecordKind, skipped = 0) {
    this.#kind = kind;
    this.#separator = kind === 'nul' ? kNul : kNewline;
    this.#skipped = skipped;
  }

  /** The records that end in the chunk, in its memory; what it begins is kept. */
  *split(chunk: Buffer): Generator<unknown, void> {
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(this.#separator, from);
      if (to < 0) break;
      yield* this.#complete(chunk.subarray(from, to));
      from = to + 1;
    }
    // The chunk's memory is used again.
    if (from < chunk.length) this.#keep(Buffer.from(chunk.subarray(from)));
  }

  /** What is behind the last separator, at the end of a file. */
  *rest(): Generator<unknown, void> {
    const last = this.#begun.pop();
    if (last !== undefined) {
      this.#begunBytes -= last.length;
      yield* this.#complete(last);
    }
    this.#line = 0;
  }

  /** What was handed out last: `line 3`. */
  get place(): string {
    return this.#name();
  }

  #keep(part: Buffer): void {
    this.#begun.push(part);
    this.#begunBytes += part.length;
    if (this.#begunBytes > kMaxRecordBytes) {
      throw new RecordError(`${this.#name(1)} is larger than ${kMaxRecordBytes} bytes, the limit`);
    }
  }

  *#complete(end: Buffer): Generator<unknown, void> {
    let record = end;
    if (this.#begun.length > 0) {
      this.#keep(end);
      record = Buffer.concat(this.#begun);
      this.#begun.length = 0;
      this.#begunBytes = 0;
    }
    this.#line++;
    if (this.#kind !== 'json') {
      yield* this.#unlessSkipped(record);
      return;
    }
    const text = this.#decode(record);
    if (text.trim() !== '') yield* this.#unlessSkipped(this.#parse(text));
  }

  *#unlessSkipped(record: unknown): Generator<unknown, void> {
    if (this.#skipped > 0) this.#skipped--;
    else yield record;
  }

  #decode(record: Buffer): string {
    try {
      return this.#decoder.decode(record);
    } catch {
      throw new RecordError(`${this.#name()} is no UTF-8`);
    }
  }

  #parse(text: string): unknown {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new RecordError(`${this.#name()} is no JSON: ${(error as Error).message}`);
    }
    // A stream takes it for its end.
    if (value === null) throw new RecordError(`${this.#name()} is null, which no stream can carry`);
    return value;
  }

  #name(begun = 0): string {
    return `${this.#kind === 'nul' ? 'record' : 'line'} ${this.#line + begun}`;
  }
}

/** Records as `read` writes them. */
export class Encoder {
  readonly #kind: RecordKind;
  #count = 0;

  constructor(kind: RecordKind) {
    this.#kind = kind;
  }

  /** What is behind each record. */
  get separator(): number {
    return this.#kind === 'nul' ? kNul : kNewline;
  }

  encode(value: unknown): Buffer {
    this.#count++;
    switch (this.#kind) {
      case 'lines':
        return Buffer.concat([value as Buffer, kLineEnd]);
      case 'nul':
        return Buffer.concat([value as Buffer, kNulEnd]);
      case 'json':
        return Buffer.from(`${this.#json(value)}\n`);
    }
  }

  #json(value: unknown): string {
    try {
      // What JSON does not have, such as undefined, is null.
      return JSON.stringify(value, bigintsAsText) ?? 'null';
    } catch (error) {
      const reason = isCycle(error) ? 'it contains itself' : (error as Error).message;
      throw new RecordError(`object ${this.#count} cannot be written as JSON: ${reason}`);
    }
  }
}

/** By V8's text, which goes on for three lines. */
function isCycle(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('circular structure');
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
