/** The way of a socket to its server: at once, or as soon as there is one. */
import type { Expectation } from '../endpoint/expectations.js';
import { SmipcError } from '../errors/errors.js';
import { clearTimeout, nextTick, now, setTimeout } from '../host/host.js';
import { NamesWatch } from '../inspection/names-watch.js';
import type { Connection } from './connection.js';
import { dial, refusal } from './dial.js';
import type { Terms } from './terms.js';

/** How soon a server is looked for again, in milliseconds, if nothing tells of it. */
const kRetryMs = 250;

/** What the socket is told. */
interface Caller {
  /** The connection is there: bytes can be written. */
  connection(connection: Connection): void;
  /** Later: the server has been called. */
  done(): void;
  /** Later. */
  failed(error: Error): void;
}

export class Dialling {
  readonly #terms: Terms;
  readonly #deadline: number;
  readonly #wait: number;
  readonly #caller: Caller;
  #isStopped = false;
  #isRefed = true;
  #timer: NodeJS.Timeout | undefined;
  #names: NamesWatch | undefined;
  /** The connection, while the server's backlog has no room for its session's call. */
  #unheard: Connection | undefined;
  /** Holds the event loop meanwhile. */
  readonly #expectation: Expectation = { isActive: false, holdsLoop: true };

  /** @param wait for how many milliseconds a server is waited for */
  constructor(terms: Terms, wait: number, caller: Caller) {
    this.#terms = terms;
    this.#wait = wait;
    this.#deadline = now() + wait;
    this.#caller = caller;
  }

  start(): void {
    try {
      const { connection, session } = dial(this.#terms);
      if (session.isPosted) {
        // What is written from now on is on its way, even if this process exits at once.
        this.#caller.connection(connection);
        nextTick(() => this.#caller.done());
        this.stop();
        return;
      }
      this.#unheard = connection;
      this.#expectation.isActive = true;
      connection.reader.expect(this.#expectation);
      if (!this.#isRefed) connection.reader.unref();
      session.whenPosted((isPosted) => this.#goOn(connection, isPosted));
    } catch (error) {
      if (this.#wait > 0 && isAbsence(error)) this.#retryLater(error);
      else nextTick(() => this.#fail(error as Error));
    }
  }

  /** The backlog was full. */
  #goOn(connection: Connection, isPosted: boolean): void {
    if (this.#isStopped) return;
    if (isPosted) {
      this.#expectation.isActive = false;
      connection.reader.expect(this.#expectation);
      this.#unheard = undefined;
      this.stop();
      this.#caller.connection(connection);
      this.#caller.done();
      return;
    }
    this.#dropUnheard();
    const error = refusal(this.#terms);
    if (this.#wait > 0) this.#retryLater(error);
    else this.#fail(error);
  }

  #dropUnheard(): void {
    const connection = this.#unheard;
    this.#unheard = undefined;
    this.#expectation.isActive = false;
    void connection?.writer.close();
    void connection?.reader.close();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#names?.stop();
    this.#dropUnheard();
  }

  ref(): void {
    this.#isRefed = true;
    this.#unheard?.reader.ref();
    this.#timer?.ref();
  }

  unref(): void {
    this.#isRefed = false;
    this.#unheard?.reader.unref();
    this.#timer?.unref();
  }

  #fail(error: Error): void {
    if (this.#isStopped) return;
    this.stop();
    this.#caller.failed(error);
  }

  #retryLater(cause: SmipcError): void {
    const left = this.#deadline - now();
    if (left <= 0) {
      const { name, directory } = this.#terms;
      const text = `there was no server in ${directory} within ${this.#wait} ms`;
      const fields = { syscall: 'connect' as const, channel: name, cause };
      nextTick(() => this.#fail(new SmipcError('ETIMEDOUT', text, fields)));
      return;
    }
    this.#timer = setTimeout(() => this.#retry(), Math.min(kRetryMs, left));
    if (!this.#isRefed) this.#timer.unref();
    this.#listen();
  }

  /** To what the system tells of the directory; the timer covers what it does not tell. */
  #listen(): void {
    const { directory, name } = this.#terms;
    this.#names ??= new NamesWatch(directory, (one) => {
      if (one === undefined || one === name) this.#retry();
    });
    try {
      this.#names.refresh();
    } catch {
      // What is wrong with it, the next attempt says.
    }
  }

  #retry(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.start();
  }
}

function isAbsence(error: unknown): error is SmipcError {
  return error instanceof SmipcError && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}
