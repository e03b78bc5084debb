// One round: a server, its clients, and what happens to them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openChannel } from 'smipc';
import net from 'smipc/net';
import { until } from '../../fixtures/timing/until.js';
import { readJournal } from './journal.js';
import { isDeath, planScript, serverAllowsHalfOpen } from './plan.js';
import { judge } from './verdict.js';

/** @typedef {import('./plan.js').SocketPlan} SocketPlan */
/** @typedef {import('./plan.js').Hit} Hit */
/** @typedef {import('./parties.js').Party} Party */

/** Longer than anything takes: who needs more hangs. */
const kHangsMs = 60_000;
/** As native/channel/sweep.cc has it, and some more. */
const kUntakenS = 70;

export class SocketRound {
  /** @type {Party[]} */
  #servers = [];
  /** @type {Party[]} */
  #clients = [];
  /** @type {Set<import('./plan.js').Blow>} */
  #serverBlows = new Set();
  #plan;
  #dir;
  #journals;
  #parties;
  #name;
  /** How many connections there were. */
  connections = 0;

  /**
   * @param {SocketPlan} plan @param {string} dir of the channels @param {string} journals a directory
   * @param {import('./parties.js').Parties} parties
   */
  constructor(plan, dir, journals, parties) {
    this.#plan = plan;
    this.#dir = dir;
    this.#journals = journals;
    this.#parties = parties;
    this.#name = `sockets-${plan.seed}`;
  }

