// There is no memory for a connection's rings: ENOSPC, each time, until there is.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'smipc/net';
import t from 'tap';
import { mountedDirectory } from '../fixtures/processes/mounts.js';

const failureOf = (socket: Socket) =>
  new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));

t.test('a file system that is too small, and grows', async (t) => {
  const dir = mountedDirectory(t, 'size=512k');
  if (dir === undefined) return;
  const server = createServer((socket) => socket.pipe(socket));
  await once(server.listen('name', { dir }), 'listening');
  const options = { dir, capacity: 1 << 20 };
  for (let i = 0; i < 3; i++) {
    t.match(await failureOf(connect('name', options)), { code: 'ENOSPC', syscall: 'connect' });
  }
  const small = connect('name', { dir, capacity: 4096 });
  await once(small, 'connect');
  small.destroy();

  execFileSync('mount', ['-o', 'remount,size=8m', dir]);
  const socket = connect('name', options);
  socket.write('hello');
  t.equal(String(await once(socket, 'data')), 'hello');
  socket.destroy();
  server.close();
});
