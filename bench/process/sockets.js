/**
 * A server and a client over `smipc/net`, or over Node's Unix socket: the same program with another
 * module. The first process is the client, and measures.
 */
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { finish, startSecond } from './task.js';
import { memoryOf } from './usage.js';

/** @typedef {import('./task.js').Task & { work: string }} Task */
/** @typedef {import('node:net').Socket} Socket */

/** @param {Task} task @returns {Promise<{ net: any, place: string, options: object }>} */
async function transportOf({ contender, path }) {
  if (contender === 'socket')
    return { net: (await import('node:net')).default, place: path, options: {} };
  const { default: net } = await import('../../dist/net.js');
  const place = path.slice(path.lastIndexOf('/') + 1);
  return { net, place, options: { dir: path.slice(0, path.lastIndexOf('/')) } };
}

/** The second process. @param {Task} task */
export async function sockets(task) {
  const { net, place, options } = await transportOf(task);
  const server = await kWorks[task.work]?.serve(net, task.contender === 'smipc');
  // node:net takes the same arguments for a path, and does not look at what it does not know.
  server.listen({ path: place, ...options }, () => writeFileSync(`${task.path}.listens`, ''));
}

/** The first one. @param {Task} task */
export async function socketsFirst(task) {
  const second = startSecond('sockets', task);
  while (!existsSync(`${task.path}.listens`)) await delay(5);
  const { net, place, options } = await transportOf(task);
  /** @param {object} [more] @returns {Socket} */
  const connect = (more = {}) => net.connect({ path: place, ...options, ...more });
  const { warmUpMs, measureMs } = task;
  const isOurs = task.contender === 'smipc';
  const value = await kWorks[task.work]?.ask({ connect, isOurs, warmUpMs, measureMs, second });
  finish({ value }, second);
}

/**
 * @typedef {object} Client
 * @property {(more?: object) => Socket} connect
 * @property {boolean} isOurs
 * @property {number} warmUpMs
 * @property {number} measureMs
 * @property {import('../contenders/contender.js').Second} second
 *
 * @typedef {object} Work
 * @property {(net: any, isOurs: boolean) => any} serve a server, that is to listen
 * @property {(client: Client) => Promise<number>} ask
 */

/**
 * How often something is done in a second, by so many at once.
 * @param {Client} client @param {number} atOnce @param {(which: number) => Promise<unknown>} act
 */
async function rate({ warmUpMs, measureMs }, atOnce, act) {
  let count = 0;
  let end = performance.now() + warmUpMs;
  const go = async (/** @type {number} */ which) => {
    for (; performance.now() < end; count++) await act(which);
  };
  const all = () => Promise.all(Array.from({ length: atOnce }, (_, which) => go(which)));
  await all();
  count = 0;
  const start = performance.now();
  end = start + measureMs;
  await all();
  return count / ((performance.now() - start) / 1000);
}

// --- bytes ---------------------------------------------------------------------------------------

const echo = (/** @type {any} */ net) =>
  net.createServer((/** @type {Socket} */ socket) => {
    socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {});
  });

/** @param {number} count @param {Client['connect']} connect */
async function connectAll(count, connect) {
  const all = [];
  for (let i = 0; i < count; i++) {
    const socket = connect();
    await once(socket, 'connect');
    all.push(socket);
    // A Unix socket is connected before it is accepted, and its backlog holds 511.
    if (i % 256 === 255) await delay(20);
  }
  return all;
}

/** Bytes a second, of all together. @param {number} count @param {number} size @param {object} [ours] more options, of ours @returns {Work} */
const throughput = (count, size, ours = {}) => ({
  serve: (net) =>
    net.createServer((/** @type {Socket} */ socket) => socket.resume().on('error', () => {})),
  async ask({ connect, isOurs, warmUpMs, measureMs }) {
    const all = await connectAll(count, () => connect(isOurs ? ours : {}));
    const chunk = Buffer.alloc(size, 1);
    let written = 0;
    for (const socket of all) {
      const write = () => {
        do written += size;
        while (socket.write(chunk));
      };
      socket.on('drain', write);
      write();
    }
    await delay(warmUpMs);
    const [before, start] = [written, performance.now()];
    await delay(measureMs);
    return (written - before) / ((performance.now() - start) / 1000);
  },
});

