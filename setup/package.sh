#!/usr/bin/env bash
# Builds the Debian packages of the last commit into target/package, in a clean Debian 12 without network. What is built
# there needs glibc 2.36 and GStreamer 1.22 at most, and so serves Debian 12 and all that came after it.
#   VERSION=0.2.0~try1   instead of the version of debian/changelog
#   OUT=FOLDER           instead of target/package
#   PROFILES=pkg.luchs.noopenvino   without OpenVINO, which takes a while to compress
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m%s\033[0m\n' "package: $*"; }
fail() { printf 'package: %s\n' "$*" >&2; exit 3; }
. setup/rootfs.sh
here=$PWD/target/package
out=${OUT:-$here}
[ "$(id -u)" = 0 ] || fail 'run as root: it makes a root file system and enters it'
mkdir -p "$here" "$out"

# What is packaged is what is committed: a tree that somebody works in is no source. Files that did not change stay as
# they are, so that Cargo compiles only what did.
export_source() {
  mkdir -p "$here/source"
  GIT_INDEX_FILE=$here/source.index git --work-tree="$here/source" read-tree --reset -u HEAD
  [ -z "${VERSION:-}" ] || sed -i "1s/([^)]*)/($VERSION)/" "$here/source/debian/changelog"
}

# Crates, pinned by Cargo.lock, for a build that has no network.
vendor() {
  mkdir -p "$here/cargo"
  (cd "$here/source" && cargo vendor --quiet --locked --versioned-dirs "$here/vendor" >/dev/null)
  printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "/vendor"\n' >"$here/cargo/config.toml"
}

# ONNX Runtime, OpenVINO and the model's weights: fetched here, pinned by their digests.
fetch_assets() {
  local luchs candidates=(target/release/luchs target/debug/luchs)
  mkdir -p "$here/assets"
  ASSETS=$here/assets setup/setup.sh install_onnxruntime install_openvino
  for luchs in "${candidates[@]}"; do [ ! -x "$luchs" ] || break; done
  [ -x "$luchs" ] || { say 'luchs, to fetch the model with'; cargo build --quiet --locked -p luchs-cli; }
  "$luchs" model fetch --recipes models --to "$here/assets/models" yolox-nano
}

build() {
  local toolchain; toolchain=$(rustc --print sysroot)
  rm -rf "$here/fresh" && mkdir -p "$here/fresh" "$here/built"
  inside "$here/bookworm" --offline --bind "$here/fresh:/build" --bind "$here/source:/build/source" --bind "$here/built:/build/built" \
    --bind "$here/cargo:/build/cargo" --read-only "$here/assets:/build/assets" --read-only "$here/vendor:/vendor" \
    --read-only "$toolchain:/opt/rust" -- \
    bash -euc 'cd /build/source
      export PATH=/opt/rust/bin:$PATH CARGO_HOME=/build/cargo CARGO_TARGET_DIR=/build/built LUCHS_ASSETS=/build/assets
      dpkg-buildpackage --build=binary --no-sign --build-profiles=pkg.luchs.toolchain,nocheck"$0" 2>&1' "${PROFILES:+,$PROFILES}" \
    >"$here/build.log" ||
    { tail -n 30 "$here/build.log" >&2; fail "the build did not succeed: $here/build.log"; }
}

make_rootfs "$here/bookworm" bookworm \
  ca-certificates,build-essential,debhelper,lintian,pkgconf,libgstreamer1.0-dev,libgstreamer-plugins-base1.0-dev,libssl-dev,systemd
export_source
vendor
fetch_assets
say "building $(dpkg-parsechangelog -l "$here/source/debian/changelog" -S Version) (this compiles everything the first time: $here/build.log)"
build
say 'lintian'
inside "$here/bookworm" --bind "$here/fresh:/build" -- \
  bash -c 'lintian --allow-root --fail-on error,warning --profile debian --color never /build/*_amd64.changes' 
rm -f "$out"/*.deb "$out"/*.buildinfo "$out"/*.changes
mv "$here"/fresh/*.{deb,buildinfo,changes} "$out/" && rm -rf "$here/fresh"
(cd "$out" && sha256sum ./*.deb >SHA256SUMS && ls -l ./*.deb)
