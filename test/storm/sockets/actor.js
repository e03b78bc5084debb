// One side of a connection at work: plays its script, checks what comes, and notes both.
import { setTimeout } from 'node:timers/promises';
import { Checker, Source } from '../content.js';
import { planScript } from './plan.js';

/** @typedef {import('./plan.js').SocketPlan} SocketPlan */
/** @typedef {import('smipc/net').Socket} Socket */

/** The first bytes, or the first message, of a client say which connection it is. */
export const kGreetingBytes = 4;

/** @param {SocketPlan} plan @param {number} id */
function greetingOf({ framing }, id) {
  if (framing === 'objects') return { id };
  const bytes = Buffer.alloc(kGreetingBytes);
  bytes.writeUInt32LE(id);
  return bytes;
}

/** What goes one way through a connection. @param {SocketPlan} plan @param {number} id @param {boolean} isUp */
function contentOf({ seed, largest, framing }, id, isUp) {
  return {
    seed: (seed ^ Math.imul(2 * id + Number(isUp) + 1, 0x85ebca6b)) >>> 0,
    largest,
    framing,
  };
}

export class Actor {
  #plan;
  #id;
  #isClient;
  #socket;
  #journal;
  #source;
  #checker;
  #script;
  /** Bytes of the greeting, which are no content. */
  #greetingBytes = 0;
  #written = 0;
  #hasActed = false;
  /** @type {Promise<void>} */
  closed;

  /**
   * @param {SocketPlan} plan @param {number} id @param {boolean} isClient @param {Socket} socket
   * @param {import('./journal.js').Journal} journal
   */
  constructor(plan, id, isClient, socket, journal) {
    this.#plan = plan;
    this.#id = id;
    this.#isClient = isClient;
    this.#socket = socket;
    this.#journal = journal;
    this.#source = new Source(contentOf(plan, id, isClient), 0);
    this.#checker = new Checker(contentOf(plan, id, !isClient), 0);
    this.#script = planScript(plan, id, isClient);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('end', () => {
      this.#note('end', this.#checker.count);
      if (this.#script.finish === 'await') this.#act('end');
    });
    socket.on('error', (error) => {
      const { code = error.message, peer, syscall } = /** @type {any} */ (error);
      this.#note('failed', code, peer ?? '-', syscall ?? '-', socket.isPaused());
    });
    socket.on('close', (/** @type {boolean} */ hadError) =>
      this.#note('closed', this.#checker.count, hadError),
    );
  }

  describe() {
    const { readyState, destroyed, readableLength, writableLength } = this.#socket;
    const side = this.#isClient ? 'client' : 'server';
    return `${side} of ${this.#id}: ${readyState}, destroyed ${destroyed}, paused ${this.#socket.isPaused()}, written ${this.#written}, queued ${writableLength}, read ${this.#checker.count}, unread ${readableLength}, acted ${this.#hasActed}, finish ${this.#script.finish}`;
  }

  /** @param {string} what @param {...unknown} values */
  #note(what, ...values) {
    this.#journal.note(this.#id, what, ...values);
  }

  /** @param {any} value */
  take(value) {
    try {
      this.#checker.check(value);
    } catch (error) {
      this.#note('wrong', /** @type {Error} */ (error).message);
      this.#socket.destroy();
    }
  }

  greet() {
    this.#greetingBytes = this.#plan.framing === 'bytes' ? kGreetingBytes : 0;
    this.#socket.write(greetingOf(this.#plan, this.#id));
    this.#note('greeted', this.#socket.bytesWritten - this.#socket.writableLength);
  }

  async play() {
    for (const step of this.#script.steps) {
      if (this.#hasActed || !this.#socket.writable) break;
      if (step.do === 'write') await this.#write(step.size);
      else if (step.do === 'wait') await setTimeout(step.ms);
      else await this.#pause(step.ms);
    }
    const { finish } = this.#script;
    if (finish !== 'await') this.#act(finish);
    else if (this.#socket.readableEnded) this.#act('end');
    await this.closed;
  }

  /** @param {number} size */
  async #write(size) {
    const chunk = this.#source.next(size);
    this.#written += this.#plan.framing === 'bytes' ? size : 1;
    const written = this.#written;
    this.#note('intends', written);
    const isBytes = this.#plan.framing === 'bytes';
    const isRoom = this.#socket.write(
      /** @type {any} */ (chunk),
      (/** @type {unknown} */ error) => {
        if (error == null && !isBytes) this.#note('published', written);
      },
    );
    if (isBytes) this.#notePublished();
    if (!isRoom) {
      await Promise.race([
        new Promise((resolve) => this.#socket.once('drain', () => resolve(undefined))),
        this.closed,
      ]);
      if (isBytes) this.#notePublished();
    }
  }

  #notePublished() {
    const { bytesWritten, writableLength } = this.#socket;
    this.#note('published', Math.max(0, bytesWritten - writableLength - this.#greetingBytes));
  }

  /** @param {number} ms */
  async #pause(ms) {
    this.#socket.pause();
    await setTimeout(ms);
    this.#socket.resume();
  }

  /** @param {import('./plan.js').Finish} finish */
  #act(finish) {
    if (this.#hasActed || this.#socket.destroyed) return;
    this.#hasActed = true;
    this.#note('acts', finish, this.#socket.writableLength);
    if (finish === 'end') this.#socket.end();
    else if (finish === 'destroy') this.#socket.destroy();
    else if (finish === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy(Object.assign(new Error('as planned'), { code: 'PLANNED' }));
  }
}

/**
 * Reads the greeting of a connection that was accepted, and then the rest.
 *
 * @param {SocketPlan} plan @param {Socket} socket
 * @param {(id: number) => Pick<Actor, 'take'>} begin
 */
export function receive(plan, socket, begin) {
  let greeting = Buffer.alloc(0);
  /** @type {Pick<Actor, 'take'> | undefined} */
  let actor;
  socket.on('data', (value) => {
    if (actor !== undefined) {
      actor.take(value);
    } else if (plan.framing === 'objects') {
      actor = begin(value.id);
    } else {
      greeting = Buffer.concat([greeting, value]);
      if (greeting.length < kGreetingBytes) return;
      actor = begin(greeting.readUInt32LE());
      if (greeting.length > kGreetingBytes) actor.take(greeting.subarray(kGreetingBytes));
    }
  });
}
