// A client of a round, in a process or a worker thread of its own: chains of connections, one after
// the other in each.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import net from 'smipc/net';
import { mappingsOf } from '../leaks.js';
import { Actor } from './actor.js';
import { Journal } from './journal.js';
import { planScript } from './plan.js';
import { framingOptions, kFirstEcho } from './server.js';

/** How many connections a client may have at most; its identities follow from it. */
const kMostPerClient = 1000;
/** Before a chain goes on after a failure. */
const kRetryMs = 3;
/** As native/session/session.cc has it. */
const kMostRingBytes = 32 << 20;

export class RoundClient {
  #order;
  #plan;
  #journal;
  #tell;
  #next;
  #left;
  /** @type {Set<Actor>} */
  #open = new Set();
  /** Holds the session all the time. @type {import('smipc/net').Socket} */
  #anchor;
  #isAnchored = true;
  #echoes = kFirstEcho;

  /** @param {import('./party.js').Order} order @param {(message: object) => void} tell */
  constructor(order, tell) {
    this.#order = order;
    this.#tell = tell;
    const plan = order.plan.clients[order.index];
    if (plan === undefined) throw new Error(`no client ${order.index}`);
    this.#plan = plan;
    this.#journal = new Journal(order.journal);
    this.#next = order.index * kMostPerClient;
    this.#left = plan.connections;
    this.#anchor = this.#connectEcho();
    this.#anchor.once('close', () => {
      this.#isAnchored = false;
    });
    void this.#run();
  }

  async #run() {
    await Promise.all(Array.from({ length: this.#plan.chains }, () => this.#runChain()));
    this.#tell({ is: 'quiet' });
  }

  async #runChain() {
    while (this.#left-- > 0) {
      const hasConnected = await this.#play(this.#next++);
      if (!hasConnected) await setTimeout(kRetryMs);
    }
  }

  #options() {
    const { plan, dir, name } = this.#order;
    return { path: name, dir, capacity: this.#plan.capacity, ...framingOptions(plan.framing) };
  }

  /** @param {number} id */
  async #play(id) {
    const { plan } = this.#order;
    const { allowHalfOpen } = planScript(plan, id, true);
    const wait = this.#plan.waits ? 200 : false;
    const socket = net.connect({ ...this.#options(), allowHalfOpen, wait });
    const actor = new Actor(plan, id, true, socket, this.#journal);
    this.#open.add(actor);
    let hasConnected = false;
    socket.on('connect', () => {
      hasConnected = true;
      this.#journal.note(id, 'connected');
    });
    socket.on('data', (value) => actor.take(value));
    actor.greet();
    await actor.play();
    this.#open.delete(actor);
    return hasConnected;
  }

  describe() {
    const anchor = this.#isAnchored ? `anchor ${this.#anchor.readyState}` : 'no anchor';
    return [anchor, ...[...this.#open].map((actor) => actor.describe())];
  }

  // --- when all is over

  #connectEcho() {
    const socket = net.connect({ ...this.#options(), allowHalfOpen: true });
    socket.on('error', () => {});
    const id = this.#echoes++;
    const greeting = Buffer.alloc(4);
    greeting.writeUInt32LE(id);
    socket.write(/** @type {any} */ (this.#order.plan.framing === 'objects' ? { id } : greeting));
    return socket;
  }

  /** @param {import('smipc/net').Socket} socket */
  async #echo(socket) {
    const isObject = this.#order.plan.framing === 'objects';
    socket.write(/** @type {any} */ (isObject ? { echo: true } : Buffer.from('echo')));
    await once(socket, 'data');
  }

  /** Each slot of the session is free again, or it would take another session. */
  async #fillSession() {
    if (!this.#isAnchored) return;
    // Once it has come back, what the server had told before has come, too.
    await this.#echo(this.#anchor);
    const before = this.#sessions();
    const { capacity } = this.#plan;
    const pair = typeof capacity === 'number' ? 2 * capacity : capacity.read + capacity.write;
    const slots = Math.min(256, Math.max(15, kMostRingBytes / pair - 1)) | 0;
    const sockets = Array.from({ length: slots - 1 }, () => this.#connectEcho());
    await Promise.all(sockets.map((socket) => this.#echo(socket)));
    const after = this.#sessions();
    if (before === 1 && after !== 1) this.#note(`${slots} connections took ${after} sessions`);
    for (const socket of sockets) socket.end();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
  }

  #sessions() {
    return mappingsOf(process.pid, `${this.#order.dir}/.conn-`).length;
  }

  /** @param {string} what */
  #note(what) {
    this.#journal.note(this.#order.index * kMostPerClient, 'wrong', what);
  }

  /** @param {string} what */
  obey(what) {
    if (what === 'fill') {
      void this.#fillSession().then(() => this.#tell({ is: 'filled' }));
    } else if (what === 'over') {
      this.#anchor.end();
    }
  }
}
