/** What smipc uses of the kernel and the runtime, and what it does without: a table. */
import { release } from 'node:os';
import process from 'node:process';
import { type Check, type Finding, ok, type Scene, unknown, warning } from './check.js';
import { kFilter, seccompMode } from './seccomp.js';
import type { Sights } from './trial-report.js';
import { fallbacks } from './variables.js';

/** The first Node whose permission model has the network. */
const kNetworkPermission = 25;

interface Facility {
  readonly id: string;
  /** Undefined: the trial did not see it. */
  isUsed(sights: Sights): boolean | undefined;
  readonly used: string;
  readonly otherwise: string;
  /** The word of SMIPC_FALLBACK that switches it off. */
  readonly way: string;
  /** The system call. */
  readonly call?: string;
  /** The first kernel that has it. */
  readonly since?: string;
}

const kFacilities: readonly Facility[] = [
  {
    id: 'robust-lists',
    isUsed: ({ roleScheme }) => roleScheme && roleScheme === 'robust-lists',
    used: 'the kernel tells of a death at once',
    otherwise: 'roles are held by file locks, so a death is noticed every 20 ms',
    way: 'roles',
    call: 'set_robust_list',
  },
  {
    id: 'futex-waitv',
    isUsed: ({ waitsTogether }) => waitsTogether,
    used: 'one thread waits for many channels',
    otherwise: 'each channel has a thread that waits for it',
    way: 'waits',
    call: 'futex_waitv',
    since: '5.16',
  },
  {
    id: 'fifos',
    isUsed: ({ hasBell }) => hasBell,
    used: 'a FIFO wakes the event loop',
    otherwise: 'a thread wakes the event loop, which takes one thread switch more',
    way: 'bells',
    call: 'mknodat',
  },
  {
    id: 'views',
    isUsed: ({ zeroCopy }) => zeroCopy,
    used: 'peek() and reserve() show the ring itself',
    otherwise: 'peek() and reserve() show a copy of the ring',
    way: 'views',
  },
];

export const facilities: readonly Check[] = [
  ...kFacilities.map((facility) => ({
    id: facility.id,
    examine: async (scene: Scene): Promise<Finding> => {
      const trial = await scene.trial();
      const isUsed = facility.isUsed(trial);
      if (isUsed === undefined) return unseen(trial);
      return isUsed ? ok(facility.used) : missing(facility);
    },
  })),
  {
    id: 'ofd-locks',
    // Without it no channel is opened: docs/system-calls.md.
    async examine(scene) {
      const trial = await scene.trial();
      if (trial.roleScheme === undefined) return unseen(trial);
      return ok('a lock shows that a process lives');
    },
  },
  {
    id: 'nameless-files',
    async examine(scene) {
      const trial = await scene.trial();
      const { isNameless } = trial;
      if (isNameless === undefined) return unseen(trial);
      return ok(
        isNameless
          ? 'a channel is made without a name (O_TMPFILE), and named when it is whole'
          : 'a channel is made under a name that begins with .new-; the file system does not have O_TMPFILE, or is in user space',
      );
    },
  },
];

function unseen({ zeroCopy }: Sights): Finding {
  return unknown(
    zeroCopy === undefined
      ? 'no channel could be opened to see it'
      : 'this system, or this runtime, does not show it',
  );
}

function missing({ otherwise, way, call, since }: Facility): Finding {
  if (fallbacks().includes(way)) {
    return warning(`${otherwise}: SMIPC_FALLBACK says so`, {
      advice: 'take it away, if there is no other reason for it',
      command: 'unset SMIPC_FALLBACK',
    });
  }
  if (call === undefined || (way === 'bells' && process.versions.bun !== undefined)) {
    return ok(`${otherwise}: this runtime has no better way`);
  }
  if (way === 'bells' && isWithoutNetwork()) {
    return warning(`${otherwise}: to Node's permission model a FIFO is a part of the network`, {
      advice: 'run node with --allow-net, if the program may use the network as well',
    });
  }
  if (seccompMode() === kFilter) {
    return warning(`${otherwise}: ${call} is refused, perhaps by the seccomp filter`, {
      advice: `let the filter allow ${call}`,
    });
  }
  if (since !== undefined && isOlder(release(), since)) {
    return warning(`${otherwise}: Linux ${release()} does not have ${call}`, {
      advice: `Linux ${since} has it`,
    });
  }
  return warning(`${otherwise}: ${call} is refused, or its file system cannot do it`);
}

/** Node 26 takes a FIFO for one; Node 22 and 24 have no such permission, and answer false. */
function isWithoutNetwork(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  const [major = 0] = process.versions.node.split('.').map(Number);
  return permission !== undefined && major >= kNetworkPermission && !permission.has('net');
}

function isOlder(version: string, than: string): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [x = 0, y = 0] = than.split('.').map(Number);
  return a < x || (a === x && b < y);
}
