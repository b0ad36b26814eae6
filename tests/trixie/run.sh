#!/usr/bin/env bash
# Builds the plug-ins in a Debian 13, whose GStreamer has the analytics library, and checks them there: run.sh DIRECTORY
# The rootfs is made once; what is built is kept in DIRECTORY as well.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$1 root=$1/root
packages=gcc,libc6-dev,pkgconf,libssl-dev,libgstreamer1.0-dev,libgstreamer-plugins-base1.0-dev,libgstrtspserver-1.0-dev
packages+=,mosquitto,openssl,python3-gi,python3-onnx,gir1.2-gst-plugins-bad-1.0,gir1.2-gst-plugins-base-1.0
benches/peers/rootfs.sh "$root" trixie "$packages"

inside() { env CARGO_TARGET_DIR="$work/build" CARGO_NET_OFFLINE=true tests/trixie/enter.sh "$root" "$@"; }
say() { printf '\033[1mtrixie:\033[0m %s\n' "$*"; }

# The rootfs has no network: what is to be built is fetched here.
cargo fetch --locked --quiet
plugins=()
for name in inference analytics publish effects; do plugins+=(-p "gst-plugin-luchs$name"); done
say "the plug-ins, with $(inside gst-inspect-1.0 --version | sed -n 2p)"
inside cargo build --locked -p luchs-cli -p luchs-infer "${plugins[@]}"

say "the plug-ins' own tests"
inside cargo test --locked --no-fail-fast -p gst-luchs-meta "${plugins[@]}" -- --include-ignored
say "ours among upstream's: a detector, a tracker and a publisher here, a detector and an overlay there"
inside cargo test --locked --no-fail-fast -p luchs-tests --test trixie -- --include-ignored
