#!/usr/bin/env bash
# util.debuglog() prints if NODE_DEBUG names its section; its property `enabled` says so before, in Node.
# Bun prints, but has no such property, so `if (log.enabled) log(…)` prints nothing there. In Deno
# debuglog() neither prints nor says that it would until something has loaded `node:process`.
# Seen with Node 20.20.2, Bun 1.4.5 and Deno 2.9.6 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat >log.mjs <<'END'
import { debuglog } from 'node:util';

const log = debuglog('section');
console.log(`enabled: ${log.enabled}`);
log('a line');
END
{ echo "import 'node:process';"; cat log.mjs; } >log-with-process.mjs
# What the program says, and whether the line was printed.
run() {
  said=$(NODE_DEBUG=section "$@" 2>stderr)
  if grep -q 'SECTION .*a line' stderr; then echo "$said, printed"; else echo "$said, not printed"; fi
}

expect 'Node 20.20.2' 'enabled: true, printed' "$(run "$(node_of 20.20.2)" log.mjs)"
npm install --prefix bun --silent --no-audit --no-fund @oven/bun-linux-x64@1.4.5
bun=$folder/bun/node_modules/@oven/bun-linux-x64/bin/bun
expect 'Bun 1.4.5' 'enabled: undefined, printed' "$(run "$bun" log-with-process.mjs)"
npm install --prefix deno --silent --no-audit --no-fund @deno/linux-x64-glibc@2.9.6
deno=$folder/deno/node_modules/@deno/linux-x64-glibc/deno
expect 'Deno 2.9.6' 'enabled: false, not printed' "$(run "$deno" run -A log.mjs)"
expect 'Deno 2.9.6, node:process loaded' 'enabled: true, printed' \
  "$(run "$deno" run -A log-with-process.mjs)"
