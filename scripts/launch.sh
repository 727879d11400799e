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

# Node keeps what it compiled, and the next time does not even load what strips types.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/envoy-gateway/compiled}"
# The C library, where it is glibc, gives large buffers back, and has one heap for all threads, which seldom allocate at once.
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-65536}" MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
# The young generation takes up to three times its size whatever lives in it, so it is small; the old one, which would grow to several times of
# what lives in it, is cleared when it has grown by 70 %.
exec "$pinned" --disable-warning=ExperimentalWarning --max-semi-space-size=4 --heap-growing-percent=70 "$program" "$@"
