#!/usr/bin/env bash
# nohup(1) starts a program with SIGHUP ignored, and a shell one in the background of a script with SIGINT
# ignored. Node sets both back to the default when it starts, so they end it all the same; and a program
# cannot know that they were ignored. setsid(1) keeps a terminal's signals away.
# Seen with Node 20.20.2 and 26.12.1 on Linux x64.
set -euo pipefail
. "$(dirname "$0")/versions.sh"

# The signals that are ignored, as proc(5) shows them: the lowest bit is SIGHUP.
ignored='const line = fs.readFileSync("/proc/self/status", "utf8").match(/SigIgn:\s*(\w+)/)[1];
  console.log(parseInt(line.slice(-1), 16) & 1 ? "ignored" : "not ignored")'
expect 'grep' 'ignored' "$(nohup grep -q 'SigIgn:.*1$' /proc/self/status 2>/dev/null && echo ignored)"
for version in 20.20.2 26.12.1; do
  node=$(node_of "$version")
  expect "Node $version" 'not ignored' "$(nohup "$node" -e "$ignored" 2>/dev/null)"
done
