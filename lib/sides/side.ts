/**
 * How a stream gets its endpoint: in its constructor if it can, so that what is written in the same
 * tick is in the ring in the same tick; otherwise, with `wait: true`, when the role is free. And
 * what both kinds of stream offer about it.
 */
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import { Channel } from '../channel/channel.js';
import type { Endpoint } from '../endpoint/endpoint.js';
import type { Expectation } from '../endpoint/expectations.js';
import { openWhenFree, tryOpen } from '../endpoint/opening.js';
import { limitWait } from '../endpoint/wait-queue.js';
import { AbortError } from '../errors/errors.js';
import { failure, Status } from '../failures/failures.js';
import { AbortController, nextTick, now } from '../host/host.js';
import { type ChannelSettings, readWaitOptions, type WaitOptions } from '../options/options.js';

type ConstructCallback = (error?: Error | null) => void;

/** What Node emits when others listen; we do, and that is no reason to live. */
const kOwnEvents: readonly (string | symbol)[] = ['newListener', 'removeListener'];

export class StreamOpening {
  readonly #settings: ChannelSettings;
  /** Why the channel cannot be opened; undefined: it is, or its role is waited for. */
  readonly #obstacle: Error | undefined;
  #endpoint: Endpoint | undefined;
  /** Made when it is needed first. */
  #channel: Channel | undefined;
  #hasSeenPeer = false;
  #isRefed = true;
  #isClosed = false;
  /** Once the role is waited for. */
  #giveUp: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream: Readable | Writable | undefined;
  #onOpen: (endpoint: Endpoint) => void = () => {};
  /** Made for the first one. */
  #openWaits: Set<{ opened(): void; failed(error: Error): void }> | undefined;
  /** The stream has listeners: it must not be collected, even if it is idle. */
  readonly #listened: Expectation = { isActive: false, holdsLoop: false };

  constructor(settings: ChannelSettings) {
    this.#settings = settings;
    try {
      this.#endpoint = tryOpen(settings);
    } catch (error) {
      this.#obstacle = error as Error;
    }
  }

