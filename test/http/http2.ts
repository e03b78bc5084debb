// http2 over shared memory, with and without TLS: many streams in one session, and its end.
import { once } from 'node:events';
import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { connect } from 'smipc/net';
import t from 'tap';
import { cert, key } from '../fixtures/http/certificate.js';
import { startServing } from '../fixtures/http/served.js';
import { someTurns } from '../fixtures/timing/turns.js';

const answer = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) =>
  void request.pipe(response);

const kinds = {
  plain: {
    create: () => http2.createServer(answer),
    connect: (name: string, dir: string) =>
      http2.connect('http://localhost', { createConnection: () => connect(name, { dir }) }),
  },
  'with TLS': {
    create: () => http2.createSecureServer({ key, cert }, answer),
    connect: (name: string, dir: string) =>
      http2.connect('https://localhost', {
        createConnection: () =>
          tls.connect({
            socket: connect(name, { dir }),
            ca: cert,
            servername: 'localhost',
            ALPNProtocols: ['h2'],
          }),
      }),
  },
};

for (const [kind, { create, connect }] of Object.entries(kinds)) {
  t.test(kind, async (t) => {
    const server = create();
    const { name, dir } = await startServing(t, server);
    const session = connect(name, dir);
    const echo = (body: string) => {
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.end(body);
      return text(stream);
    };
    t.equal(await echo('first'), 'first');
    const bodies = Array.from({ length: 50 }, (_, i) => `${i} `.repeat(20_000));
    const echoes = await Promise.all(bodies.map(echo));
    t.ok(echoes.every((body, i) => body === bodies[i]));

    const closed = once(server, 'close');
    server.close();
    t.equal(server.listening, false);
    session.close();
    await closed;
  });

  t.test(`${kind}: an open stream keeps the server from closing`, async (t) => {
    const server = create();
    const { name, dir } = await startServing(t, server);
    const session = connect(name, dir);
    await once(session, 'connect');
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write('half');
    const [half] = (await once(stream, 'data')) as [Buffer];
    t.equal(String(half), 'half');
    let isClosed = false;
    const closed = once(server, 'close').then(() => {
      isClosed = true;
    });
    server.close();
    await someTurns();
    t.equal(isClosed, false);
    stream.end(' and half');
    t.equal(await text(stream), ' and half');
    session.close();
    await closed;
  });
}
