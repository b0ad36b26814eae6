#!/usr/bin/env bash
# Runs a command in the rootfs that rootfs.sh built, with this repository and this machine's Rust at their own paths:
# enter.sh ROOT COMMAND…
# Mounts are made in a mount namespace of its own and end with the command, however it ends.
set -euo pipefail
root=$(realpath "$1") repository=$(realpath "$(dirname "$0")/../..")
shift
cargo=${CARGO_HOME:-$HOME/.cargo} rustup=${RUSTUP_HOME:-$HOME/.rustup}
for folder in "$repository" "$cargo" "$rustup"; do mkdir -p "$root$folder"; done
export ROOT="$root" REPOSITORY="$repository" CARGO_HOME="$cargo" RUSTUP_HOME="$rustup"
export PATH="$cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8
exec unshare --mount --propagation private -- bash -euc '
  mount --bind "$ROOT" "$ROOT"
  mount --rbind /dev "$ROOT/dev"
  mount -t proc proc "$ROOT/proc"
  mount -t sysfs -o ro sysfs "$ROOT/sys"
  mount -t tmpfs tmpfs "$ROOT/tmp"
  for folder in "$REPOSITORY" "$CARGO_HOME" "$RUSTUP_HOME"; do mount --bind "$folder" "$ROOT$folder"; done
  exec chroot "$ROOT" sh -c '\''cd "$REPOSITORY" && exec "$@"'\'' sh "$@"
' bash "$@"
