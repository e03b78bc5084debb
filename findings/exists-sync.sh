#!/usr/bin/env bash
# fs.existsSync() returns false for what cannot be looked at, and does not throw: a folder that its
# user may not enter, for one. But under Node's permission model it throws, for a path that it may not
# read, whether there is a file or not. accessSync() throws as ever; fs.exists() says false.
# Seen with Node 20.20.2, 22.23.3, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat >look.mjs <<'END'
import { exists, existsSync } from 'node:fs';

const path = '/etc/passwd-of-nobody';
try {
  console.log(`existsSync: ${existsSync(path)}`);
} catch (error) {
  console.log(`existsSync: ${error.code}`);
}
exists(path, (isThere) => console.log(`exists: ${isThere}`));
END

for version in 20.20.2 22.23.3 24.21.0 26.12.1; do
  node=$(node_of "$version")
  permission=--permission
  if [[ $version == 20.* ]]; then permission=--experimental-permission; fi
  seen=$("$node" --no-warnings $permission --allow-fs-read="$PWD/look.mjs" look.mjs | paste -sd ' ')
  expect "Node $version" 'existsSync: ERR_ACCESS_DENIED exists: false' "$seen"
done
