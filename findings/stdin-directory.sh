#!/usr/bin/env bash
# If stdin is a directory, process.stdin ends at once and without an error, as an empty file does.
# fs.createReadStream() of the same descriptor says EISDIR, as cat(1) does.
# Seen with Node 20.20.2 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

for version in 20.20.2 26.12.1; do
  node=$(node_of "$version")
  expect "Node $version, process.stdin" end "$("$node" -e "process.stdin.resume()
    .on('end', () => console.log('end')).on('error', ({ code }) => console.log(code))" <"$folder")"
  expect "Node $version, fs.createReadStream()" EISDIR "$("$node" -e "
    fs.createReadStream('', { fd: 0 }).resume()
    .on('end', () => console.log('end')).on('error', ({ code }) => console.log(code))" <"$folder")"
done
