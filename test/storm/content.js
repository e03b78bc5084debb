// What is written in a round, so that each side knows it from the position alone: bytes are a pattern,
// and messages have contents and sizes that follow from their number.
import { structuredCloneSerializer } from 'smipc';
import { checkPattern, fillPattern, patternBytes, random } from '../fixtures/data/pattern.js';

/** The bytes before each message that tell its length. */
const kLengthBytes = 4;

/** @typedef {Pick<import('./plan.js').Plan, 'seed' | 'largest' | 'framing'>} ContentPlan */

/** @param {ContentPlan} plan @param {number} index */
function bodyOf({ seed, largest }, index) {
  const size = random(seed ^ Math.imul(index + 1, 0x9e3779b1)).below(largest + 1);
  return patternBytes(size, index * 100_000, seed);
}

/**
 * What is given to write() as message number `index`.
 *
 * @param {ContentPlan} plan @param {number} index
 * @returns {Buffer | { index: number, body: Buffer }}
 */
export function messageOf(plan, index) {
  const body = bodyOf(plan, index);
  return plan.framing === 'objects' ? { index, body } : body;
}

/** What message number `index` takes in the ring. @param {ContentPlan} plan @param {number} index */
function frameBytes(plan, index) {
  const message = messageOf(plan, index);
  const bytes = Buffer.isBuffer(message) ? message : structuredCloneSerializer.serialize(message);
  return kLengthBytes + bytes.length;
}

/**
 * How many messages lie wholly before `position`, and where the last of them ends.
 *
 * @param {ContentPlan} plan @param {number} position
 */
function messagesBefore(plan, position) {
  let count = 0;
  let end = 0;
  for (;;) {
    const size = frameBytes(plan, count);
    if (end + size > position) return { count, end };
    end += size;
    count++;
  }
}

/** How many bytes, or messages, a reader has that has come to `position`. @param {ContentPlan} plan @param {number} position */
export function countBefore(plan, position) {
  return plan.framing === 'bytes' ? position : messagesBefore(plan, position).count;
}

/** Makes what comes next, from a position on. */
export class Source {
  #plan;
  #sizes;
  #position;
  #index = 0;

  /** @param {ContentPlan} plan @param {number} position */
  constructor(plan, position) {
    this.#plan = plan;
    this.#sizes = random(plan.seed + position);
    this.#position = position;
    if (plan.framing !== 'bytes') this.#index = indexAt(plan, position);
  }

  /** @param {number} [size] of a chunk of bytes; default: a random one */
  next(size = this.#sizes.between(1, this.#plan.largest)) {
    if (this.#plan.framing !== 'bytes') return messageOf(this.#plan, this.#index++);
    const chunk = Buffer.alloc(size);
    fillPattern(chunk, this.#position, this.#plan.seed);
    this.#position += size;
    return chunk;
  }
}

/** Checks what comes, from a position on. */
export class Checker {
  #plan;
  #position;
  #index = 0;

  /** @param {ContentPlan} plan @param {number} position */
  constructor(plan, position) {
    this.#plan = plan;
    this.#position = position;
    if (plan.framing !== 'bytes') this.#index = indexAt(plan, position);
  }

  /** Bytes, or messages, that have come, in the whole stream. */
  get count() {
    return this.#plan.framing === 'bytes' ? this.#position : this.#index;
  }

  /** Throws if it is not what was written there. @param {any} value */
  check(value) {
    const { framing, seed } = this.#plan;
    if (framing === 'bytes') {
      checkPattern(value, this.#position, seed);
      this.#position += value.length;
      return;
    }
    const body = framing === 'objects' ? value.body : value;
    const isRight = bodyOf(this.#plan, this.#index).equals(body);
    if (!isRight || (framing === 'objects' && value.index !== this.#index)) {
      throw new Error(`message ${this.#index} is not what came: ${value.index}, ${body.length} B`);
    }
    this.#index++;
  }
}

/** @param {ContentPlan} plan @param {number} position */
function indexAt(plan, position) {
  const { count, end } = messagesBefore(plan, position);
  if (end !== position) throw new Error(`position ${position} is within message ${count}`);
  return count;
}
