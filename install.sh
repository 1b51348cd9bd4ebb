#!/usr/bin/env bash
# Puts Cuttle on a Debian machine, or only makes this checkout ready to run. Every step can be repeated.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=/opt/cuttle
config=/etc/cuttle/cuttle.toml
units=/etc/systemd/system

usage() {
  cat <<'EOF'
usage: ./install.sh [demo | test | install | uninstall] [options]

  demo       make this checkout ready and run `cuttle demo` (options are passed on: --keep, --json)
  test       make this checkout ready, check the source and run every test
  install    put the sensor into /opt/cuttle with a systemd service (the default where systemd runs)
  uninstall  remove what install put; settings and recorded events stay, unless --purge

Needs Debian 12 or 13 (amd64 or arm64) and root.
EOF
}

say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
at=0
step() { at=$((at + 1)); say "[$at/$steps] $*"; }

need_root() {
  [ "$(id -u)" = 0 ] || die "not root; run: sudo ./install.sh $mode"
  command -v apt-get >/dev/null || die 'no apt-get here; use Debian 12 or 13, or a derivative such as Raspberry Pi OS'
}

has_systemd() { [ -d /run/systemd/system ]; }

# --- system packages -------------------------------------------------------

# command:package where the command is what counts, the bare name where only the package tells.
base='npm:npm make:make cc:gcc g++:g++ python3:python3 ip:iproute2 nft:nftables mosquitto:mosquitto libpcap-dev libc6-dev'
clients='curl:curl masscan:masscan hydra:hydra redis-cli:redis-tools tsql:freetds-bin sshpass:sshpass
  ssh:openssh-client nmap:nmap tcpdump:tcpdump ethtool:ethtool ping:iputils-ping'

missing() { # of the words given: the packages that are not there
  local word
  for word in "$@"; do
    case $word in
      *:*) command -v "${word%%:*}" >/dev/null || printf '%s ' "${word#*:}" ;;
      *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$word" 2>/dev/null)" = installed ] || printf '%s ' "$word" ;;
    esac
  done
}

packages() {
  local list
  # shellcheck disable=SC2086,SC2046
  list=$(PATH=$PATH:/usr/sbin:/sbin missing "$@")
  step "system packages: ${list:-all there}"
  [ -n "$list" ] || return 0
  case " $list" in
    *' mosquitto '*) say '      the system-wide broker that comes with mosquitto stays off: the hub starts its own' ;;
  esac
  hold_services
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  quietly 'see the lines above; check the network and /etc/apt, then run this again' apt-get update
  # shellcheck disable=SC2086
  quietly 'see the lines above; `apt-get --fix-broken install` mends a half-done install' \
    apt-get install -y --no-install-recommends $list
  release_services
  case " $list" in
    *' mosquitto '*) if command -v systemctl >/dev/null; then systemctl disable mosquitto >/dev/null 2>&1 || true; fi ;;
  esac
}

# invoke-rc.d and deb-systemd-invoke start no service while this file exits 101.
policy=/usr/sbin/policy-rc.d
holding=
hold_services() {
  [ -e $policy ] && return 0
  printf '#!/bin/sh\n# put here by the installer of Cuttle, for the time of one apt-get\nexit 101\n' >$policy
  chmod 755 $policy
  holding=1
}
release_services() { [ -z "$holding" ] || rm -f $policy; holding=; }
trap release_services EXIT

# Runs a command with its output aside; shows the end of it, and the remedy, when it fails.
quietly() {
  local remedy=$1 log; shift
  log=$(mktemp)
  if ! "$@" </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    die "\`$*\` failed: $remedy"
  fi
  rm -f "$log"
}

# --- the runtime -----------------------------------------------------------

architecture() {
  case $(uname -m) in
    x86_64) say x64 ;;
    aarch64 | arm64) [ "$(getconf LONG_BIT)" = 64 ] || die 'a 32-bit system on a 64-bit processor; install the 64-bit image'
      say arm64 ;;
    *) die "no runtime for $(uname -m); Cuttle runs on amd64 and arm64" ;;
  esac
}

runtime() { # DIRECTORY dev|prod
  local arch stamp file=$1/node_modules/.cuttle-stamp
  arch=$(architecture)
  stamp="$(cat "$1/package.json" "$1/package-lock.json" | sha256sum | cut -c1-16) $arch"
  cd "$1"
  step "runtime and libraries (npm ci, $2)"
  if grep -qxF -e "$stamp dev" -e "$stamp $2" "$file" 2>/dev/null; then
    say '      as the lock file says already'
    step 'native modules: built already'
  else
    local omit=(); [ "$2" = dev ] || omit=(--omit=dev)
    quietly 'see the lines above; check the network and the npm settings, then run this again' \
      npm ci --ignore-scripts --no-audit --no-fund "${omit[@]}"
    step 'native modules (node-pcap, raw-socket), built against the pinned runtime'
    [ -x node_modules/node-linux-$arch/bin/node ] || die 'npm left out the runtime; switch `optional` on in the npm settings'
    # npm 9 leaves this link out where its package is an optional one.
    ln -sfn ../node-linux-$arch/bin/node node_modules/.bin/node
    npm_config_nodedir=$1/node_modules/node-linux-$arch quietly 'see the lines above' \
      npm rebuild pcap raw-socket
    printf '%s %s\n' "$stamp" "$2" >"$file"
  fi
  step 'the packet ring'
  bash agent/link/native/build.sh | sed 's/^/      /'
}

