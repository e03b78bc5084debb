/** Follows the channels of a directory as they come, change hands and go. */
import { type FSWatcher, watch as watchFiles } from 'node:fs';
import { basename } from 'node:path';
import { kDetailFields, Status } from '../environment/contract.js';
import { isDebugging } from '../environment/diagnostics.js';
import {
  holdLoop,
  monotonicMs,
  newId,
  readyAddon,
  register,
  unregister,
} from '../environment/environment.js';
import { checkObject, checkSignal } from '../errors/arguments.js';
import { AbortError } from '../errors/errors.js';
import { afterLoopTurn, clearTimeout, setTimeout } from '../host/host.js';
import { type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { type DirectoryMark, directoryMark } from './directory-mark.js';
import { IdleLog } from './idle-log.js';
import { kAnyPermissions, lookAt, namesIn } from './looks.js';
import type { ChannelStatus, Place, Sight } from './status.js';
import { sweepOne } from './sweeping.js';

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
/** How long channels are looked at until the event loop has its turn. */
const kTurnMs = 2;

/** Resolves when the event loop has had a turn, and keeps it alive until then. */
const loopTurn = (): Promise<void> => new Promise((resolve) => afterLoopTurn(resolve));

/** Hears when an owner takes or leaves a role of one channel. */
class HandsWatch {
  readonly wake: () => void;
  /** False, for want of threads: the channel is to be looked at from time to time. */
  readonly isListening: boolean;
  readonly #id = newId();

  constructor({ directory, name }: Place, wake: () => void) {
    this.wake = wake;
    register(this.#id, this);
    const details = new Float64Array(kDetailFields.length);
    this.isListening =
      readyAddon().roleWaitStart(this.#id, directory, name, kAnyPermissions, details) === Status.Ok;
  }

  retired(): void {}

  stop(): void {
    unregister(this.#id);
    if (this.isListening) readyAddon().roleWaitStop(this.#id);
  }
}

/** Stops all of them, a few in each turn of the event loop. */
async function stopAll(all: readonly HandsWatch[]): Promise<void> {
  let end = monotonicMs() + kTurnMs;
  for (const hands of all) {
    if (monotonicMs() >= end) {
      await loopTurn();
      end = monotonicMs() + kTurnMs;
    }
    hands.stop();
  }
}

/** A channel that is followed: as long as its file is there, even if nobody can use it any more. */
interface Known {
  readonly fileNumber: number;
  readonly hands: HandsWatch;
  /** How it was when it was last looked at. */
  status: ChannelStatus;
  /** Whether it is there as far as has been told. */
  isTold: boolean;
}

/**
 * Notes which names there may be news of, and looks at them when the consumer asks. So what it holds
 * does not grow if the consumer is slow, and what has happened to a channel meanwhile is one event.
 */
class Watching implements AsyncIterableIterator<ChannelEvent, undefined> {
  readonly #directory: string;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Known>();
  readonly #idleLog: IdleLog | undefined;
  /** Names there may be news of. */
  readonly #dirty = new Set<string>();
  /** Told next: a replaced channel has two events. */
  readonly #ready: ChannelEvent[] = [];
  #files: FSWatcher | undefined;
  /** What the directory had when it was read last. */
  #names: readonly string[] = [];
  /** Of the directory then: see directoryMark. */
  #mark: DirectoryMark | undefined;
  #nextRecheck = 0;
  /** How long looking at channels has taken since the last recheck. */
  #lookedMs = 0;
  /** How long it has taken, at least, since the event loop had its turn. */
  #turnMs = 0;
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
    if (isDebugging()) this.#idleLog = new IdleLog(directory);
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
        if (this.#turnMs >= kTurnMs) {
          await loopTurn();
          this.#turnMs = 0;
          continue;
        }
        const value = this.#take();
        if (value !== undefined) return { value, done: false };
        if (this.#dirty.size > 0) continue;
        this.#idleLog?.note(this.#mark !== undefined, this.#known.size);
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
    void stopAll([...this.#known.values()].map(({ hands }) => hands));
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
    this.#turnMs = 0;
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

  /** The next event, if there is one now, or can be found before the event loop has its turn. */
  #take(): ChannelEvent | undefined {
    const start = monotonicMs();
    if (start >= this.#nextRecheck) this.#recheck(start);
    let now = monotonicMs();
    for (const name of this.#dirty) {
      if (this.#ready.length > 0 || this.#turnMs + (now - start) >= kTurnMs) break;
      this.#dirty.delete(name);
      this.#look(name);
      now = monotonicMs();
    }
    this.#lookedMs += now - start;
    this.#turnMs += now - start;
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
    if (mark === undefined || mark.text !== this.#mark?.text) {
      this.#names = namesIn(this.#directory, 'inspect');
      // A name that is still there may be that of another file by now.
      for (const name of this.#names) this.#dirty.add(name);
      for (const name of this.#known.keys()) this.#dirty.add(name);
    }
    this.#mark = mark;
    for (const name of this.#names) if (!this.#isHeard(name)) this.#dirty.add(name);
  }

  /** Whether nothing can happen to a file of this name without news of it. */
  #isHeard(name: string): boolean {
    const known = this.#known.get(name);
    if (known === undefined || !known.isTold || !known.hands.isListening) return false;
    const { writer, reader } = known.status;
    return writer.state !== 'open' && reader.state !== 'open';
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
    let sight = lookAt(place);
    if (sight?.fileNumber !== this.#known.get(name)?.fileNumber) {
      this.#forget(name);
      if (sight === undefined) return;
      // Listened to before it is looked at, so that nothing is missed in between.
      const hands = new HandsWatch(place, () => this.#note(name));
      this.#known.set(name, { ...sight, hands, isTold: false });
      sight = lookAt(place);
    }
    const known = this.#known.get(name);
    if (known === undefined) return;
    if (sight === undefined || sight.fileNumber !== known.fileNumber) {
      // Replaced once more, so that it may be the wrong file that is listened to.
      this.#forget(name);
      this.#dirty.add(name);
      return;
    }
    this.#tell(known, sight);
    // What nobody can use has gone, as far as has been told. But without the lock of the directory
    // it is seen a moment ago: somebody may be about to enter it.
    if (sight.isSpent && sweepOne(place)) this.#forget(name);
  }

  /** Notes how a channel differs from what has been told of it. */
  #tell(known: Known, { status, isSpent }: Sight): void {
    const before = known.status;
    const wasTold = known.isTold;
    known.status = status;
    known.isTold = !isSpent;
    const { name } = status;
    if (!wasTold) {
      if (!isSpent) this.#ready.push({ type: 'added', name, status });
    } else if (isSpent) {
      this.#ready.push({ type: 'removed', name, status });
    } else if (haveHandsChanged(before, status)) {
      this.#ready.push({ type: 'changed', name, status });
    }
  }

  /** A file has gone, or is another one by now. */
  #forget(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.hands.stop();
    this.#known.delete(name);
    if (known.isTold) this.#ready.push({ type: 'removed', name, status: known.status });
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
 * with the one that comes; but the one above it has to be there. What happens to a channel while the
 * consumer is busy is told as one event.
 *
 * The event loop is held only while an event is awaited.
 * @throws TypeError for bad arguments. The iteration fails with an `AbortError`, or, at once or
 *   later, with the SmipcError that list() would throw then: `ERR_SMIPC_DIRECTORY`, `EACCES`,
 *   `ENOTDIR` and other system errors about the directory.
 */
export function watch(options: WatchOptions = {}): AsyncIterableIterator<ChannelEvent, undefined> {
  checkObject('options', options);
  const signal =
    options.signal === undefined ? undefined : checkSignal('options.signal', options.signal);
  return new Watching(resolveDirectory(options), signal);
}