  async run() {
    mkdirSync(this.#journals, { recursive: true, mode: 0o700 });
    const timer = new AbortController();
    const late = setTimeout(kHangsMs, undefined, { signal: timer.signal }).then(
      async () => {
        throw new Error(`hangs:\n${await this.#describe()}`);
      },
      () => /** @type {never} */ (undefined),
    );
    try {
      await Promise.race([this.#play(), late]);
    } finally {
      timer.abort();
      for (const party of this.#all) if (!party.isDead) party.kill('SIGKILL');
    }
    this.#judge();
    await this.#checkNextOwners();
    await this.#checkDirectory();
  }

  get #all() {
    return [...this.#servers, ...this.#clients];
  }

  async #play() {
    const plan = this.#plan;
    await this.#startServer();
    await Promise.all(plan.clients.map((_, index) => this.#startClient(index)));
    await Promise.all(plan.hits.map((hit) => this.#hit(hit)));
    await Promise.all(this.#clients.map((client) => client.hears('quiet')));
    const server = /** @type {Party} */ (this.#servers.at(-1));
    await server.ask('tell when quiet', 'quiet');
    if (plan.fillsSession && this.#serverBlows.size === 0) {
      for (const client of this.#clients) await client.ask('fill', 'filled');
    }
    for (const client of this.#clients) client.send('over');
    server.send('over');
    if (plan.looksForLeaks) {
      await Promise.all(this.#all.map((party) => party.ask('look for leaks', 'clean')));
    }
    await Promise.all(this.#all.map((party) => this.#checkDeath(party)));
  }

  /** @param {'server' | 'client'} role @param {number} index @param {boolean} inThread */
  #order(role, index, inThread) {
    const journal = join(this.#journals, `${role}-${index}`);
    return { plan: this.#plan, role, index, inThread, dir: this.#dir, name: this.#name, journal };
  }

  async #startServer() {
    const server = await this.#parties.take();
    server.send(this.#order('server', this.#servers.length, this.#plan.serverInThread));
    this.#servers.push(server);
    await server.hears('listening');
  }

  /** @param {number} index */
  async #startClient(index) {
    const client = await this.#parties.take();
    const { inThread = false } = this.#plan.clients[index] ?? {};
    client.send(this.#order('client', index, inThread));
    this.#clients[index] = client;
  }

  // --- what happens

  /** @param {Hit} hit */
  async #hit({ target, blow, delayMs, stoppedMs }) {
    await setTimeout(delayMs);
    const isServer = target === 'server';
    const party = isServer ? this.#servers.at(-1) : this.#clients[target];
    if (party === undefined || party.isDead || party.fate !== undefined) return;
    if (isServer && blow !== 'SIGSTOP') this.#serverBlows.add(blow);
    if (isDeath(blow)) party.fate = blow;
    if (blow === 'SIGSTOP') {
      party.kill('SIGSTOP');
      await setTimeout(stoppedMs);
      party.kill('SIGCONT');
    } else if (blow === 'SIGKILL') {
      party.kill('SIGKILL');
    } else {
      party.send(blow);
    }
    if (!isDeath(blow)) return;
    await party.death;
    if (isServer && this.#plan.isRestarted) await this.#startServer();
  }

  /** It ends by itself, as its fate is. @param {Party} party */
  async #checkDeath({ death, fate }) {
    const { code, signal, stderr } = await death;
    const expected = fate === 'SIGKILL' ? 'SIGKILL' : fate === 'exception' ? 1 : 0;
    // The code of a thread that is terminated is no concern of its process.
    assert.equal(signal ?? code, expected, `${fate ?? 'a survivor'} ended otherwise: ${stderr}`);
    if (fate === undefined) assert.equal(stderr, '');
  }

  async #describe() {
    const living = this.#all.filter(({ isDead }) => !isDead);
    for (const party of living) party.send('describe');
    await setTimeout(500);
    return living
      .map(({ description, fate }) => [`${fate ?? 'lives'}:`, ...description].join('\n  '))
      .join('\n');
  }

  // --- what must hold

  #judge() {
    const plan = this.#plan;
    const servers = this.#servers.map(({ fate }, index) => ({
      fate,
      accounts: readJournal(join(this.#journals, `server-${index}`)),
    }));
    const scene = { plan, serverBlows: this.#serverBlows };
    const failures = [];
    const known = new Set();
    for (const [index, { fate }] of this.#clients.entries()) {
      const accounts = readJournal(join(this.#journals, `client-${index}`));
      for (const [id, account] of accounts) {
        const { allowHalfOpen } = planScript(plan, id, true);
        const at = servers.find((server) => server.accounts.has(id));
        const other = at?.accounts.get(id);
        const server =
          at === undefined || other === undefined
            ? undefined
            : {
                account: other,
                fate: at.fate,
                allowHalfOpen: serverAllowsHalfOpen(plan),
              };
        known.add(id);
        failures.push(...judge(id, { account, fate, allowHalfOpen }, server, scene));
      }
    }
    this.connections = known.size;
    for (const { accounts } of servers) {
      for (const id of accounts.keys()) {
        if (!known.has(id)) failures.push(`connection ${id} came from nobody`);
      }
    }
    if (failures.length > 0) throw new Error(failures.join('\n'));
  }

  /** The name is free, and works. */
  async #checkNextOwners() {
    const server = net.createServer((socket) => socket.pipe(socket));
    await once(server.listen(this.#name, { dir: this.#dir }), 'listening');
    const socket = net.connect(this.#name, { dir: this.#dir });
    socket.end('hello');
    const chunks = [];
    for await (const chunk of socket) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), 'hello');
    server.close();
    await once(server, 'close');
  }

  /**
   * Nothing is left, but for sessions of clients that have gone and that nobody knows of: a client was
   * killed before it had called, or its server has gone, too, before it took the session. They go
   * when they are older than a session can be that is still to be taken.
   */
  async #checkDirectory() {
    const left = () => readdirSync(this.#dir);
    const sessions = () => left().filter((name) => name.startsWith('.conn-'));
    const killed = this.#clients.filter(({ fate }) => fate === 'SIGKILL').length;
    const gone = this.#clients.filter(({ fate }) => fate !== undefined).length;
    // Those that had not called yet, and those that no server had taken before it went, too.
    const most = killed + (this.#serverBlows.size > 0 ? gone : 0);
    if (sessions().length > most) throw new Error(`${left()} is left behind`);
    const then = Date.now() / 1000 - kUntakenS;
    await until(async () => {
      const there = sessions();
      for (const name of there) {
        try {
          utimesSync(join(this.#dir, name), then, then);
        } catch {
          // It has gone.
        }
      }
      // Nobody removes it but who opens something, which has files of its own for a while.
      if (there.length > 0) {
        await openChannel('sweeps', 'w', { dir: this.#dir, capacity: 4096 }).close();
      }
      return left().length === 0;
    }, `${left()} is left behind`);
  }
}
