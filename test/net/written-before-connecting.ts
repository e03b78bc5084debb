// What is written while a server is waited for arrives, however many writes it was.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect, createServer, type Socket } from 'smipc/net';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { someTurns } from '../fixtures/timing/turns.js';

for (const framing of [{}, { messages: true }, { objectMode: true }]) {
  for (const isCorked of [false, true]) {
    const how = `${JSON.stringify(framing)}${isCorked ? ', corked' : ''}`;
    t.test(how, async (t) => {
      const dir = uniqueDirectory(t);
      const socket = connect('late', { dir, wait: true, ...framing });
      const errors: unknown[] = [];
      socket.on('error', (error) => errors.push(error));
      if (isCorked) socket.cork();
      for (const part of ['one ', 'two ']) socket.write(part);
      if (isCorked) process.nextTick(() => socket.uncork());
      await someTurns();
      socket.write('three ');
      socket.end('four');
      const server = createServer(framing);
      t.teardown(() => server.close());
      await once(server.listen('late', { dir }), 'listening');
      const [accepted]: [Socket] = (await once(server, 'connection')) as [Socket];
      t.equal(await text(accepted), 'one two three four');
      accepted.end();
      socket.resume();
      await once(socket, 'close');
      t.strictSame(errors, []);
    });
  }
}
