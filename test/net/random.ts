// Connections on which both sides do what chance says. What arrives is what was written, an end means all of
// it, each side closes once, and an error is a reset that somebody has caused.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, patternBytes, random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import type { Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { watchClose } from '../fixtures/net/record.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

type Random = ReturnType<typeof random>;

class Actor {
  readonly socket: Socket;
  readonly seed: number;
  written = 0;
  read = 0;
  sawEnd = 0;
  closes = 0;
  error: NodeJS.ErrnoException | undefined;
  /** It may have caused a reset of the other. */
  isAbrupt = false;
  /** The other must not take what has come for all. */
  mustReset = false;
  fault: unknown;

  constructor(socket: Socket, seed: number, seedOfOther: number) {
    this.socket = socket;
    this.seed = seed;
    watchClose(socket);
    socket.on('data', (chunk: Buffer) => {
      try {
        checkPattern(chunk, this.read, seedOfOther);
      } catch (error) {
        this.fault = error;
      }
      this.read += chunk.length;
    });
    socket.on('end', () => this.sawEnd++);
    socket.on('close', () => this.closes++);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.error !== undefined) this.fault = new Error('two errors');
      this.error = error;
    });
  }

  act(chance: Random): void {
    const { socket } = this;
    const what = chance.below(20);
    if (what < 10) this.#write(chance);
    else if (what < 13) socket.pause();
    else if (what < 17) socket.resume();
    else if (what === 17) socket.end();
    else if (what === 18 && chance.below(4) === 0) this.#destroy(chance.below(4));
    else if (what === 19) this.#writeCorked(chance);
  }

  #writeCorked(chance: Random): void {
    this.socket.cork();
    this.#write(chance);
    this.#write(chance);
    this.socket.uncork();
  }

  #write(chance: Random): void {
    if (!this.socket.writable || this.socket.writableLength > 1_000_000) return;
    const size = chance.below(3) === 0 ? chance.below(200_000) : chance.below(500);
    this.socket.write(patternBytes(size, this.written, this.seed));
    this.written += size;
  }

  #destroy(how: number): void {
    const { socket } = this;
    const isReset = how > 1 || (how === 0 && socket.writableLength > 0);
    this.isAbrupt ||= isReset;
    // Unless its end is out.
    const isEnded = socket.writableEnded && socket.writableLength === 0;
    this.mustReset ||= isReset && !isEnded && !socket.destroyed;
    if (how === 0) socket.destroy();
    if (how === 1) socket.destroySoon();
    if (how === 2) socket.destroy(new Error('on purpose'));
    if (how === 3) socket.resetAndDestroy();
  }
}

/** What is wrong with what one has seen of the other. */
function wrongWith(one: Actor, other: Actor): string | undefined {
  if (one.fault !== undefined) return `${one.fault}`;
  if (one.closes !== 1) return `${one.closes} closes`;
  if (one.sawEnd > 1) return 'two ends';
  if (one.read > other.written) return 'more was read than written';
  if (one.sawEnd === 1 && other.mustReset) return 'an end that is none';
  if (one.sawEnd === 1 && !other.isAbrupt && one.read !== other.written) {
    // What it wrote into a connection that we had left is lost.
    if (other.error === undefined) return `an end after ${one.read} of ${other.written}`;
  }
  const code = one.error?.code;
  if (code === 'ECONNRESET' && !other.isAbrupt && other.error === undefined) {
    return 'a reset that nobody has caused';
  }
  if (one.error !== undefined && !['ECONNRESET', 'EPIPE', undefined].includes(code)) {
    return `${one.error}`;
  }
  return undefined;
}

t.test('random', async (t) => {
  const seed = newSeed(t);
  const path = uniqueName(t);
  for (let round = 0; round < 150; round++) {
    const chance = random(seed + round);
    const allowHalfOpen = chance.below(2) === 0;
    const name = `${path}-${round % 3}`;
    const server = await startServer(t, { net, path: name }, { allowHalfOpen });
    const accepted = once(server, 'connection');
    const client = new Actor(net.connect(name, { allowHalfOpen }), 1, 2);
    if (chance.below(2) === 0) client.act(chance);
    const [socket] = (await accepted) as [Socket];
    const served = new Actor(socket, 2, 1);
    const actors = [client, served] as const;
    const steps = chance.between(1, 60);
    for (let step = 0; step < steps; step++) {
      actors[chance.below(2)]?.act(chance);
      if (chance.below(3) === 0) await someTurns(chance.below(4));
    }
    for (const { socket: one } of actors) one.resume().end();
    await until(() => client.closes > 0 && served.closes > 0, `round ${round} is over`);
    await someTurns(2);
    const wrong = [wrongWith(client, served), wrongWith(served, client)];
    if (wrong.some((one) => one !== undefined)) {
      t.fail(`seed ${seed}, round ${round}: ${wrong}`);
      return;
    }
    await new Promise((resolve) => server.close(resolve));
  }
  t.pass('all rounds');
});
