/**
 * What JavaScript and the native code have agreed upon: numbers, the order of enumerators, and what
 * stands where in the arrays that native calls fill. native/node/contract.cc has the same, and
 * test/package/native-contract.ts compares the two. No imports, so that the test can load this file
 * alone.
 */

/** The result codes of native/status.h. */
export const Status = {
  Ok: 0,
  PeerEnded: -1,
  PeerAborted: -2,
  PeerDied: -3,
  PeerClosed: -4,
  Busy: -5,
  Undrained: -6,
  NotFound: -7,
  Exists: -8,
  Incompatible: -9,
  OpenToOthers: -10,
  Locked: -11,
  Corrupt: -12,
  Closed: -13,
  System: -14,
  Detached: -15,
  Dying: -16,
  UnusableDirectory: -17,
  NotSupported: -18,
  IdInUse: -19,
  Refused: -20,
} as const;

/**
 * What a call does if it is not time yet: it returns; it arms the doorbell, so that the endpoint
 * will be woken; or, given a number of milliseconds, it parks the thread for at most that long, and
 * then returns.
 */
export const Wait = { Return: -2, Arm: -1 } as const;
export type Wait = number;

/** What has become of an owner of a role: `Presence` of the native code, in its order. */
export const kPresences = ['absent', 'open', 'ended', 'aborted', 'closed', 'died'] as const;

/** `Framing` of native/layout.h, in its order. */
export const kFramings = ['bytes', 'messages', 'objects', 'connections', 'session'] as const;

/** Whether a session is at rest now: `Session::Rested` of native/session/session.h. */
export const Rested = { Not: 0, Yes: 1, NotYet: 2 } as const;

/** What has come in a slot of a session: `Session::Arrival` of native/session/session.h. */
export const Arrival = { None: 0, Connection: 1, Refused: 2 } as const;

/** `kMostConnections` of native/session_layout.h: of one session. */
export const kMostConnections = 256;

/** In what sessionTakeReady() stores: set beside a slot whose peer has changed its state. */
export const kChangedBit = 0x8000_0000;

/** The option `create`, in the order of the native `CreateMode`. */
export const kCreateModes = ['auto', 'always', 'never'] as const;

/** `kLayoutVersion` of native/layout.h. */
export const kLayoutVersion = 1;

/** In what takeWakes() stores: set beside the id of an endpoint whose memory is unmapped now. */
export const kRetiredBit = 0x8000_0000;

/** What endpointStatus(), inspect() and sweep() fill. */
export const kSnapshotFields = [
  'capacity',
  'framing',
  'bytesWritten',
  'bytesRead',
  'messagesWritten',
  'messagesRead',
  'writer',
  'writerPid',
  'reader',
  'readerPid',
  'isResumable',
  'writerGeneration',
  'writerSince',
  'readerGeneration',
  'readerSince',
  'writerSleeps',
  'readerSleeps',
  'writerWakeUps',
  'readerWakeUps',
  'writerIsWithinMessage',
  'readerIsWithinMessage',
  'refusedPid',
  'refusedIsWriter',
  'refusedFraming',
  'refusedIsResumable',
  'isSpent',
  'fileNumber',
] as const;

/** What endpointCounters() fills. */
export const kCounterFields = [
  'pollsHit',
  'pollsMissed',
  'parks',
  'wakeUpsRung',
  'wakeUpsSuppressed',
] as const;

/**
 * What endpointTenures() fills: which owner of its role this end is, where it stands, in bytes and
 * in messages, up to where messages were handed out before it came; which owner of its role the peer
 * is or was, and where that one began.
 */
export const kTenureFields = [
  'ownGeneration',
  'position',
  'messages',
  'delivered',
  'peerGeneration',
  'peerSince',
  'peerSinceMessages',
] as const;

/**
 * What calls that open, inspect or remove leave beside their result: the system's number of the
 * error, the pid of the role's holder, and the size of the ring that was opened, in bytes.
 */
export const kDetailFields = ['systemError', 'holderPid', 'capacity'] as const;

/**
 * What endpointTakeRefusal() fills: who was turned away, which role it wanted, and what it wanted the
 * channel to be.
 */
export const kRefusalFields = ['pid', 'isWriter', 'framing', 'isResumable'] as const;

/** What limits() fills. */
export const kLimitFields = ['descriptors', 'addressSpaceBytes', 'fileBytes', 'threads'] as const;

/** The numbers of such an array, by their names. */
export function unpack<Name extends string>(
  names: readonly Name[],
  values: Float64Array,
): Record<Name, number> {
  const fields = {} as Record<Name, number>;
  for (let i = 0; i < names.length; i++) fields[names[i] as Name] = values[i] as number;
  return fields;
}
