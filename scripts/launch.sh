#!/bin/sh
# Runs one of the project's TypeScript programs (a path below the project's folder) on the pinned Node, after setting up what is missing.
# It becomes the program: signals, standard streams and the exit code need nobody in between, and whoever kills this process kills
# the program.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
pinned=$root/node_modules/node/bin/node
node=$pinned
[ -x "$node" ] || node=$(command -v node) || {
  echo "Node.js is needed, version 20 or newer: https://nodejs.org" >&2
  exit 1
}
"$node" "$root/scripts/setup.mjs"
program=$root/$1
shift
exec "$pinned" --disable-warning=ExperimentalWarning "$program" "$@"
