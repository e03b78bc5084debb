#!/usr/bin/env bash
# A server process that is killed in the middle of a response, over a Unix socket, when it has read all that
# was sent to it. The kernel closes its socket as if it had ended. Then
# - the response of http/1.1 is cut off, and says so: 'aborted', and the error ECONNRESET;
# - that of http2 has ended: a loop over it is over, with a part of the body and no error. Only `rstCode` is
#   8, that of a cancelled stream, and a 'close' of the session comes without an error, too.
# So who reads a body over http2 has to look at rstCode, or to compare lengths.
# Seen with Node 20.20.2 and 26.12.1 on Linux x64. (If the server has not read everything, the kernel resets
# the connection, and both fail with ECONNRESET.)
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat > killed.mjs <<'END'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [, program, role, path] = process.argv;
const answers = {
  http: () => http.createServer((_, response) => response.write('a part')),
  http2: () =>
    http2.createServer().on('stream', (stream) => {
      stream.respond();
      stream.write('a part');
    }),
};

if (role in answers) {
  answers[role]().listen(path, () => process.send('listens'));
} else {
  const place = join(process.cwd(), `${process.pid}.sock`);
  const server = fork(program, [role === 'over-http' ? 'http' : 'http2', place]);
  await once(server, 'message');
  let session;
  let response;
  if (role === 'over-http') {
    [response] = await once(http.get({ socketPath: place }), 'response');
  } else {
    session = http2.connect('http://localhost', { createConnection: () => connect(place) });
    session.on('error', (error) => console.log('session', error.code));
    response = session.request();
  }
  // When the server has read all that the client has to say.
  response.once('data', () => delay(300).then(() => server.kill('SIGKILL')));
  let body = '';
  try {
    for await (const bytes of response) body += bytes;
    console.log(`ended after '${body}'${session === undefined ? '' : `, rstCode ${response.rstCode}`}`);
  } catch (error) {
    console.log(`${error.code} after '${body}'`);
  }
  process.exit();
}
END

for version in 20.20.2 26.12.1; do
  node=$(node_of "$version")
  expect "Node $version, http" "ECONNRESET after 'a part'" "$("$node" killed.mjs over-http)"
  expect "Node $version, http2" "ended after 'a part', rstCode 8" "$("$node" killed.mjs over-http2)"
done
