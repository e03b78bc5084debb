#!/usr/bin/env bash
# A class that overrides read() of a Readable, which is public, sees every chunk that flows to a 'data'
# listener or a pipe in Node 20 to 24, and none of them in Node 26: the flow takes them from the buffer
# by itself. Without a size, read() gives one chunk there, and not all that is buffered. And _read() is
# called while the flow has a chunk in its hand: readableLength does not count it, and nobody was given it,
# so who uses memory again because the buffer is empty writes over it.
# Seen with 20.20.2, 24.21.0 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

flow='const { Readable } = require("node:stream");
  let left = 3, reads = 0, chunks = 0;
  class Counting extends Readable {
    _read() { this.push(left-- > 0 ? Buffer.from("abc") : null); }
    read(size) { const chunk = super.read(size); if (chunk !== null) reads++; return chunk; }
  }
  new Counting().on("data", () => chunks++).on("end", () => console.log(`${chunks} chunks, ${reads} by read()`));'
buffered='const { Readable } = require("node:stream");
  const stream = new Readable({ read() {} });
  stream.push("abc");
  stream.push("def");
  console.log(String(stream.read()));'
in_hand='const { Readable } = require("node:stream");
  let left = 4, pushed = 0, given = 0, most = 0;
  const stream = new Readable({ highWaterMark: 4, read() {
    most = Math.max(most, pushed - given - this.readableLength);
    if (left-- === 0) return void this.push(null);
    pushed += 3;
    this.push("abc");
  } });
  stream.on("data", (chunk) => { given += chunk.length; });
  stream.on("end", () => console.log(`${most} bytes in hand`));'

for version in 20.20.2 24.21.0; do
  node=$(node_of "$version")
  expect "Node $version, flowing" '3 chunks, 3 by read()' "$("$node" -e "$flow")"
  expect "Node $version, read()" 'abcdef' "$("$node" -e "$buffered")"
  expect "Node $version, _read()" '0 bytes in hand' "$("$node" -e "$in_hand")"
done
node=$(node_of 26.12.1)
expect 'Node 26.12.1, flowing' '3 chunks, 0 by read()' "$("$node" -e "$flow")"
expect 'Node 26.12.1, read()' 'abc' "$("$node" -e "$buffered")"
expect 'Node 26.12.1, _read()' '3 bytes in hand' "$("$node" -e "$in_hand")"
