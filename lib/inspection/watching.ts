/** Follows the channels of a directory as they come, change hands and go. */
import { type FSWatcher, watch as watchFiles } from 'node:fs';
import { basename } from 'node:path';
import { kDetailFields, Status } from '../environment/contract.js';
import {
  holdLoop,
  monotonicMs,
  newId,
  readyAddon,
  register,
  unregister,
} from '../environment/environment.js';
import { checkObject, checkSignal } from '../errors/arguments.js';
import { AbortError, SmipcError } from '../errors/errors.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import { type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { type DirectoryMark, directoryMark } from './directory-mark.js';
import { kAnyPermissions, lookAt, namesIn } from './looks.js';
import type { ChannelStatus, Place, Sight } from './status.js';
import { sweepSome } from './sweeping.js';

/** Options of `watch`. */
export interface WatchOptions extends DirectoryOptions {
  /** Ends the iteration with an `AbortError`. */
  signal?: AbortSignal | undefined;
}

/** What has become of a channel. */
export interface ChannelEvent {
  /**
   * `'added'`: it is there, or has come. `'changed'`: an end has come, ended, left, died, or was
   * taken over. `'removed'`: it has gone, or nobody can use it any more.
   */
  type: 'added' | 'changed' | 'removed';
  /** The channel's name. */
  name: string;
  /** How it is now, or, if it was removed, how it was when it was last seen. */
  status: ChannelStatus;
}

/**
 * The longest time, in milliseconds, until the channels are looked at without news of them: nobody
 * tells of the death of an owner that was alone in its channel, nor of a new directory.
 */
const kRecheckMs = 250;
/** So many channels make rechecks rarer, that they take at most this part of the time. */
const kShareOfRechecks = 0.05;
const kLongestRecheckMs = 5000;
/** How long a spent channel that was met may take to be swept. */
const kSweepMs = 1;

/** Hears when an owner takes or leaves a role of one channel. */
class HandsWatch {
  readonly wake: () => void;
  readonly #id = newId();
  readonly #isWatching: boolean;

