#!/usr/bin/env bash
# A DOMException, such as the AbortError of an AbortSignal, silently becomes something else in
# v8.serialize(): an object without properties in Node 20, an Error without message and name in Node 24
# and 26. structuredClone() of Node 24 and 26 makes a DOMException of it.
# Seen with 20.20.2, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

clone='const show = (value) => `${value.constructor.name} ${value.name} ${JSON.stringify(value.message)}`;
  const error = new DOMException("m", "AbortError");
  console.log(`${show(v8.deserialize(v8.serialize(error)))}, ${show(structuredClone(error))}`)'

nothing='Object undefined undefined'
expect 'Node 20.20.2' "$nothing, $nothing" "$("$(node_of 20.20.2)" -e "$clone")"
for version in 24.21.0 26.12.1; do
  expect "Node $version" 'Error Error "", DOMException AbortError "m"' "$("$(node_of "$version")" -e "$clone")"
done
