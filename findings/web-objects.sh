#!/usr/bin/env bash
# A URL, a Headers or an AbortSignal is no error in v8.serialize(): an object without properties comes out,
# where structuredClone() of the same Node throws a DataCloneError (since Node 22, but not for an
# AbortSignal). A Blob is refused by Node 20, and comes out as {} since 22.
# Seen with 20.20.2, 22.23.3, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

clone='const outcome = (clone) => { try { const { constructor } = clone(); return constructor.name }
    catch (error) { return error.name } };
  const v8clone = (value) => v8.deserialize(v8.serialize(value));
  const objects = [new URL("http://localhost/"), new Headers(), AbortSignal.abort(), new Blob([])];
  for (const clone of [v8clone, structuredClone])
    console.log(objects.map((one) => outcome(() => clone(one))).join(" "))'

expect 'Node 20.20.2' 'Object Object Object Error
Object Object Object Blob' "$("$(node_of 20.20.2)" -e "$clone")"
for version in 22.23.3 24.21.0 26.12.1; do
  expect "Node $version" 'Object Object Object Object
DataCloneError DataCloneError Object Blob' "$("$(node_of "$version")" -e "$clone")"
done
