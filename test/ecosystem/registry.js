/** A registry that has smipc alone, for package managers that install no tarball. On loopback. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * @param {string} tarball
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function startRegistry(tarball) {
  const content = readFileSync(tarball);
  const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], {
    encoding: 'utf8',
  });
  const manifest = JSON.parse(text);
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  const shasum = createHash('sha1').update(content).digest('hex');
  const server = createServer((request, response) => {
    const { address, port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const url = `http://${address}:${port}`;
    if (request.url === '/smipc.tgz') {
      response.end(content);
    } else if (request.url === '/smipc') {
      const dist = { tarball: `${url}/smipc.tgz`, integrity, shasum };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          name: 'smipc',
          'dist-tags': { latest: manifest.version },
          versions: { [manifest.version]: { ...manifest, dist } },
          // Long ago: package managers may refuse what is a few hours old.
          time: { [manifest.version]: '2020-01-01T00:00:00.000Z' },
        }),
      );
    } else {
      response.statusCode = 404;
      response.end('{}');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