# --- what can be asked for -------------------------------------------------

demo() {
  need_root
  steps=5
  # shellcheck disable=SC2086
  packages $base $clients
  runtime "$here" dev
  step 'sensor, hub and attackers in network namespaces of their own'
  exec "$here/cuttle" demo "$@"
}

tests() {
  need_root
  steps=6
  # shellcheck disable=SC2086
  packages $base $clients
  runtime "$here" dev
  PATH=$here/node_modules/.bin:$PATH
  cd "$here"
  step 'types, lint and format (npm run check)'
  local checked=0
  npm run --silent check </dev/null || checked=1
  step 'tests (npm test)'
  mkdir -p dist
  local tap=dist/test.tap summary passed failed skipped status
  # Top-level results and comments as they come; the rest stays in the file.
  set +e
  npm test --silent -- --no-color </dev/null 2>&1 | tee $tap |
    grep --line-buffered -E '^(not )?ok |^ *# (skipped|not run)' | sed -u 's/^ */      /; s/ # time=/  /'
  status=${PIPESTATUS[0]}
  set -e
  summary=$(grep -E '^# \{ total: [0-9]+' $tap | tail -n 1 || true)
  count() { local n; n=$(sed -nE "s/.*[{,] $1: ([0-9]+).*/\1/p" <<<"$summary"); say "${n:-0}"; }
  passed=$(count pass) failed=$(count fail) skipped=$(count skip)
  if [ "$status" != 0 ] || [ "$failed" != 0 ]; then
    grep -n -A 24 -E '^ *not ok ' $tap | head -n 400 || true
    [ -n "$summary" ] || tail -n 40 $tap
    [ "$failed" != 0 ] || failed=1
  fi
  [ "$checked" = 0 ] || { say 'not ok: npm run check (above)'; failed=$((failed + 1)); }
  [ "$checked" != 0 ] || passed=$((passed + 1))
  say "all of it: $tap"
  say "$passed passed, $failed failed$([ "$skipped" = 0 ] || printf ', %s skipped' "$skipped")"
  [ "$failed" = 0 ] && [ "$passed" -gt 1 ]
}

install_service() {
  need_root
  has_systemd || die 'systemd does not run here; try ./install.sh demo, or run ./cuttle run by hand'
  steps=7
  # shellcheck disable=SC2086
  packages $base
  step "program in $prefix"
  if [ "$here" != $prefix ]; then
    mkdir -p $prefix
    (cd $prefix && rm -rf agent protocols rotation hub build test docs)
    (cd "$here" && tar -cf - --exclude=agent/link/native/build $(ls -d agent protocols rotation hub build test/lab docs cuttle install.sh package.json \
      package-lock.json ./*.md LICENSE 2>/dev/null)) | tar -xf - -C $prefix --no-same-owner
  fi
  printf '#!/bin/sh\nexec %s/cuttle "$@"\n' $prefix >/usr/local/bin/cuttle
  chmod 755 /usr/local/bin/cuttle
  runtime $prefix prod
  step "settings in $config"
  mkdir -p "$(dirname $config)"
  if [ -e $config ]; then say '      kept as they are'; else
    command install -m 644 $prefix/build/systemd/cuttle.toml $config
  fi
  step 'services cuttle (enabled) and cuttle-hub (for the machine that is to be the hub)'
  id cuttle >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/cuttle --no-create-home --shell /usr/sbin/nologin cuttle
  command install -m 644 $prefix/build/systemd/*.service $units/
  systemctl daemon-reload
  systemctl enable --quiet cuttle
  if grep -qE '^interface *= *"[^"]' $config; then
    systemctl restart cuttle
    systemctl try-restart cuttle-hub
    say "the sensor runs; look: cuttle status, journalctl -u cuttle"
  else
    systemctl try-restart cuttle-hub
    say "next: name the interface in $config, then systemctl start cuttle"
    say "      (cuttle doctor says what would keep it from working; on the hub's machine: systemctl enable --now cuttle-hub)"
  fi
}

uninstall() {
  need_root
  steps=2
  step 'services'
  if has_systemd; then
    systemctl disable --now cuttle cuttle-hub >/dev/null 2>&1 || true
  fi
  rm -f $units/cuttle.service $units/cuttle-hub.service $units/multi-user.target.wants/cuttle{,-hub}.service
  if has_systemd; then systemctl daemon-reload; fi
  step "program in $prefix"
  rm -rf $prefix /usr/local/bin/cuttle
  if [ "${1:-}" = --purge ]; then
    rm -rf /etc/cuttle /var/lib/cuttle /var/lib/cuttle-hub
    if id cuttle >/dev/null 2>&1; then userdel cuttle; fi
    say 'settings and recorded events are gone too; system packages stay (apt-get autoremove knows)'
  else
    say 'settings (/etc/cuttle) and recorded events (/var/lib/cuttle, /var/lib/cuttle-hub) stay; --purge removes them'
  fi
}

mode=${1:-}
[ $# = 0 ] || shift
case $mode in
  demo) demo "$@" ;;
  test) tests "$@" ;;
  install) install_service ;;
  uninstall) uninstall "$@" ;;
  -h | --help | help) usage ;;
  '') if has_systemd; then mode=install; install_service; else
      say 'systemd does not run here, so nothing is installed; `./install.sh demo` shows what Cuttle does.'; usage; fi ;;
  *) usage >&2; exit 2 ;;
esac