  constructor({ directory, name }: Place, wake: () => void) {
    this.wake = wake;
    register(this.#id, this);
    const details = new Float64Array(kDetailFields.length);
    // If it fails, for want of threads, the channel is rechecked all the same.
    this.#isWatching =
      readyAddon().roleWaitStart(this.#id, directory, name, kAnyPermissions, details) === Status.Ok;
  }

  retired(): void {}

  stop(): void {
    unregister(this.#id);
    if (this.#isWatching) readyAddon().roleWaitStop(this.#id);
  }
}

/** A channel that is followed. */
interface Known {
  sight: Sight;
  hands: HandsWatch;
}

/**
 * Notes which names there may be news of, and looks at them when the consumer asks. So what it holds
 * does not grow if the consumer is slow, and what has happened to a channel meanwhile is one event.
 */
class Watching implements AsyncIterableIterator<ChannelEvent, undefined> {
  readonly #directory: string;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Known>();
  /** Names there may be news of. */
  readonly #dirty = new Set<string>();
  /** Told next: a replaced channel has two events. */
  readonly #ready: ChannelEvent[] = [];
  #files: FSWatcher | undefined;
  /** Of the directory when its names were read last: see directoryMark. */
  #mark: DirectoryMark | undefined;
  #nextRecheck = 0;
  /** How long looking at channels has taken since the last recheck. */
  #lookedMs = 0;
  #state: 'new' | 'running' | 'over' = 'new';
  /** What next() fails with, once. */
  #failure: Error | undefined;
  #wake: () => void = () => {};
  /** Settles when the calls of next() before have been answered. */
  #before: Promise<unknown> = Promise.resolve();
  readonly #onAbort = (): void => this.#end(new AbortError(this.#signal as AbortSignal));

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#directory = directory;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ChannelEvent, undefined>> {
    const answer = this.#before.then(() => this.#next());
    this.#before = answer.catch(() => {});
    return answer;
  }

  return(): Promise<IteratorResult<ChannelEvent, undefined>> {
    this.#end(undefined);
    return Promise.resolve({ value: undefined, done: true });
  }

  async #next(): Promise<IteratorResult<ChannelEvent, undefined>> {
    try {
      if (this.#state === 'new') this.#begin();
      while (this.#state === 'running') {
        const value = this.#take();
        if (value !== undefined) return { value, done: false };
        await this.#news();
      }
    } catch (error) {
      this.#end(error as Error);
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    return { value: undefined, done: true };
  }

  #begin(): void {
    this.#state = 'running';
    if (this.#signal?.aborted) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort);
  }

  #end(failure: Error | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#failure = failure;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#files?.close();
    for (const { hands } of this.#known.values()) hands.stop();
    this.#known.clear();
    this.#wake();
  }

  /** Settles when there may be news, or it is time to recheck. Holds the event loop meanwhile. */
  async #news(): Promise<void> {
    holdLoop(1);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, this.#nextRecheck - monotonicMs()));
      // The hold is enough.
      timer.unref?.();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      // There may have been some since they were looked for: listeners run only in between.
      if (this.#dirty.size > 0 || this.#state !== 'running') this.#wake();
    });
    this.#wake = () => {};
    holdLoop(-1);
  }

  /** There may be news of a channel; of any, if it has no name. */
  #note(name: string | null): void {
    // The bells and lifelines of processes begin with a dot.
    if (name?.startsWith('.')) return;
    if (name !== null) this.#dirty.add(name);
    // It may mean the directory itself.
    if (name === null || name === basename(this.#directory)) this.#nextRecheck = 0;
    this.#wake();
  }

  /** The next event, if there is one now. */
  #take(): ChannelEvent | undefined {
    const start = monotonicMs();
    if (start >= this.#nextRecheck) this.#recheck(start);
    for (const name of this.#dirty) {
      if (this.#ready.length > 0) break;
      this.#dirty.delete(name);
      this.#look(name);
    }
    this.#lookedMs += monotonicMs() - start;
    return this.#ready.shift();
  }

  /** Notes the names of which no news need have come. */
  #recheck(now: number): void {
    const pauseMs = Math.max(kRecheckMs, this.#lookedMs / kShareOfRechecks);
    this.#nextRecheck = now + Math.min(pauseMs, kLongestRecheckMs);
    this.#lookedMs = 0;
    // Before the names are read, so that what comes meanwhile is noted the next time.
    const mark = directoryMark(this.#directory);
    if (mark?.id !== this.#mark?.id) this.#follow();
    if (mark === undefined || mark.text !== this.#mark?.text) this.#noteNames();
    this.#mark = mark;
    for (const [name, { sight }] of this.#known) {
      const { writer, reader } = sight.status;
      if (writer.state === 'open' || reader.state === 'open') this.#dirty.add(name);
    }
  }

  /** Notes the names that have come or gone. */
  #noteNames(): void {
    const there = new Set(unlessMissing(() => namesIn(this.#directory, 'inspect')));
    for (const name of there) if (!this.#known.has(name)) this.#dirty.add(name);
    for (const name of this.#known.keys()) if (!there.has(name)) this.#dirty.add(name);
  }

  /** Listens to the directory that is there now, if the system has something to listen to. */
  #follow(): void {
    this.#files?.close();
    this.#files = undefined;
    try {
      const files = watchFiles(this.#directory, { persistent: false });
      files.on('change', (_type, name) => this.#note(name === null ? null : String(name)));
      files.on('error', () => files.close());
      this.#files = files;
    } catch {
      // It is not there, or there are too many such watches: names are seen by the recheck.
    }
  }

  /** Looks at a channel, and notes what there is to tell of it. */
  #look(name: string): void {
    const place = { directory: this.#directory, name };
    const before = this.#known.get(name);
    let sight = unlessMissing(() => lookAt(place));
    let hands = before?.hands;
    if (sight !== undefined && sight.fileNumber !== before?.sight.fileNumber) {
      // Another file than before. It is listened to before it is looked at, so that nothing is
      // missed in between.
      this.#forget(name, before, before?.sight.status);
      hands = new HandsWatch(place, () => this.#note(name));
      sight = unlessMissing(() => lookAt(place));
    }
    const known = this.#known.get(name);
    if (sight === undefined || sight.isSpent) {
      // What is spent may be removed by anybody, so it has gone as far as anybody can tell.
      if (sight !== undefined) sweepSome(this.#directory, [name], kSweepMs);
      if (known === undefined) hands?.stop();
      else this.#forget(name, known, sight?.status ?? known.sight.status);
      return;
    }
    this.#known.set(name, { sight, hands: hands as HandsWatch });
    if (known === undefined) this.#ready.push({ type: 'added', name, status: sight.status });
    else if (haveHandsChanged(known.sight.status, sight.status)) {
      this.#ready.push({ type: 'changed', name, status: sight.status });
    }
  }

  #forget(name: string, known: Known | undefined, status: ChannelStatus | undefined): void {
    if (known === undefined || status === undefined) return;
    known.hands.stop();
    this.#known.delete(name);
    this.#ready.push({ type: 'removed', name, status });
  }
}

/** What `ask` returns; undefined if a directory above that of the channels is missing: it may come. */
function unlessMissing<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SmipcError && error.code === 'ERR_SMIPC_DIRECTORY') return undefined;
    throw error;
  }
}

function haveHandsChanged(before: ChannelStatus, now: ChannelStatus): boolean {
  return (['writer', 'reader'] as const).some((end) => {
    const [{ state, pid, takeovers }, other] = [before[end], now[end]];
    return state !== other.state || pid !== other.pid || takeovers !== other.takeovers;
  });
}

/**
 * Tells of the channels in a directory: first of those that are there, then of each that comes,
 * changes hands or goes. If the directory is not there yet, or is removed and made again, it goes on
 * with the one that comes. What happens to a channel while the consumer is busy is told as one event.
 *
 * The event loop is held only while an event is awaited.
 * @throws TypeError for bad arguments. The iteration fails with an `AbortError`, or a SmipcError that
 *   list() would throw.
 */
export function watch(options: WatchOptions = {}): AsyncIterableIterator<ChannelEvent, undefined> {
  checkObject('options', options);
  const signal =
    options.signal === undefined ? undefined : checkSignal('options.signal', options.signal);
  return new Watching(resolveDirectory(options), signal);
}
