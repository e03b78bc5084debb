#!/usr/bin/env bash
# An Error with a cause, written by v8.serialize() of Node 20, cannot be read by v8.deserialize() of
# Node 22 and later, although the header has the same version: the order of stack and cause has changed.
# Seen with 20.20.2 (V8 11.3), 22.23.3 (12.4), 24.21.0 (13.6) and 26.12.1 (14.6) on Linux x64. The other
# way works, but for an Error within its own cause.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

old=$(node_of 20.20.2)
write='process.stdout.write(v8.serialize(new Error("m", { cause: 5 })).toString("base64"))'
read='try { const { message, cause } = v8.deserialize(Buffer.from(process.argv[1], "base64"));
  console.log(message, cause) } catch (error) { console.log(error.message) }'

written=$("$old" -e "$write")
expect 'Node 20.20.2 to itself' 'm 5' "$("$old" -e "$read" "$written")"
for version in 22.23.3 24.21.0 26.12.1; do
  new=$(node_of "$version")
  expect "Node 20.20.2 to $version" 'Unable to deserialize cloned data.' "$("$new" -e "$read" "$written")"
  expect "Node $version to 20.20.2" 'm 5' "$("$old" -e "$read" "$("$new" -e "$write")")"
done
