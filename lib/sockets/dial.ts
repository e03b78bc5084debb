/** Finding a server, and connecting to it: in a session that is there, or in a new one. */
import { kDetailFields, kFramings, Status, unpack } from '../environment/contract.js';
import { newId, readyAddon } from '../environment/environment.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { ClientSession } from './client-session.js';
import type { Connection } from './connection.js';
import type { Terms } from './terms.js';
import { whatIsThere } from './what-is-there.js';

/** The sessions of this thread, by what they must have in common to be used for a connection. */
const sessions = new Map<string, ClientSession[]>();

export interface Dialled {
  readonly connection: Connection;
  readonly session: ClientSession;
}

/**
 * Connects, now or not at all.
 * @throws SmipcError with syscall `connect`
 */
export function dial(terms: Terms): Dialled {
  const details = new Float64Array(kDetailFields.length);
  const key = keyOf(terms);
  for (const session of [...(sessions.get(key) ?? [])].reverse()) {
    const connection = session.connect(details);
    if (typeof connection === 'object') return { connection, session };
    if (connection === undefined || connection === Status.Refused) continue;
    throw connectFailure(terms, connection, details);
  }
  const session = openSession(terms, key, details);
  const connection = session.connect(details);
  if (typeof connection === 'object') return { connection, session };
  session.leave();
  throw connectFailure(terms, connection ?? Status.Refused, details);
}

function keyOf(terms: Terms): string {
  const { name, directory, permissions, busyPoll, framing, upCapacity, downCapacity } = terms;
  return JSON.stringify([
    name,
    directory,
    permissions,
    busyPoll,
    framing,
    upCapacity,
    downCapacity,
  ]);
}

function openSession(terms: Terms, key: string, details: Float64Array): ClientSession {
  const addon = readyAddon();
  const id = newId();
  const { directory, name, permissions } = terms;
  const caller = addon.callerOpen(id, directory, name, permissions, details);
  if (typeof caller === 'number') throw connectFailure(terms, caller, details);
  const offered = kFramings[addon.callerFraming(caller)];
  const session =
    offered === terms.framing
      ? ClientSession.make(terms, details, (gone) => forget(key, gone))
      : Status.Incompatible;
  if (typeof session === 'number') {
    addon.roleWaitStop(id);
    throw connectFailure(terms, session, details, offered);
  }
  sessions.set(key, [...(sessions.get(key) ?? []), session]);
  session.call(caller, id);
  return session;
}

function forget(key: string, gone: ClientSession): void {
  const left = (sessions.get(key) ?? []).filter((session) => session !== gone);
  if (left.length > 0) sessions.set(key, left);
  else sessions.delete(key);
}

/** The server has gone before it could be called. */
export function refusal(terms: Terms): SmipcError {
  return connectFailure(terms, Status.Refused, new Float64Array(kDetailFields.length));
}

function connectFailure(
  terms: Terms,
  status: number,
  details: Float64Array,
  offered?: string,
): SmipcError {
  const { name: channel, directory, permissions, upCapacity, downCapacity } = terms;
  const { systemError, holderPid } = unpack(kDetailFields, details);
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
