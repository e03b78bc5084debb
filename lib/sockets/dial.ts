/** Finding a server, and connecting to it: in a session that is there, or in a new one. */
import { kDetailFields, kFramings, Status, unpack } from '../environment/contract.js';
import { newId, readyAddon } from '../environment/environment.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { ClientSession } from './client-session.js';
import type { Connection } from './connection.js';
import type { Terms } from './terms.js';
import { whatIsThere } from './what-is-there.js';

/** The sessions of this thread, by the names of their servers. The one that was made last comes first. */
const sessions = new Map<string, readonly ClientSession[]>();

/** Filled and read within one call. */
const kDetails = new Float64Array(kDetailFields.length);

const kNone: readonly never[] = [];

export interface Dialled {
  readonly connection: Connection;
  readonly session: ClientSession;
}

/**
 * Connects, now or not at all.
 * @throws SmipcError with syscall `connect`
 */
export function dial(terms: Terms): Dialled {
  for (const session of sessions.get(terms.name) ?? kNone) {
    if (!areAlike(session.terms, terms)) continue;
    const connection = session.connect(kDetails);
    if (typeof connection === 'object') return { connection, session };
    if (connection === undefined || connection === Status.Refused) continue;
    throw connectFailure(terms, connection);
  }
  const session = openSession(terms);
  const connection = session.connect(kDetails);
  if (typeof connection === 'object') return { connection, session };
  session.leave();
  throw connectFailure(terms, connection ?? Status.Refused);
}

/** Whether connections of both can be in one session. */
function areAlike(one: Terms, other: Terms): boolean {
  return (
    one.name === other.name &&
    one.directory === other.directory &&
    one.permissions === other.permissions &&
    one.busyPoll === other.busyPoll &&
    one.framing === other.framing &&
    one.upCapacity === other.upCapacity &&
    one.downCapacity === other.downCapacity
  );
}

function openSession(terms: Terms): ClientSession {
  const addon = readyAddon();
  const id = newId();
  const { directory, name, permissions } = terms;
  const caller = addon.callerOpen(id, directory, name, permissions, kDetails);
  if (typeof caller === 'number') throw connectFailure(terms, caller);
  const offered = kFramings[addon.callerFraming(caller)];
  const session =
    offered === terms.framing ? ClientSession.make(terms, kDetails, forget) : Status.Incompatible;
  if (typeof session === 'number') {
    addon.roleWaitStop(id);
    throw connectFailure(terms, session, offered);
  }
  sessions.set(name, [session, ...(sessions.get(name) ?? kNone)]);
  session.call(caller, id);
  return session;
}

function forget(gone: ClientSession): void {
  const { name } = gone.terms;
  const left = (sessions.get(name) ?? kNone).filter((session) => session !== gone);
  if (left.length > 0) sessions.set(name, left);
  else sessions.delete(name);
}

/** The server has gone before it could be called. */
export function refusal(terms: Terms): SmipcError {
  kDetails.fill(0);
  return connectFailure(terms, Status.Refused);
}

/** @param status of the call that has filled the details */
function connectFailure(terms: Terms, status: number, offered?: string): SmipcError {
  const { name: channel, directory, permissions, upCapacity, downCapacity } = terms;
  const { systemError, holderPid } = unpack(kDetailFields, kDetails);
  const pid = holderPid === 0 ? undefined : holderPid;
  const fields = {
    syscall: 'connect' as const,
    channel,
    systemError,
    pid,
    directory,
    permissions,
    wantedBytes: upCapacity + downCapacity,
  };
  if (status !== Status.Incompatible) return failure(status, fields);
  if (offered !== undefined) {
    const text = `the server's connections carry ${offered}, but ${terms.framing} were requested: both need the same \`objectMode\` or \`messages\``;
    return new SmipcError('ERR_SMIPC_INCOMPATIBLE', text, fields);
  }
  return failure(status, { ...fields, mismatch: whatIsThere(terms) });
}
