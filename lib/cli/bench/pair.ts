/** This process and its partner, and the links between them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ChannelLink, type ChannelPlace, channelLink, leave } from './channels.js';
import type { Order, PartnerTask, Readiness } from './partner-task.js';
import { Listener } from './sockets.js';
import { ask, Receiver } from './traffic.js';
import type { Link, Links, Way } from './ways.js';

/** As rolldown.config.js calls it; beside the file that this is in. */
const kProgram = './bench-partner.cjs';
/** What ends it when a link has failed. Nobody else sends it; so another signal was not ours. */
const kOwnSignal = 'SIGUSR2';

interface Held extends Link {
  readonly receiver: Receiver;
}

export class Pair {
  readonly #place: ChannelPlace;
  readonly #channels: ChannelLink;
  readonly #links = new Map<Way, Held>();
  #listener: Listener | undefined;
  #child: ChildProcess | undefined;
  #isClosed = false;
  /** What a link has failed with. */
  #cause: unknown;
  #fail: (error: unknown) => void = () => {};
  /** Rejects when the partner has gone, and is never kept. */
  readonly #failure = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });

  /** @param directory of the channels; undefined: the default one */
  constructor(directory: string | undefined) {
    this.#place = { directory, prefix: `bench-${randomBytes(6).toString('hex')}` };
    this.#channels = channelLink(this.#place, 'measuring');
    for (const stream of Object.values(this.#channels)) this.#watch(stream);
    this.#failure.catch(() => {});
  }

  /**
   * Returns the directory of the channels.
   * @throws what the library says if it cannot be one: before there is anything else
   */
  async open(ways: readonly Way[]): Promise<string> {
    const { reader, writer } = this.#channels;
    const [channel] = await Promise.all([reader.opened(), writer.opened()]);
    if (this.#isClosed) throw new Error('interrupted');
    const { directory } = channel.status();
    if (ways.includes('socket')) this.#listener = new Listener();
    const child = this.#start({
      channels: { ...this.#place, directory },
      socketFolder: this.#listener?.folder,
    });
    const [readiness] = (await this.#unlessItFails(once(child, 'message'))) as [Readiness];
    if ('failure' in readiness) throw new Error(`the other process: ${readiness.failure}`);
    const links: Links = {
      smipc: this.#channels,
      pipe: { reader: child.stdout as Readable, writer: child.stdin as Writable },
    };
    const socket = await this.#listener?.accept();
    if (socket !== undefined) {
      this.#watch(socket);
      links.socket = { reader: socket, writer: socket };
    }
    for (const way of ways) this.#hold(way, links[way] as Link);
    return directory;
  }

  /** From the partner to this process. Returns the milliseconds until all of it is here. */
  throughput(order: Order): Promise<number> {
    const { receiver } = this.#links.get(order.way) as Held;
    return this.#timed(
      new Promise((resolve) => {
        receiver.expect(order.size * order.count, resolve);
        // If it does not get there, its end says why.
        this.#child?.send(order, () => {});
      }),
    );
  }

  /** To the partner and back, again and again. Returns the milliseconds. */
  roundTrips({ way, size, count }: Order): Promise<number> {
    const { writer, receiver } = this.#links.get(way) as Held;
    return this.#timed(ask(writer, receiver, size, count));
  }

  /** Ends the partner, and leaves nothing behind. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listener?.close();
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      // Not once() of node:events, which rejects if there is an 'error' first.
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    await leave(this.#channels, this.#place);
  }

  #start(task: PartnerTask): ChildProcess {
    const program = fileURLToPath(new URL(kProgram, import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, program, JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
      // In a group of its own: what is typed at the terminal is for this process, which ends both.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdin, child.stdout]) this.#watch(stream as Readable | Writable);
    child.once('error', this.#fail);
    child.once('exit', (code, signal) => {
      const how = signal === null ? `ended with status ${code}` : `died of ${signal}`;
      const died = new Error(`the other process (${child.pid}) ${how}`);
      // Ended by itself, it had seen a link fail, as we have.
      const isByLink = signal === null || signal === kOwnSignal;
      this.#fail(isByLink ? (this.#cause ?? died) : died);
    });
    return child;
  }

  #hold(way: Way, link: Link): void {
    this.#links.set(way, { ...link, receiver: new Receiver(link.reader) });
  }

  /** That its peer died is told better by how it died. */
  #watch(stream: Readable | Writable): void {
    stream.on('error', (error) => {
      this.#cause ??= error;
      this.#child?.kill(kOwnSignal);
    });
  }

  async #timed(work: Promise<void>): Promise<number> {
    const start = performance.now();
    await this.#unlessItFails(work);
    return performance.now() - start;
  }

  #unlessItFails<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure]);
  }
}
