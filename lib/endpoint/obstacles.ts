/** What a wait is for and what it waits on, in words: for time limits that are over, and for logs. */
import { peerRoleOf, type Role } from '../environment/roles.js';
import { SmipcError, type Syscall } from '../errors/errors.js';
import { refusalInWords } from '../inspection/refusal.js';
import type { ChannelStatus, EndStatus } from '../inspection/status.js';
import type { ChannelMode } from '../options/options.js';
import type { Endpoint } from './endpoint.js';

/** What a call waits for: bytes, space, the peer, or that everything has been read. */
export type Aim = 'bytes' | 'space' | 'peer' | 'drained';

/** The operation of such a call. */
export function syscallOf(aim: Aim): Syscall {
  if (aim === 'bytes') return 'read';
  return aim === 'space' ? 'write' : 'wait';
}

/** Who has, or had, the other role: `the writer (process 12)`. */
function named(role: Role, { pid }: EndStatus<string>): string {
  return pid === undefined ? `the ${role}` : `the ${role} (process ${pid})`;
}

/** Where the peer is: not there, gone, or there; then `omission` says what it has not done. */
function peerClause(status: ChannelStatus, mode: ChannelMode, omission: string): string {
  const role = peerRoleOf(mode);
  const peer = status[role];
  if (peer.state === 'absent') return `no ${role} has come yet`;
  if (peer.state === 'open') return `${named(role, peer)} ${omission}`;
  const how = peer.state === 'died' ? 'has died' : 'has left';
  return `${named(role, peer)} ${how}, and no other has come yet`;
}

/** What is in the ring, as far as it is in the way; '' if it is not. */
function fillClause({ used, capacity, reader }: ChannelStatus, mode: ChannelMode): string {
  const isWithinMessage = mode === 'r' && reader.withinMessage === true;
  if (used === 0) return isWithinMessage ? 'this end is in the middle of a message, and ' : '';
  if (mode === 'r') return `no more than ${bytes(used)} there, and `;
  if (used === capacity) return 'the ring is full, and ';
  return `${used} of the ring's ${capacity} bytes are not read yet, and `;
}

function bytes(count: number): string {
  return count === 1 ? '1 byte is' : `${count} bytes are`;
}

/** What keeps an end that waits from going on, if nothing has moved for a while. */
export function obstacleOf(status: ChannelStatus, mode: ChannelMode): string {
  const omission = mode === 'r' ? 'has written nothing since' : 'has read nothing since';
  return (
    fillClause(status, mode) + peerClause(status, mode, omission) + refusalClause(status, mode)
  );
}

/** Who wanted to be the peer, and was turned away. */
function refusalClause(status: ChannelStatus, mode: ChannelMode): string {
  const { refused } = status;
  return refused?.role === peerRoleOf(mode) ? `; ${refusalInWords(refused, status)}` : '';
}

/** What has not happened within the time limit, and why. */
function lateText(aim: Aim, timeoutMs: number, status: ChannelStatus, mode: ChannelMode): string {
  const limit = `within ${timeoutMs} ms`;
  const fill = fillClause(status, mode);
  switch (aim) {
    case 'bytes': {
      const clause = peerClause(status, mode, 'has written nothing more');
      return `not enough bytes came ${limit}: ${fill}${clause}`;
    }
    case 'space': {
      const clause = peerClause(status, mode, 'has not made enough space');
      return `not enough space came free ${limit}: ${fill}${clause}`;
    }
    case 'drained': {
      const clause = peerClause(status, mode, 'has not read all of them');
      return `not all bytes were read ${limit}: ${bytes(status.used)} left in the ring, and ${clause}`;
    }
    case 'peer': {
      const role = peerRoleOf(mode);
      const peer = status[role];
      if (peer.state === 'absent') return `no ${role} opened the channel ${limit}`;
      const how = peer.state === 'died' ? 'had died' : 'had left';
      return `${named(role, peer)} ${how} before, and no other opened the channel ${limit}`;
    }
  }
}

/** The error of a call whose time limit is over. */
export function timeoutError(endpoint: Endpoint, aim: Aim, timeoutMs: number): SmipcError {
  const { name: channel, mode } = endpoint;
  let text: string;
  try {
    text = lateText(aim, timeoutMs, endpoint.status(), mode);
  } catch {
    // The shared memory is damaged, as the next call will say.
    text = `timed out after ${timeoutMs} ms`;
  }
  return new SmipcError('ETIMEDOUT', text, { syscall: syscallOf(aim), channel });
}
