#!/usr/bin/env bash
# Builds the arm64 packages beside those that setup/package.sh has made: compiled and linked in a Debian 13, whose
# backports have a Rust for arm64, against glibc 2.34; put into packages in a Debian 12, so that what they depend on is there.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m%s\033[0m\n' "package: $*"; }
fail() { printf 'package: %s\n' "$*" >&2; exit 3; }
. setup/rootfs.sh
here=$PWD/target/package
[ -x "$here/built/release/luchs" ] || fail 'first those for this computer: setup/package.sh'

make_cross() {
  make_rootfs "$here/cross" trixie \
    ca-certificates,pkgconf,crossbuild-essential-arm64,python3-venv,libgstreamer1.0-dev:arm64,libgstreamer-plugins-base1.0-dev:arm64,libssl-dev:arm64 \
    --architectures=amd64,arm64
  [ -x "$here/cross/opt/zig/bin/cargo-zigbuild" ] && return
  say 'Rust for arm64'
  rm -rf "$here/zig"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --platform manylinux_2_12_x86_64 --platform manylinux_2_5_x86_64 -r setup/zig.lock -d "$here/zig" || fail 'zig could not be fetched'
  inside "$here/cross" --read-only "$(realpath /etc/resolv.conf):/etc/resolv.conf" --read-only "$here/zig:/zig" -- bash -euc "
    echo 'deb $MIRROR trixie-backports main' >/etc/apt/sources.list.d/backports.list
    apt-get update -qq
    apt-get install -y -qq -t trixie-backports rustc cargo libstd-rust-dev:arm64
    python3 -m venv /opt/zig && /opt/zig/bin/pip install --quiet --no-index --find-links /zig cargo-zigbuild ziglang" >"$here/cross.log" 2>&1 ||
    { tail "$here/cross.log" >&2; fail 'there is no Rust for arm64'; }
}

compile() {
  say "compiling for arm64 ($here/compile-arm64.log)"
  mkdir -p "$here/built-arm64"
  inside "$here/cross" --offline --bind "$here:/build" --read-only "$here/vendor:/vendor" -- bash -euc '
    cd /build/source
    export PATH=/opt/zig/bin:$PATH CARGO_HOME=/build/cargo CARGO_TARGET_DIR=/build/built-arm64
    export PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_aarch64_unknown_linux_gnu=aarch64-linux-gnu-pkg-config
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-L native=/usr/lib/aarch64-linux-gnu"
    # Its headers alone: those of the glibc beside them are not the ones that zig compiles against.
    mkdir -p /opt/openssl && cp -r /usr/include/openssl /usr/include/aarch64-linux-gnu/openssl /opt/openssl/
    export OPENSSL_INCLUDE_DIR=/opt/openssl OPENSSL_LIB_DIR=/usr/lib/aarch64-linux-gnu
    cargo zigbuild --release --locked --target aarch64-unknown-linux-gnu.2.34 $0' "$(make -s -f debian/rules crates)" >"$here/compile-arm64.log" 2>&1 ||
    { tail -n 30 "$here/compile-arm64.log" >&2; fail 'it does not compile for arm64'; }
}

pack() {
  make_rootfs "$here/bookworm-arm64" bookworm \
    build-essential,binutils-aarch64-linux-gnu,debhelper,lintian,libgstreamer-plugins-base1.0-0,libgstreamer1.0-0:arm64,libgstreamer-plugins-base1.0-0:arm64,libssl3:arm64,libstdc++6:arm64 \
    --architectures=amd64,arm64
  MACHINE=aarch64 ASSETS=$here/assets-arm64 setup/setup.sh install_onnxruntime
  inside "$here/bookworm-arm64" --offline --bind "$here:/build" --read-only "$here/vendor:/vendor" \
    --read-only "$(rustc --print sysroot):/opt/rust" -- bash -euc '
      cd /build/source
      export PATH=/opt/rust/bin:$PATH CARGO_HOME=/build/cargo LUCHS_ASSETS=/build/assets-arm64 LUCHS=/build/built/release/luchs
      export LUCHS_TARGET=/build/built-arm64/aarch64-unknown-linux-gnu/release
      dpkg-buildpackage --host-arch arm64 --build=any --no-sign --no-check-builddeps --build-profiles=pkg.luchs.toolchain,nocheck 2>&1
      ' >"$here/build-arm64.log" || { tail -n 30 "$here/build-arm64.log" >&2; fail "no arm64 packages: $here/build-arm64.log"; }
  say 'lintian'
  inside "$here/bookworm-arm64" --bind "$here:/build" -- bash -c 'lintian --allow-root --fail-on error,warning --profile debian --color never /build/*_arm64.changes'
}

make_cross
compile
pack
(cd "$here" && sha256sum ./*.deb >SHA256SUMS && ls -l ./*arm64.deb)
