// The option `remoteAddress`: what the socket of a request says, with and without TLS and http2.
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { Agent, HttpsAgent, serve } from 'smipc/http';
import { connect } from 'smipc/net';
import t from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { cert, key } from '../fixtures/http/certificate.js';
import { startServing } from '../fixtures/http/served.js';

const answer: http.RequestListener = ({ socket }, response) => {
  response.end(String(socket.remoteAddress));
};
const answer2 = ({ socket }: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
  response.end(String(socket.remoteAddress));
};

for (const remoteAddress of ['127.0.0.1', undefined]) {
  t.test(String(remoteAddress), async (t) => {
    const body = String(remoteAddress);
    const plain = await startServing(t, http.createServer(answer), { remoteAddress });
    t.match(await ask({ agent: new Agent({ path: plain.name, dir: plain.dir }) }), { body });

    const secure = await startServing(t, https.createServer({ key, cert }, answer), {
      remoteAddress,
    });
    const agent = new HttpsAgent({ path: secure.name, dir: secure.dir, ca: cert });
    t.match(await ask({ agent }), { body });

    for (const protocol of ['http:', 'https:']) {
      const server =
        protocol === 'http:'
          ? http2.createServer(answer2)
          : http2.createSecureServer({ key, cert }, answer2);
      const { name, dir } = await startServing(t, server, { remoteAddress });
      const session = http2.connect(`${protocol}//localhost`, {
        createConnection: () => {
          const socket = connect(name, { dir }) as unknown as NonNullable<
            tls.ConnectionOptions['socket']
          >;
          const ALPNProtocols = ['h2'];
          return protocol === 'http:'
            ? socket
            : tls.connect({ socket, ca: cert, servername: 'localhost', ALPNProtocols });
        },
      });
      t.equal(await text(session.request()), body, protocol);
      session.destroy();
    }
  });
}

t.test('each place has its own', async (t) => {
  const server = https.createServer({ key, cert }, answer);
  const { dir } = await startServing(t, server, { remoteAddress: '10.0.0.1' });
  const other = serve(server, 'other', { dir, remoteAddress: '10.0.0.2' });
  await new Promise((resolve) => other.once('listening', resolve));
  const from = (path: string) => ask({ agent: new HttpsAgent({ path, dir, ca: cert }) });
  t.match(await from('served'), { body: '10.0.0.1' });
  t.match(await from('other'), { body: '10.0.0.2' });
});
