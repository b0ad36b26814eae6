#!/usr/bin/env bash
# Installs the packages of target/package in fresh machines that boot with systemd, and does with them what happens to a box
# in its life. run.sh [bookworm] [trixie]; PREVIOUS=FOLDER has the packages to upgrade from, otherwise they are built from the
# same commit under an older version.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { printf '\033[1m%s\033[0m\n' "package-test: $*"; }
fail() { printf 'package-test: %s\n' "$*" >&2; exit 3; }
. setup/rootfs.sh
. tests/packages/machine.sh
. tests/packages/life.sh
here=$PWD/target/package
[ "$(id -u)" = 0 ] || fail 'run as root: it boots machines'
[ -n "$(find "$here" -maxdepth 1 -name 'luchs_*.deb' 2>/dev/null)" ] || fail 'there are no packages: make package'
command -v systemd-nspawn >/dev/null || apt-get install -y -qq --no-install-recommends --no-remove systemd-container >/dev/null ||
  fail 'systemd-nspawn cannot be installed'
# Where the service shows its page; the machines have this computer's network.
! (: <>/dev/tcp/127.0.0.1/9464) 2>/dev/null || fail 'something listens on port 9464 already: end it first'

architecture=$(dpkg --print-architecture)
version=$(dpkg-deb -f "$(ls "$here"/luchs_*_"$architecture".deb)" Version)
previous=${PREVIOUS:-$here/previous}
if [ -z "${PREVIOUS:-}" ] && ! ls "$previous"/luchs_"$version~previous"_*.deb >/dev/null 2>&1; then
  say "packages to upgrade from: $version~previous"
  rm -rf "$previous" && VERSION=$version~previous OUT=$previous PROFILES=pkg.luchs.noopenvino setup/package.sh
fi
packages=$here/test-packages
rm -rf "$packages" && mkdir -p "$packages/new" "$packages/previous"
cp "$here"/*_{"$architecture",all}.deb "$packages/new/" && cp "$previous"/*_{"$architecture",all}.deb "$packages/previous/"

cargo build --quiet --locked -p luchs-tests --bin luchs-test-camera --bin luchs-test-freeze
passed=0 failed=0 nspawn='' camera=''
finish() {
  power_off
  [ -z "$camera" ] || kill "$camera" 2>/dev/null || true
}
trap finish EXIT
for suite in "${@:-bookworm trixie}"; do for suite in $suite; do
  say "Debian $suite"
  make_rootfs "$here/fresh-$suite" "$suite" systemd,systemd-sysv,dbus,ca-certificates,mosquitto
  mkdir -p "$here/apt-$suite/partial"
  rm -rf "$here/box-$suite" "$here/box-$suite.console" && cp -a "$here/fresh-$suite" "$here/box-$suite"
  life "$here/box-$suite"
  rm -rf "$here/box-$suite"
done; done
echo
echo "package-test: $passed passed, $failed failed"
[ "$failed" = 0 ]
