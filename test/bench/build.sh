#!/usr/bin/env bash
# Compiles the load programs and the floor into test/bench/build/; what is newer than its sources stays.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build
for tool in tcpload floor frames burst; do
  [ "build/$tool" -nt "$tool.c" ] && [ "build/$tool" -nt raw.h ] || "${CC:-cc}" -O2 -Wall -Wextra -o "build/$tool" "$tool.c"
done
