// The server of a round, in a process or a worker thread of its own.
import net from 'smipc/net';
import { Actor, receive } from './actor.js';
import { Journal } from './journal.js';
import { serverAllowsHalfOpen } from './plan.js';

/** Connections from here on are not played: what comes is sent back. */
export const kFirstEcho = 1_000_000;

/** @param {import('./plan.js').SocketPlan['framing']} framing */
export function framingOptions(framing) {
  return { messages: framing === 'messages', objectMode: framing === 'objects' };
}

export class RoundServer {
  #order;
  #journal;
  /** @type {(message: object) => void} */
  #tell;
  /** @type {import('smipc/net').Server} */
  #server;
  /** @type {Map<import('smipc/net').Socket, Actor | undefined>} */
  #open = new Map();
  #onQuiet = () => {};

  /** @param {import('./party.js').Order} order @param {(message: object) => void} tell */
  constructor(order, tell) {
    this.#order = order;
    this.#tell = tell;
    this.#journal = new Journal(order.journal);
    this.#server = this.#listen();
  }

  #listen() {
    const { plan, dir, name } = this.#order;
    const server = net.createServer(
      { allowHalfOpen: serverAllowsHalfOpen(plan), ...framingOptions(plan.framing) },
      (socket) => this.#accept(socket),
    );
    server.on('error', (error) => {
      throw error;
    });
    server.on('listening', () => this.#tell({ is: 'listening' }));
    return server.listen(name, { dir });
  }

  /** @param {import('smipc/net').Socket} socket */
  #accept(socket) {
    const { plan } = this.#order;
    this.#open.set(socket, undefined);
    const over = () => {
      this.#open.delete(socket);
      this.#tellIfQuiet();
    };
    socket.once('close', over);
    // Until it has said which one it is.
    socket.on('error', () => {});
    receive(plan, socket, (id) => {
      if (id >= kFirstEcho) {
        socket.off('close', over);
        over();
        socket.on('end', () => socket.end());
        return { take: (value) => void socket.write(value) };
      }
      const actor = new Actor(plan, id, false, socket, this.#journal);
      this.#open.set(socket, actor);
      this.#journal.note(id, 'connected');
      void actor.play();
      return actor;
    });
  }

  #tellIfQuiet() {
    if (this.#open.size === 0) this.#onQuiet();
  }

  describe() {
    return [...this.#open].map(
      ([socket, actor]) => actor?.describe() ?? `ungreeted: ${socket.readyState}`,
    );
  }

  /** @param {string} what */
  obey(what) {
    if (what === 'close' || what === 'over') {
      if (this.#server.listening) this.#server.close();
    } else if (what === 'relisten') {
      if (!this.#server.listening) return;
      this.#server.close();
      this.#server = this.#listen();
    } else if (what === 'tell when quiet') {
      this.#onQuiet = () => {
        this.#onQuiet = () => {};
        this.#tell({ is: 'quiet' });
      };
      this.#tellIfQuiet();
    }
  }
}
