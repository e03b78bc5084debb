#!/usr/bin/env bash
# new net.Socket({ fd }) of a FIFO's descriptor reads from it in Node. In Bun it takes the descriptor
# without an error, and never reads; only `pending` tells.
# Seen with Node 20.20.2 and Bun 1.4.5 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat >listen.mjs <<'END'
import { constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const fd = openSync('fifo', constants.O_RDWR | constants.O_NONBLOCK);
const socket = new Socket({ fd });
let heard = 'nothing';
socket.on('data', (chunk) => {
  heard = String(chunk);
});
writeSync(fd, 'hello');
setTimeout(() => {
  console.log(`pending: ${socket.pending}, heard: ${heard}`);
  process.exit();
}, 1000);
END
mkfifo fifo

expect 'Node 20.20.2' 'pending: false, heard: hello' "$("$(node_of 20.20.2)" listen.mjs)"
npm install --prefix bun --silent --no-audit --no-fund @oven/bun-linux-x64@1.4.5
bun=$folder/bun/node_modules/@oven/bun-linux-x64/bin/bun
expect 'Bun 1.4.5' 'pending: true, heard: nothing' "$("$bun" listen.mjs)"
