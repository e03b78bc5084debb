/** Options of what opens a channel or waits: their defaults and checks. */

import { Buffer } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { resolve, sep } from 'node:path';
import process from 'node:process';
import { loadAddon } from '../environment/addon.js';
import { kCreateModes } from '../environment/contract.js';
import {
  checkBoolean,
  checkInteger,
  checkObject,
  checkOneOf,
  checkSignal,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';

/**
 * What the bytes of a channel mean: a byte stream, messages of raw bytes, or objects. The channel's
 * header says it, and an end that opens the channel with another fails with
 * `ERR_SMIPC_INCOMPATIBLE`.
 */
export type Framing = 'bytes' | 'messages' | 'objects';

/** Which end of a channel: `'r'` is the reader's, `'w'` the writer's. */
export type ChannelMode = 'r' | 'w';

/** Options of everything that finds channels by name. */
export interface DirectoryOptions {
  /**
   * The directory that holds the channels. Opening creates it with mode 0700 if it does not exist,
   * but none above it. Default: the environment variable `SMIPC_DIR`, otherwise
   * `/dev/shm/smipc-<uid>`.
   */
  dir?: string | undefined;
}

/** Options of everything that opens a channel. */
export interface ChannelOptions extends DirectoryOptions {
  /**
   * Size of the ring in bytes, rounded up to a power of two: at least 4096, at most 2^40. Ignored
   * if the channel exists already, since its creator chose the size. The memory is reserved when
   * the channel is created, which fails with `ENOSPC` or `ENOMEM` if too little is free. Default: 1
   * MiB.
   */
  capacity?: number | undefined;
  /**
   * What to do about a channel that exists, or does not: `'auto'` creates it if it does not exist;
   * `'always'` fails with `EEXIST` if it exists; `'never'` fails with `ENOENT` if it does not.
   * Default: `'auto'`.
   */
  create?: 'auto' | 'always' | 'never' | undefined;
  /**
   * If another owner holds the role, wait until it is free instead of failing with `EBUSY`. An
   * owner that dies loses its role at once. Default: false.
   */
  wait?: boolean | undefined;
  /**
   * How long to poll for the peer before sleeping, at most: 0 to 1,000,000 microseconds. The actual
   * time adapts to what has paid off. Calls that do not block stop polling when a peer wakes
   * another channel of the same thread. 0 turns polling off, and so does a process that may use
   * only one processor when it opens its first channel. Default: 50.
   */
  busyPoll?: number | undefined;
  /**
   * File mode of the channel, if it is created: which users may open it, 0 to 0o777.
   * Default: 0o600, the same user only.
   */
  permissions?: number | undefined;
  /**
   * The channel outlives its owners: if the peer dies, or leaves without `end()`, this end waits
   * for its successor, which goes on at the exact position, instead of failing. Both ends must set
   * it, or the second fails with `ERR_SMIPC_INCOMPATIBLE`. Default: false.
   */
  resume?: boolean | undefined;
  /**
   * With `resume`: how long to wait for the peer's successor, 0 to 2^31 - 1 milliseconds. After
   * that the channel fails as it would without `resume`. Default: no limit.
   */
  resumeTimeout?: number | undefined;
  /** Aborts the opening with an `AbortError`. A Node stream is destroyed whenever it is aborted. */
  signal?: AbortSignal | undefined;
}

/** Options of calls that wait. */
export interface WaitOptions {
  /** Aborts the wait with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait at most, 0 to 2^31 - 1 milliseconds, before failing with `ETIMEDOUT`.
   * Default: no limit.
   */
  timeout?: number | undefined;
}

/** Checked options, every default filled in. */
export interface ChannelSettings<Mode extends ChannelMode = ChannelMode> {
  name: string;
  mode: Mode;
  /** Asks the addon if it is the default: throws ERR_SMIPC_ADDON if that cannot be loaded. */
  readonly directory: string;
  capacity: number;
  create: 'auto' | 'always' | 'never';
  wait: boolean;
  busyPoll: number;
  permissions: number;
  framing: Framing;
  resume: boolean;
  resumeTimeout: number | undefined;
  signal: AbortSignal | undefined;
}

const kChannelFramings: readonly Framing[] = ['bytes', 'messages', 'objects'];
export const kDefaultCapacity = 1024 * 1024;
const kMinCapacity = 4096;
const kMaxCapacity = 2 ** 40;
const kLongestNameBytes = 255;
/** Of paths: the one of every system, and another one that this system may have. */
const kSeparators = new Set(['/', sep]);
const kMostBusyPoll = 1_000_000;
const kDefaultBusyPoll = 50;
export const kDefaultPermissions = 0o600;
/** The longest delay a timer of Node's takes. */
export const kLongestTimeout = 2 ** 31 - 1;

/** A channel's name is a plain file name. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw invalidArgType('name', 'a string', name);
  if (name === '') throw invalidArgValue('name', 'must not be empty', name);
  if (name.startsWith('.')) throw invalidArgValue('name', 'must not begin with "."', name);
  for (const separator of kSeparators) {
    if (name.includes(separator)) {
      throw invalidArgValue('name', `must not contain "${separator}"`, name);
    }
  }
  if (name.includes('\0')) throw invalidArgValue('name', 'must not contain a NUL character', name);
  const bytes = Buffer.byteLength(name);
  if (bytes > kLongestNameBytes) {
    const limit = `must not be longer than ${kLongestNameBytes} bytes in UTF-8 (it has ${bytes})`;
    throw invalidArgValue('name', limit, name);
  }
  if (Buffer.from(name).toString() !== name) {
    throw invalidArgValue('name', 'must not contain lone surrogates', name);
  }
}

/** Rounds up to a power of two. */
export function checkCapacity(value: unknown, name = 'options.capacity'): number {
  const bytes = checkInteger(name, value, 1, kMaxCapacity);
  return Math.max(kMinCapacity, 2 ** Math.ceil(Math.log2(bytes)));
}

/** Kept, because finding out takes one or more system calls. */
let processors: number | undefined;

export function checkBusyPoll(value: unknown): number {
  const microseconds = checkInteger('options.busyPoll', value, 0, kMostBusyPoll);
  // On the only processor, polling would keep the peer from doing what is polled for.
  processors ??= availableParallelism();
  return processors > 1 ? microseconds : 0;
}

function checkResumeTimeout(value: unknown, resume: boolean): number | undefined {
  if (value === undefined) return undefined;
  checkInteger('options.resumeTimeout', value, 0, kLongestTimeout);
  if (!resume) throw invalidArgValue('options.resumeTimeout', 'needs resume: true', value);
  return value as number;
}

/** The absolute path of the directory that was chosen; undefined: none was. */
function readDirectory(options: DirectoryOptions): string | undefined {
  const dir = options.dir ?? (process.env.SMIPC_DIR || undefined);
  if (dir === undefined) return undefined;
  if (typeof dir !== 'string') throw invalidArgType('options.dir', 'a string', dir);
  if (dir === '') throw invalidArgValue('options.dir', 'must not be empty', dir);
  if (dir.includes('\0')) {
    throw invalidArgValue('options.dir', 'must not contain a NUL character', dir);
  }
  return resolve(dir);
}

/**
 * The absolute path of the directory that holds the channels.
 * @throws TypeError for a bad option; SmipcError `ERR_SMIPC_ADDON`, as only the addon knows the
 *   default
 */
export function resolveDirectory(options: DirectoryOptions): string {
  return readDirectory(options) ?? loadAddon().defaultDirectory();
}

/** Checks the options of what opens a channel. */
export function readChannelOptions<Mode extends ChannelMode>(
  name: unknown,
  mode: Mode,
  options: ChannelOptions,
  framing: Framing,
): ChannelSettings<Mode> {
  checkName(name);
  checkObject('options', options);
  const {
    capacity = kDefaultCapacity,
    create = 'auto',
    wait = false,
    busyPoll = kDefaultBusyPoll,
    permissions = kDefaultPermissions,
    resume = false,
    resumeTimeout,
    signal,
  } = options;
  const checkedMode = checkOneOf<ChannelMode>('mode', mode, ['r', 'w']) as Mode;
  let directory = readDirectory(options);
  return {
    name,
    mode: checkedMode,
    // Not before the channel is opened, so that a missing addon fails as opening does.
    get directory() {
      directory ??= loadAddon().defaultDirectory();
      return directory;
    },
    capacity: checkCapacity(capacity),
    create: checkOneOf('options.create', create, kCreateModes),
    wait: checkBoolean('options.wait', wait),
    busyPoll: checkBusyPoll(busyPoll),
    permissions: checkInteger('options.permissions', permissions, 0, 0o777),
    framing: checkOneOf('options.framing', framing, kChannelFramings),
    resume: checkBoolean('options.resume', resume),
    resumeTimeout: checkResumeTimeout(resumeTimeout, resume),
    signal: signal === undefined ? undefined : checkSignal('options.signal', signal),
  };
}

/** Checks the options of a call that waits. */
export function readWaitOptions(options: WaitOptions): WaitOptions {
  checkObject('options', options);
  if (options.timeout !== undefined) {
    checkInteger('options.timeout', options.timeout, 0, kLongestTimeout);
  }
  if (options.signal !== undefined) checkSignal('options.signal', options.signal);
  return options;
}
