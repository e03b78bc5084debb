#!/usr/bin/env bash
# v8.serialize() leaves a WebAssembly.Module out without an error, and v8.deserialize() cannot read what is
# left: of [1, module, 2], and of all else in the same value, nothing can be had any more.
# Seen with 20.20.2, 22.23.3, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

clone='const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const bytes = v8.serialize([1, module, 2]);
  try { console.log(v8.deserialize(bytes).length) } catch (error) { console.log(error.message) }'

for version in 20.20.2 22.23.3 24.21.0 26.12.1; do
  expect "Node $version" 'Unable to deserialize cloned data.' "$("$(node_of "$version")" -e "$clone")"
done
