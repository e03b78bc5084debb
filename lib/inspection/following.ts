/** Finds out what happens to the channels of a directory. */
import { monotonicMs } from '../environment/environment.js';
import { HandsWatch, stopAll } from './hands-watch.js';
import { lookAt } from './looks.js';
import { NamesWatch } from './names-watch.js';
import type { ChannelStatus, Sight } from './status.js';
import { sweepOne } from './sweeping.js';

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
 * Notes which names there may be news of, and looks at them when it is asked. So what it holds does not
 * grow if that is seldom, and what has happened to a channel meanwhile is one event.
 */
export class Following {
  readonly #directory: string;
  readonly #onNews: () => void;
  readonly #names: NamesWatch;
  readonly #known = new Map<string, Known>();
  /** Names there may be news of. */
  readonly #dirty = new Set<string>();
  /** Told next: a replaced channel has two events. */
  readonly #ready: ChannelEvent[] = [];
  #nextRecheck = 0;
  /** How long looking at channels has taken since the last recheck. */
  #lookedMs = 0;

  /** `onNews`: there may be something to take. */
  constructor(directory: string, onNews: () => void) {
    this.#directory = directory;
    this.#onNews = onNews;
    this.#names = new NamesWatch(directory, (name) => this.#note(name));
  }

  /** Whether the directory was there when it was looked at last. */
  get isThere(): boolean {
    return this.#names.isThere;
  }

  /** How many channels there are, as far as has been told. */
  get size(): number {
    let size = 0;
    for (const { isTold } of this.#known.values()) if (isTold) size++;
    return size;
  }

  /** In how many milliseconds, without news, there may be something to take. */
  get pauseMs(): number {
    return this.#dirty.size > 0 ? 0 : Math.max(0, this.#nextRecheck - monotonicMs());
  }

  /** The next event, if there is one now, and it can be found in so many milliseconds. */
  take(mostMs: number): ChannelEvent | undefined {
    const start = monotonicMs();
    if (start >= this.#nextRecheck) this.#recheck(start);
    let now = monotonicMs();
    for (const name of this.#dirty) {
      if (this.#ready.length > 0 || now - start >= mostMs) break;
      this.#dirty.delete(name);
      this.#look(name);
      now = monotonicMs();
    }
    this.#lookedMs += now - start;
    return this.#ready.shift();
  }

  stop(): void {
    this.#names.stop();
    void stopAll([...this.#known.values()].map(({ hands }) => hands));
    this.#known.clear();
  }

  #note(name: string | undefined): void {
    if (name === undefined) this.#nextRecheck = 0;
    else this.#dirty.add(name);
    this.#onNews();
  }

  /** Notes the names of which no news need have come. */
  #recheck(now: number): void {
    const pauseMs = Math.max(kRecheckMs, this.#lookedMs / kShareOfRechecks);
    this.#nextRecheck = now + Math.min(pauseMs, kLongestRecheckMs);
    this.#lookedMs = 0;
    if (this.#names.refresh()) {
      for (const name of this.#names.names) this.#dirty.add(name);
      for (const name of this.#known.keys()) this.#dirty.add(name);
    } else {
      for (const name of this.#names.names) if (!this.#isHeard(name)) this.#dirty.add(name);
    }
  }

  /** Whether nothing can happen to a file of this name without news of it. */
  #isHeard(name: string): boolean {
    const known = this.#known.get(name);
    if (known === undefined || !known.isTold || !known.hands.isListening) return false;
    const { writer, reader } = known.status;
    return writer.state !== 'open' && reader.state !== 'open';
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
