#!/usr/bin/env bash
# The stdin and stdout of a child that was spawned with `stdio: 'pipe'` are sockets. So
# - it cannot open them by name, as `cat /dev/stdin` does in a shell's pipeline: ENXIO;
# - if the parent destroys child.stdout while something is unread, the next write of the child fails with
#   ECONNRESET, and no SIGPIPE ends it: a program that is silent in a shell complains, and its status is
#   not that of the signal.
# Seen with Node 20.20.2 and 26.12.1 on Linux x64, cat(1) and yes(1) of coreutils 9.1.
set -euo pipefail
. "$(dirname "$0")/versions.sh"
export LC_ALL=C

for version in 20.20.2 26.12.1; do
  node=$(node_of "$version")
  expect "Node $version, cat /dev/stdin" "cat: /dev/stdin: No such device or address" "$("$node" -e "
    const child = child_process.spawn('cat', ['/dev/stdin'], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin.on('error', () => {}).end('sent')" 2>&1)"
  expect "Node $version, yes, child.stdout destroyed" "yes: standard output: Connection reset by peer 1 null" \
    "$("$node" -e "
    const child = child_process.spawn('yes', { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('readable', () => setTimeout(() => child.stdout.destroy(), 300));
    let said = '';
    child.stderr.on('data', (text) => { said += text; });
    child.on('close', (code, signal) => console.log(said.trim(), code, signal))")"
done
expect "a shell's pipe, yes" 141 "$(bash -c 'yes | head -n 1 > /dev/null; echo ${PIPESTATUS[0]}')"
