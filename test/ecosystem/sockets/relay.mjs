/** For a client that only dials itself: a Unix socket of this process, each connection of which is one of ours. */
import { once } from 'node:events';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';

let count = 0;

/** @param {import('./scenarios.mjs').ClientAt} at */
export async function makeRelay(at) {
  const folder = process.env.SOCKETS_DIR ?? tmpdir();
  const path = join(folder, `relay-${process.pid}-${++count}`);
  const server = net.createServer((near) => {
    const far = at.connect();
    // The end of one is the end of the other; so is its death.
    pipeline(near, far, near, () => {});
  });
  server.listen(path);
  await once(server, 'listening');
  return { path, close: () => server.close() };
}
