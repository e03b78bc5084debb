/** A name at which a server listens: takes the sessions of clients that call. */
import type { ListenerHandle } from '../environment/addon.js';
import { kDetailFields, Status, unpack } from '../environment/contract.js';
import { readyAddon, unregister, type Wakeable } from '../environment/environment.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { throwLater } from '../host/host.js';
import { openRole } from './open-role.js';
import { type Host, ServerSession } from './server-session.js';
import type { Terms } from './terms.js';
import { whatIsThere } from './what-is-there.js';

/** Filled and emptied within one call. */
const kCalls = new Float64Array(16);

/** What a listener tells its server. */
export interface ListenerOwner extends Pick<Host, 'accept'> {
  /** A session could not be taken, so its client was refused. */
  failed(error: SmipcError): void;
}

export class Listener implements Wakeable {
  readonly #handle: ListenerHandle;
  readonly #id: number;
  readonly #terms: Terms;
  readonly #owner: ListenerOwner;
  readonly #sessions = new Set<ServerSession>();
  #hasLeft = false;

  private constructor(handle: ListenerHandle, id: number, terms: Terms, owner: ListenerOwner) {
    this.#handle = handle;
    this.#id = id;
    this.#terms = terms;
    this.#owner = owner;
  }

  /**
   * Takes the name, now or not at all.
   * @throws SmipcError with syscall `listen`: `EADDRINUSE` while another server has it
   */
  static open(terms: Terms, owner: ListenerOwner): Listener {
    const details = new Float64Array(kDetailFields.length);
    const listener = openRole(
      terms.name,
      terms,
      'auto',
      (id, settings) => readyAddon().listenerOpen(id, settings, details),
      (handle: ListenerHandle, id) => new Listener(handle, id, terms, owner),
    );
    if (typeof listener === 'number') throw listenFailure(terms, listener, details);
    return listener;
  }

  wake(): void {
    if (this.#hasLeft) return;
    const addon = readyAddon();
    for (;;) {
      const count = addon.listenerTake(this.#handle, kCalls);
      if (count === 0) return;
      for (const call of kCalls.slice(0, count)) this.#take(call);
    }
  }

  #take(call: number): void {
    const details = new Float64Array(kDetailFields.length);
    const session = ServerSession.take(call, this.#terms, details, {
      accept: (connection) => this.#owner.accept(connection),
      gone: (one) => this.#sessions.delete(one),
    });
    // The client has gone, and nothing was written.
    if (session === Status.NotFound) return;
    if (typeof session === 'number') {
      if (!this.#hasLeft) readyAddon().listenerRefuse(this.#handle, call);
      this.#owner.failed(acceptFailure(this.#terms, session, details));
      return;
    }
    this.#sessions.add(session);
    if (this.#hasLeft) session.stopAccepting();
    try {
      session.wake();
    } catch (error) {
      throwLater(error);
    }
  }

  /** Gives up the name. Connections stay; their sessions take no more. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    readyAddon().listenerLeave(this.#handle);
    for (const session of [...this.#sessions]) session.stopAccepting();
  }

  retired(): void {
    unregister(this.#id);
  }
}

function acceptFailure(terms: Terms, status: number, details: Float64Array): SmipcError {
  const { systemError } = unpack(kDetailFields, details);
  const { name: channel, directory } = terms;
  return failure(status, { syscall: 'accept', channel, directory, systemError });
}

function listenFailure(terms: Terms, status: number, details: Float64Array): SmipcError {
  const { name: channel, directory, permissions } = terms;
  const { systemError, holderPid } = unpack(kDetailFields, details);
  const fields = { syscall: 'listen' as const, channel, directory, permissions, systemError };
  const isHeld = status === Status.Busy || status === Status.Dying;
  const isOther = status === Status.Incompatible || status === Status.Undrained;
  if (isHeld || isOther) {
    const mismatch = whatIsThere(terms);
    if (mismatch !== undefined && mismatch.there.framing !== 'connections') {
      return failure(Status.Incompatible, { ...fields, mismatch });
    }
  }
  if (isHeld) {
    const pid = holderPid === 0 ? undefined : holderPid;
    const who = pid === undefined ? 'another server' : `process ${pid}`;
    return new SmipcError('EADDRINUSE', `${who} listens there already`, { ...fields, pid });
  }
  return failure(status, fields);
}