const kQuestion = Buffer.alloc(64, 1);

/** Microseconds. @param {(socket: Socket, trips: () => boolean) => Promise<void>} play @param {Work['serve']} [serve] @param {object} [ours] more options, of ours @returns {Work} */
const roundTrip = (play, serve = echo, ours = {}) => ({
  serve,
  async ask({ connect, isOurs, warmUpMs, measureMs }) {
    const socket = connect(isOurs ? ours : {});
    await once(socket, 'connect');
    let count = 0;
    let start = performance.now();
    let end = start + warmUpMs;
    let isWarm = false;
    await play(socket, () => {
      count++;
      const now = performance.now();
      if (now < end) return true;
      if (isWarm) {
        start = (now - start) / count;
        return false;
      }
      isWarm = true;
      [count, start, end] = [0, now, now + measureMs];
      return true;
    });
    return start * 1000;
  },
});

const byData = roundTrip(
  (socket, goesOn) =>
    new Promise((resolve) => {
      socket.on('data', () => {
        if (goesOn()) socket.write(kQuestion);
        else resolve();
      });
      socket.write(kQuestion);
    }),
);

const byLoop = roundTrip(
  async (socket, goesOn) => {
    socket.write(kQuestion);
    for await (const _ of socket) {
      if (!goesOn()) return;
      socket.write(kQuestion);
    }
  },
  (net) =>
    net.createServer(async (/** @type {Socket} */ socket) => {
      try {
        for await (const chunk of socket) socket.write(chunk);
      } catch {
        // The client is done.
      }
    }),
);

/** An object in lines of JSON over a Unix socket, which has no messages. */
const byObject = {
  serve: (/** @type {any} */ net, /** @type {boolean} */ isOurs) =>
    net.createServer(isOurs ? { objectMode: true } : {}, (/** @type {Socket} */ socket) => {
      answers(socket, (request) => send(socket, { id: request.id, sum: request.a + request.b }));
      socket.on('error', () => {});
    }),
  ask: roundTrip(
    async (socket, goesOn) => {
      /** @type {(answer: object) => void} */
      let settle = () => {};
      answers(socket, (answer) => settle(answer));
      const ask = (/** @type {object} */ request) =>
        new Promise((resolve) => {
          settle = resolve;
          send(socket, request);
        });
      for (let id = 0; ; id++) {
        await ask({ id, a: id, b: 1 });
        if (!goesOn()) return;
      }
    },
    undefined,
    { objectMode: true },
  ).ask,
};

/** @param {any} socket */
const hasObjects = (socket) => socket.writableObjectMode === true;

/** @param {Socket} socket @param {object} value */
const send = (socket, value) =>
  socket.write(hasObjects(socket) ? /** @type {any} */ (value) : `${JSON.stringify(value)}\n`);

