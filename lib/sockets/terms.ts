/** What a client and a server must agree upon, and where they meet: checked options. */
import { checkInteger, checkObject, invalidArgType } from '../errors/arguments.js';
import {
  checkBusyPoll,
  checkCapacity,
  checkName,
  type DirectoryOptions,
  type Framing,
  kDefaultPermissions,
  resolveDirectory,
} from '../options/options.js';

/** Options of everything that names a server. */
export interface PlaceOptions extends DirectoryOptions {
  /**
   * File mode of what is created: which users may connect, 0 to 0o777. A client and a server of two
   * users both need it. Default: 0o600, the same user only.
   */
  permissions?: number | undefined;
  /**
   * How long to poll for the peer before sleeping, at most, in microseconds: as of a channel, but for all
   * connections of a session together. Default: 200, since who answers a request often takes so long.
   */
  busyPoll?: number | undefined;
}

/** Sizes of the rings of a connection, which its client chooses. */
export interface CapacityOptions {
  /**
   * Size of a connection's rings in bytes, rounded up to a power of two: of both, or of the one to the
   * server (`write`) and the one back (`read`). The memory is reserved when a connection first needs
   * it. Default: 64 KiB each.
   */
  capacity?: number | { read?: number | undefined; write?: number | undefined } | undefined;
}

/** Where a server is, and how it is spoken to. */
export interface Terms {
  readonly name: string;
  readonly directory: string;
  readonly permissions: number;
  readonly busyPoll: number;
  readonly framing: Framing;
  /** From the client to the server. */
  readonly upCapacity: number;
  readonly downCapacity: number;
}

const kDefaultCapacity = 64 * 1024;
const kDefaultBusyPoll = 200;

/** Checks them, for a client or a server. */
export function readTerms(
  name: unknown,
  framing: Framing,
  options: PlaceOptions & CapacityOptions,
): Terms {
  checkName(name);
  checkObject('options', options);
  const { permissions = kDefaultPermissions, busyPoll = kDefaultBusyPoll } = options;
  const { read, write } = readCapacity(options.capacity);
  let directory: string | undefined;
  const choice = options.dir;
  return {
    name,
    // Not before it is opened, so that a missing addon fails as opening does.
    get directory() {
      directory ??= resolveDirectory({ dir: choice });
      return directory;
    },
    permissions: checkInteger('options.permissions', permissions, 0, 0o777),
    busyPoll: checkBusyPoll(busyPoll),
    framing,
    upCapacity: write,
    downCapacity: read,
  };
}

function readCapacity(capacity: unknown): { read: number; write: number } {
  if (capacity === undefined) return { read: kDefaultCapacity, write: kDefaultCapacity };
  if (typeof capacity === 'number') {
    const both = checkCapacity(capacity);
    return { read: both, write: both };
  }
  if (typeof capacity !== 'object' || capacity === null) {
    throw invalidArgType(
      'options.capacity',
      'a number, or an object with read and write',
      capacity,
    );
  }
  const { read = kDefaultCapacity, write = kDefaultCapacity } = capacity as {
    read?: number;
    write?: number;
  };
  return {
    read: checkCapacity(read, 'options.capacity.read'),
    write: checkCapacity(write, 'options.capacity.write'),
  };
}
