#!/usr/bin/env bash
# A write to a file may take a part only, as when the disk becomes full or a limit is reached; the next
# one then says why. If stdout is a file, process.stdout writes once and takes the part for the whole:
# its callback has no error, and the program ends with status 0. fs.createWriteStream() writes the rest,
# and so is told EFBIG.
# Seen with Node 20.20.2, 22.23.3, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

for version in 20.20.2 22.23.3 24.21.0 26.12.1; do
  node=$(node_of "$version")
  # 1024 bytes at most.
  (ulimit -f 1; "$node" -e "process.stdout.write(Buffer.alloc(2000), (e) => console.error(e?.code))" \
    >stdout 2>error) && status=0 || status=$?
  expect "Node $version, process.stdout" 'status 0, undefined, 1024 bytes' \
    "status $status, $(cat error), $(wc -c <stdout) bytes"
  (ulimit -f 1; "$node" -e "fs.createWriteStream('', { fd: 1 })
    .on('error', ({ code }) => console.error(code)).end(Buffer.alloc(2000))" >stdout 2>error) || true
  expect "Node $version, fs.createWriteStream()" 'EFBIG, 1024 bytes' \
    "$(cat error), $(wc -c <stdout) bytes"
done