/** @param {Socket} socket @param {(value: any) => void} onValue */
function answers(socket, onValue) {
  if (hasObjects(socket)) {
    socket.on('data', onValue);
    return;
  }
  let rest = '';
  socket.setEncoding('utf8').on('data', (/** @type {any} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onValue(JSON.parse(line));
  });
}

// --- connections -----------------------------------------------------------------------------------

const oneByte = {
  serve: (/** @type {any} */ net) =>
    net.createServer((/** @type {Socket} */ socket) => {
      socket.once('data', (byte) => socket.end(byte)).on('error', () => {});
    }),
};

/** @param {Client['connect']} connect */
async function visit(connect) {
  const socket = connect();
  socket.write('x');
  await once(socket, 'data');
  socket.end();
  await once(socket, 'close');
}

/** A second. @type {Work} */
const connections = { ...oneByte, ask: (client) => rate(client, 1, () => visit(client.connect)) };

/** Microseconds, of a process that has made no connection yet. @type {Work} */
const firstConnection = {
  ...oneByte,
  async ask({ connect }) {
    const start = performance.now();
    const socket = connect();
    socket.write('x');
    await once(socket, 'data');
    return (performance.now() - start) * 1000;
  },
};

const kIdle = 1000;
const kSettleMs = 3000;

/** Bytes of both processes for each of the second thousand. @type {Work} */
const idle = {
  serve: echo,
  async ask({ connect, second }) {
    const pids = [process.pid, second.pid];
    const used = () => {
      const { anonymous, pageTables } = memoryOf(pids);
      return anonymous + pageTables;
    };
    const kept = await connectAll(kIdle, connect);
    await delay(kSettleMs);
    const before = used();
    kept.push(...(await connectAll(kIdle, connect)));
    await delay(kSettleMs);
    return (used() - before) / kIdle;
  },
};

// --- protocols --------------------------------------------------------------------------------------

/** A server of Node's that takes connections of any. @param {any} server */
const over = (server) => (/** @type {any} */ net) => {
  server.emit('listening');
  return net.createServer({ allowHalfOpen: true }, (/** @type {Socket} */ socket) => {
    server.emit('connection', socket);
  });
};

/** A second. @param {number} atOnce @returns {Work} */
const hello = (atOnce) => ({
  serve: over(http.createServer((_, response) => response.end('hello'))),
  async ask(client) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
    Object.assign(agent, { createConnection: () => client.connect() });
    const get = () =>
      new Promise((resolve, reject) => {
        http
          .get({ agent, path: '/' }, (response) => response.resume().on('end', resolve))
          .on('error', reject);
      });
    return rate(client, atOnce, get);
  },
});

/** A second. @param {number} atOnce @returns {Work} */
const webSocket = (atOnce) => ({
  async serve(net) {
    const { WebSocketServer } = await import('ws');
    const server = http.createServer();
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.on('message', (data) => socket.send(data)).on('error', () => {});
    });
    return over(server)(net);
  },
  async ask(client) {
    const { WebSocket } = await import('ws');
    const message = Buffer.alloc(1024, 1);
    const all = [];
    for (let i = 0; i < atOnce; i++) {
      const createConnection = () => client.connect();
      const socket = new WebSocket('ws://localhost/', /** @type {any} */ ({ createConnection }));
      await once(socket, 'open');
      all.push(socket);
    }
    return rate(client, atOnce, (which) => {
      const socket = /** @type {import('ws').WebSocket} */ (all[which]);
      return new Promise((resolve) => {
        socket.once('message', resolve);
        socket.send(message);
      });
    });
  },
});

/** A second. @param {number} atOnce @returns {Work} */
const unary = (atOnce) => ({
  serve: (net) =>
    over(
      http2.createServer((request, response) => {
        request.resume().on('end', () => response.end('hello'));
      }),
    )(net),
  async ask(client) {
    const createConnection = () => client.connect();
    const session = http2.connect('http://localhost', { createConnection });
    await once(session, 'connect');
    return rate(client, atOnce, () => {
      const stream = session.request({ ':path': '/', ':method': 'POST' });
      stream.end('question');
      stream.resume();
      return once(stream, 'close');
    });
  },
});

/** @type {Record<string, Work>} */
const kWorks = {
  connections,
  'first connection': firstConnection,
  'idle memory': idle,
  'round trip, data': byData,
  'round trip, for await': byLoop,
  'round trip, object': byObject,
  '64 KiB': throughput(1, 64 * 1024),
  '64 KiB, rings of 1 MiB': throughput(1, 64 * 1024, { capacity: 1024 * 1024 }),
  '100 × 16 KiB': throughput(100, 16 * 1024),
  '1,000 × 16 KiB': throughput(1000, 16 * 1024),
  'http, 1': hello(1),
  'http, 50': hello(50),
  'ws, 1': webSocket(1),
  'ws, 50': webSocket(50),
  'http2, 1': unary(1),
  'http2, 20': unary(20),
};
