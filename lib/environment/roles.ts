/** The two roles of a channel, by the mode of an end. */

export type Role = 'writer' | 'reader';

/** The role that an end of this mode has. */
export function roleOf(mode: 'r' | 'w'): Role {
  return mode === 'w' ? 'writer' : 'reader';
}

/** The role of its peer. */
export function peerRoleOf(mode: 'r' | 'w'): Role {
  return mode === 'w' ? 'reader' : 'writer';
}
