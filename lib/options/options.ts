/** Defaults and checks of everything a caller passes in. */

import { Buffer } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import {
  checkBoolean,
  checkInteger,
  checkObject,
  checkOneOf,
  checkSignal,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';

/** What the bytes of a channel mean. It stands in the channel's header, and both ends must agree. */
export type Framing = 'bytes' | 'messages' | 'objects';

/** `'r'`: the reader's role. `'w'`: the writer's. */
export type ChannelMode = 'r' | 'w';

/** Where channels are looked for. */
export interface DirectoryOptions {
  /**
   * The directory that holds the channels; made with mode 0700 if it is not there.
   * Default: the environment variable `SMIPC_DIR`, else `/dev/shm/smipc-<uid>`.
   */
  dir?: string | undefined;
}

/** Options of everything that opens a channel. */
export interface ChannelOptions extends DirectoryOptions {
  /**
   * Size of the ring in bytes, rounded up to a power of two; 4096 at least, 2^40 at most. The
   * creator's size wins: it is ignored if the channel is there already. The memory is reserved when the
   * channel is made (posix_fallocate(3)); `ENOSPC` if there is not so much. Default: 1 MiB.
   */
  capacity?: number | undefined;
  /**
   * `'auto'` (default) makes the channel if it is not there; `'always'` fails with `EEXIST` if it
   * is; `'never'` fails with `ENOENT` if it is not.
   */
  create?: 'auto' | 'always' | 'never' | undefined;
  /**
   * Wait for a role that somebody else holds, instead of failing with `EBUSY`. Who holds it, and whether
   * it lives, the kernel knows (Documentation/locking/robust-futex-ABI.rst of Linux). Default: false.
   */
  wait?: boolean | undefined;
  /**
   * The most microseconds to look again before parking, 0 to 1,000,000; the actual time adapts, as KVM's
   * does (Documentation/virt/kvm/halt-polling.rst of Linux). Calls that do not block look no longer
   * when another channel of this environment has been rung. 0 turns it off, and so does a process that
   * may run on one processor only when it opens its first channel. Default: 50.
   */
  busyPoll?: number | undefined;
  /** Mode of the channel's file. Default: 0o600, the same user only. */
  permissions?: number | undefined;
  /**
   * The channel outlives its owners: an opposite end that leaves without `end()`, or dies, is no error
   * but a wait for the next one, which goes on at the exact position. Both ends must agree
   * (`ERR_SMIPC_INCOMPATIBLE` if not). Default: false.
   */
  resume?: boolean | undefined;
  /**
   * With `resume`: how long to wait for the next owner of the opposite role, in milliseconds, 0 to
   * 2^31 - 1. Then the channel fails as it would without `resume`. Default: no limit.
   */
  resumeTimeout?: number | undefined;
  /** Aborts the opening; a stream is destroyed by it at any time. */
  signal?: AbortSignal | undefined;
}

/** Options of everything that waits. */
export interface WaitOptions {
  /** Aborts the wait with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /**
   * The longest wait in milliseconds, 0 to 2^31 - 1, after which it fails with `ETIMEDOUT`. Default: no
   * limit.
   */
  timeout?: number | undefined;
}

/** Checked options, every default filled in. */
export interface ChannelSettings {
  name: string;
  mode: ChannelMode;
  directory: string;
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

export const kDefaultCapacity = 1024 * 1024;
const kMinCapacity = 4096;
const kMaxCapacity = 2 ** 40;
const kLongestNameBytes = 255;
const kMostBusyPoll = 1_000_000;
const kDefaultBusyPoll = 50;
const kDefaultPermissions = 0o600;
/** The longest delay a timer of Node's takes. */
const kLongestTimeout = 2 ** 31 - 1;

/** A channel's name is a plain file name. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw invalidArgType('name', 'a string', name);
  if (name === '') throw invalidArgValue('name', 'must not be empty', name);
  if (name.startsWith('.')) throw invalidArgValue('name', 'must not begin with "."', name);
  if (name.includes('/')) throw invalidArgValue('name', 'must not contain "/"', name);
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
function checkCapacity(value: unknown): number {
  const bytes = checkInteger('options.capacity', value, 1, kMaxCapacity);
  return Math.max(kMinCapacity, 2 ** Math.ceil(Math.log2(bytes)));
}

/** Asking is a system call, or several. */
let processors: number | undefined;

function checkBusyPoll(value: unknown): number {
  const microseconds = checkInteger('options.busyPoll', value, 0, kMostBusyPoll);
  // On the only processor, looking again keeps the peer from what is being looked for.
  processors ??= availableParallelism();
  return processors > 1 ? microseconds : 0;
}

function checkResumeTimeout(value: unknown, resume: boolean): number | undefined {
  if (value === undefined) return undefined;
  checkInteger('options.resumeTimeout', value, 0, kLongestTimeout);
  if (!resume) throw invalidArgValue('options.resumeTimeout', 'needs resume: true', value);
  return value as number;
}

/** The absolute path of the directory that holds the channels. */
export function resolveDirectory(options: DirectoryOptions): string {
  const dir = options.dir ?? (process.env.SMIPC_DIR || `/dev/shm/smipc-${process.geteuid?.()}`);
  if (typeof dir !== 'string') throw invalidArgType('options.dir', 'a string', dir);
  if (dir === '') throw invalidArgValue('options.dir', 'must not be empty', dir);
  if (dir.includes('\0')) {
    throw invalidArgValue('options.dir', 'must not contain a NUL character', dir);
  }
  return resolve(dir);
}

/** Checks what opens a channel. */
export function readChannelOptions(
  name: unknown,
  mode: unknown,
  options: ChannelOptions,
  framing: Framing,
): ChannelSettings {
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
  return {
    name,
    mode: checkOneOf('mode', mode, ['r', 'w'] as const),
    directory: resolveDirectory(options),
    capacity: checkCapacity(capacity),
    create: checkOneOf('options.create', create, ['auto', 'always', 'never'] as const),
    wait: checkBoolean('options.wait', wait),
    busyPoll: checkBusyPoll(busyPoll),
    permissions: checkInteger('options.permissions', permissions, 0, 0o777),
    framing: checkOneOf('options.framing', framing, ['bytes', 'messages', 'objects'] as const),
    resume: checkBoolean('options.resume', resume),
    resumeTimeout: checkResumeTimeout(resumeTimeout, resume),
    signal: signal === undefined ? undefined : checkSignal('options.signal', signal),
  };
}

/** Checks what limits a wait. */
export function readWaitOptions(options: WaitOptions): WaitOptions {
  checkObject('options', options);
  if (options.timeout !== undefined) {
    checkInteger('options.timeout', options.timeout, 0, kLongestTimeout);
  }
  if (options.signal !== undefined) checkSignal('options.signal', options.signal);
  return options;
}
