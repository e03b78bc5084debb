#!/usr/bin/env bash
# createRequire() of node:module, with a path that is known at run time only, works in Node. webpack
# takes a call of what it returns for a require() of its own, builds with one warning that does not name
# createRequire, and calls undefined in its place: a TypeError at run time. If the module is imported as a
# whole, and createRequire called as its property, it stays as it is.
# Seen with webpack 5.113.0 and Node 20.20.2 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

cat >named.mjs <<'END'
import { createRequire } from 'node:module';
const path = process.argv[2];
const load = createRequire(path);
console.log(load(path));
END
cat >nested.mjs <<'END'
import { createRequire } from 'node:module';
const path = process.argv[2];
console.log(createRequire(path)(path));
END
cat >property.mjs <<'END'
import nodeModule from 'node:module';
const path = process.argv[2];
console.log(nodeModule.createRequire(path)(path));
END
echo 'module.exports = "loaded";' >file.cjs
npm install --silent --no-audit --no-fund webpack@5.113.0 webpack-cli@7.3.1
cat >webpack.config.mjs <<'END'
export default ['named', 'nested', 'property'].map((name) => ({
  mode: 'development',
  devtool: false,
  target: 'node20',
  entry: `./${name}.mjs`,
  output: { path: process.cwd(), filename: `${name}.cjs` },
}));
END
node=$(node_of 20.20.2)
"$node" node_modules/.bin/webpack >build.log 2>&1 || true
for name in named nested property; do
  expect "$name, in Node" loaded "$("$node" $name.mjs "$PWD/file.cjs")"
  seen=$("$node" $name.cjs "$PWD/file.cjs" 2>&1 | grep -oE '^(loaded|TypeError: .*)' || true)
  echo "$name, bundled: $seen"
done
