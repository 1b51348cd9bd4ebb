#!/usr/bin/env bash
# Compiles the load client and the floor into test/bench/build/; what is newer than its source stays.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build
for tool in tcpload floor; do
  [ "build/$tool" -nt "$tool.c" ] || "${CC:-cc}" -O2 -Wall -Wextra -o "build/$tool" "$tool.c"
done