  /** Node's `construct`, if the opening has to go on, or to fail, after the constructor. */
  streamOptions(): { construct?: (callback: ConstructCallback) => void } {
    if (this.#endpoint !== undefined) return {};
    return { construct: (callback) => void this.#openLater(callback) };
  }

  /** In the stream's constructor, after super(): from now on events reach the stream. */
  start(stream: Readable | Writable, onOpen: (endpoint: Endpoint) => void): void {
    this.#stream = stream;
    this.#onOpen = onOpen;
    if (this.#endpoint !== undefined) this.#attach(this.#endpoint);
    // 'newListener' comes before the listener is there, 'removeListener' when it has gone.
    stream.on('newListener', (event) => {
      if (!kOwnEvents.includes(event)) this.#setListened(true);
    });
    stream.on('removeListener', () => {
      this.#setListened(stream.eventNames().some((event) => !kOwnEvents.includes(event)));
    });
    // Not as an option of Node's: it would destroy the stream from within the constructor.
    if (this.#settings.signal !== undefined) addAbortSignal(this.#settings.signal, stream);
  }

  get name(): string {
    return this.#settings.name;
  }

  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  get channel(): Channel | undefined {
    if (this.#endpoint !== undefined) this.#channel ??= Channel.ofStream(this.#endpoint);
    return this.#channel;
  }

  /** Bytes that went through the endpoint. */
  get bytesMoved(): number {
    return this.#endpoint === undefined ? 0 : this.#endpoint.position - this.#endpoint.start;
  }

  get isPending(): boolean {
    return !this.#hasSeenPeer;
  }

  async waitForPeer(options: WaitOptions): Promise<void> {
    const rest = await this.whenOpen(options);
    await this.channel?.waitForPeer(rest);
    // So that the stream is connected before the caller goes on.
    this.#checkForPeer();
  }

  /** See Endpoint.inContext. Without an endpoint, in the caller's context. */
  inContext(method: () => void, self?: unknown): void {
    if (this.#endpoint === undefined) method.call(self);
    else this.#endpoint.inContext(method, self);
  }

  /** Settles when the role is taken; with what is left of the limits for the wait that follows. */
  async whenOpen(options: WaitOptions): Promise<WaitOptions> {
    const { signal, timeout } = readWaitOptions(options);
    if (this.#endpoint !== undefined) return options;
    const start = now();
    await this.#opened(options);
    if (timeout === undefined) return options;
    const left = timeout - (now() - start);
    return { signal, timeout: Math.max(0, Math.ceil(left)) };
  }

  ref(): void {
    this.#isRefed = true;
    this.#timer?.ref();
    this.#endpoint?.ref();
  }

  unref(): void {
    this.#isRefed = false;
    this.#timer?.unref();
    this.#endpoint?.unref();
  }

  hasRef(): boolean {
    return this.#isRefed;
  }

  /** Stops waiting for the role. Node defers _destroy until the opening has come to an end. */
  giveUp(): void {
    this.#giveUp?.abort();
  }

  /**
   * Leaves the channel, if there is one; settles when everything is released. What waits fails for
   * the reason, if there is one.
   */
  async close(reason: Error | null = null): Promise<void> {
    this.#isClosed = true;
    const { name: channel } = this.#settings;
    for (const wait of this.#openWaits ?? []) {
      wait.failed(reason ?? failure(Status.Closed, { syscall: 'wait', channel }));
    }
    // A stream that was done before it looked.
    this.#checkForPeer();
    await (this.#channel?.closeBecause(reason) ?? this.#endpoint?.close());
  }

  async #openLater(callback: ConstructCallback): Promise<void> {
    let failed: Error | null = null;
    try {
      if (this.#obstacle !== undefined) throw this.#obstacle;
      this.#giveUp = new AbortController();
      if (this.#stream?.destroyed === true) this.#giveUp.abort();
      this.#endpoint = await openWhenFree(this.#settings, {
        signal: this.#giveUp.signal,
        onTimer: (timer) => {
          this.#timer = timer;
          if (!this.#isRefed) timer.unref();
        },
      });
      this.#attach(this.#endpoint);
    } catch (error) {
      // Destroyed meanwhile: the stream knows why.
      failed = this.#stream?.destroyed === true ? null : (error as Error);
    }
    callback(failed);
  }

  #attach(endpoint: Endpoint): void {
    if (!this.#isRefed) endpoint.unref();
    endpoint.onWake(this.#checkForPeer);
    endpoint.onTakeover((takeover) => this.#emitLater('resumed', takeover));
    if (endpoint.ownTakeover !== undefined) this.#emitLater('resumed', endpoint.ownTakeover);
    this.#onOpen(endpoint);
    if (this.#listened.isActive) endpoint.expect(this.#listened);
    for (const wait of this.#openWaits ?? []) wait.opened();
    this.#checkForPeer();
  }

  readonly #checkForPeer = (): void => {
    if (this.#hasSeenPeer || this.#endpoint?.hasConnected !== true) return;
    this.#hasSeenPeer = true;
    this.#endpoint.offWake(this.#checkForPeer);
    this.#emitLater('connect');
  };

  /**
   * Later: in the constructor nobody listens yet, and what a listener throws must not end a
   * wake-up.
   */
  #emitLater(event: 'connect' | 'resumed', ...values: unknown[]): void {
    this.inContext(() => {
      nextTick(() => {
        if (this.#stream?.destroyed === false) this.#stream.emit(event, ...values);
      });
    });
  }

  #setListened(isActive: boolean): void {
    if (isActive === this.#listened.isActive) return;
    this.#listened.isActive = isActive;
    if (this.#endpoint?.state === 'open') this.#endpoint.expect(this.#listened);
  }

  #opened(options: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const fields = { syscall: 'wait' as const, channel: this.#settings.name };
      if (this.#isClosed) throw failure(Status.Closed, fields);
      if (options.signal?.aborted) throw new AbortError(options.signal);
      const settle = (act: () => void): void => {
        release();
        this.#openWaits?.delete(wait);
        act();
      };
      const wait = {
        opened: () => settle(resolve),
        failed: (error: Error) => settle(() => reject(error)),
      };
      const release = limitWait(options, fields, wait.failed);
      this.#openWaits ??= new Set();
      this.#openWaits.add(wait);
    });
  }
}
