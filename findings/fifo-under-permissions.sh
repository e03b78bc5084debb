#!/usr/bin/env bash
# With --permission, new net.Socket({ fd }) of a FIFO's descriptor reads from it in Node 24. In Node 26
# it throws ERR_ACCESS_DENIED, unless --allow-net is given: a FIFO counts as the network.
# Seen with Node 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat >listen.mjs <<'END'
import { constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const fd = openSync('fifo', constants.O_RDWR | constants.O_NONBLOCK);
try {
  const socket = new Socket({ fd });
  socket.on('data', (chunk) => {
    console.log(`heard: ${chunk}`);
    process.exit();
  });
  writeSync(fd, 'hello');
} catch ({ code, permission }) {
  console.log(`${code} ${permission}`);
}
END
mkfifo fifo

listen() {
  "$1" --permission --allow-fs-read='*' --allow-fs-write='*' "${@:2}" listen.mjs
}
expect 'Node 24.21.0' 'heard: hello' "$(listen "$(node_of 24.21.0)")"
node=$(node_of 26.12.1)
expect 'Node 26.12.1' 'ERR_ACCESS_DENIED Net' "$(listen "$node")"
expect 'Node 26.12.1 --allow-net' 'heard: hello' "$(listen "$node" --allow-net)"
