// From connect() to 'close': events in order, and what the socket says of itself meanwhile.
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as smipcNet from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth, type Socket } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { closed, record, stateOf } from '../fixtures/net/record.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

overBoth(t, 'the client ends', async (t, way) => {
  const server = await startServer(t, way);
  const states: unknown[] = [stateOf(new way.net.Socket())];
  const client = way.net.connect(way.path);
  states.push(stateOf(client));
  const events = record(client);
  const accepted = once(server, 'connection');
  await once(client, 'connect');
  states.push(stateOf(client));
  const [socket] = (await accepted) as [Socket];
  const theirs = record(socket);
  states.push(stateOf(socket));
  await new Promise((resolve) => client.write('hello', resolve));
  await once(socket, 'data');
  states.push(stateOf(client), stateOf(socket));
  const closes = Promise.all([closed(client), closed(socket)]);
  client.end('bye');
  states.push(stateOf(client));
  await closes;
  states.push(stateOf(client), stateOf(socket));
  return { events, theirs, states };
});

overBoth(t, 'the server ends', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  const theirs = record(accepted);
  const closes = Promise.all([closed(client), closed(accepted)]);
  accepted.end('hello');
  await closes;
  return { events, theirs, states: [stateOf(client), stateOf(accepted)] };
});

overBoth(t, 'what is written before it is connected', async (t, way) => {
  const server = await startServer(t, way);
  const accepted = once(server, 'connection');
  const client = way.net.connect(way.path);
  const events = record(client);
  const written = client.write('hello');
  client.write('é', 'latin1');
  const before = stateOf(client);
  const [socket] = (await accepted) as [Socket];
  const theirs = record(socket.setEncoding('latin1'));
  await until(() => theirs.join() === 'data helloé', 'all of it has come');
  client.end();
  await closed(client);
  return { written, before, events, theirs: theirs.filter((one) => one !== 'finish') };
});

overBoth(t, 'connected and ended in the same tick', async (t, way) => {
  const server = await startServer(t, way);
  const accepted = once(server, 'connection');
  const client = way.net.connect(way.path);
  const events = record(client);
  client.end('hello');
  const before = stateOf(client);
  const [socket] = (await accepted) as [Socket];
  const theirs = record(socket);
  await Promise.all([closed(client), closed(socket)]);
  return { before, events, theirs, states: [stateOf(client), stateOf(socket)] };
});

overBoth(t, 'connected and destroyed in the same tick', async (t, way) => {
  await startServer(t, way);
  const client = way.net.connect(way.path);
  const events = record(client);
  client.destroy();
  const states = [stateOf(client)];
  await closed(client);
  states.push(stateOf(client));
  return { events, states };
});

t.test('what was written before it was destroyed in the same tick arrives', async (t) => {
  const way = { net: smipcNet, path: uniqueName(t) };
  const server = await startServer(t, way);
  const accepted = once(server, 'connection');
  const client = way.net.connect(way.path);
  let failure: unknown = 'not called';
  client.write('hello', (error) => {
    failure = error;
  });
  client.destroy();
  const [socket] = (await accepted) as [Socket];
  const theirs = record(socket);
  await closed(socket);
  t.equal(failure ?? undefined, undefined);
  t.strictSame(theirs, ['data hello', 'end', 'finish', 'close false']);
});

overBoth(t, 'destroyed with an error in the same tick', async (t, way) => {
  await startServer(t, way);
  const client = way.net.connect(way.path);
  const events = record(client);
  client.destroy(Object.assign(new Error('mine'), { code: 'MINE' }));
  await closed(client);
  return { events, state: stateOf(client) };
});

overBoth(t, 'destroyed before it connects at all', async (_t, way) => {
  const client = new way.net.Socket();
  const events = record(client);
  client.destroy();
  await closed(client);
  return { events, state: stateOf(client) };
});

overBoth(t, 'connected again from its close', async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.on('error', () => {}).pipe(socket));
  const client = new way.net.Socket();
  const events = record(client);
  let round = 0;
  await new Promise<void>((resolve) => {
    client.on('connect', () => client.write(`${++round}`));
    client.on('data', () => client.end());
    client.on('close', () => {
      if (round === 15) resolve();
      else client.connect(way.path);
    });
    client.connect(way.path);
  });
  return { events, state: stateOf(client) };
});

overBoth(t, 'connected again after an error', async (t, way) => {
  const client = new way.net.Socket();
  const events = record(client);
  client.connect(way.path);
  await closed(client);
  const state = stateOf(client);
  const server = await startServer(t, way);
  const accepted = once(server, 'connection');
  client.connect(way.path);
  await Promise.all([accepted, once(client, 'connect')]);
  const again = stateOf(client);
  events.push('closing');
  const over = once(client, 'close');
  client.destroy();
  await over;
  return { events, state, again };
});

overBoth(t, 'paused before it connects', async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.end('hello'));
  const client = new way.net.Socket();
  client.pause();
  const events = record(client);
  client.connect(way.path);
  await once(client, 'connect');
  await someTurns(50);
  events.push('resumed');
  client.resume();
  await closed(client);
  return events;
});

overBoth(t, "'readable', 'data', pipe() and read() before it connects", async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.end('hello'));
  const answers: unknown[] = [];
  const kinds: ((socket: Socket) => Promise<unknown>)[] = [
    (socket) => text(socket),
    (socket) => text(socket.pipe(new PassThrough())),
    async (socket) => {
      let came = '';
      socket.on('readable', () => {
        for (let part = socket.read(); part !== null; part = socket.read()) came += part;
      });
      await once(socket, 'end');
      return came;
    },
    async (socket) => {
      const first = socket.read();
      let came = '';
      socket.on('data', (data) => (came += data));
      await once(socket, 'end');
      return [first, came];
    },
    async (socket) => {
      let came = '';
      socket.on('data', (data) => (came += `${socket.connecting} ${data}`));
      await once(socket, 'end');
      return came;
    },
  ];
  for (const consume of kinds) {
    const client = new way.net.Socket().setEncoding('latin1');
    const consumed = consume(client);
    client.connect(way.path);
    const over = closed(client);
    answers.push(await consumed);
    await over;
  }
  return answers;
});
