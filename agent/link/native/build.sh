#!/bin/bash
# Compiles ring.c, packet.c and fanout.c into build/ring.node. Prints one line; does nothing when that is newer than its sources.
set -eu
cd "$(dirname "$0")"
case "$(uname -m)" in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) arch=$(uname -m) ;;
esac
include=${NODE_INCLUDE:-../../../node_modules/node-linux-$arch/include/node}
out=build/ring.node

stop() { echo "ring.node: $1" >&2; exit 1; }
[ -f "$include/node_api.h" ] || stop "no Node headers in $include: run npm ci, or set NODE_INCLUDE to a directory with node_api.h"
cc=${CC:-cc}
command -v "$cc" >/dev/null || stop "no C compiler: apt-get install gcc libc6-dev"

fresh=yes
for source in ring.c packet.c packet.h fanout.c fanout.h build.sh; do
  [ "$out" -nt "$source" ] || fresh=no
done
if [ $fresh = yes ]; then echo "ring.node: up to date"; exit 0; fi

mkdir -p build
# Moved into place whole: a process that has the old one mapped keeps it.
if ! log=$("$cc" -shared -fPIC -std=c11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -DNAPI_VERSION=8 \
  -I"$include" -o "$out.$$" ring.c packet.c fanout.c 2>&1); then
  rm -f "$out.$$"
  echo "$log" | head -n 5 >&2
  stop "does not compile (above): it needs Linux headers 4.20 or newer (apt-get install linux-libc-dev)"
fi
mv "$out.$$" "$out"
echo "ring.node: built for $arch"
