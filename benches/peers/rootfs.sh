#!/usr/bin/env bash
# A Debian of its own with the newer GStreamer that has onnxinference, once: rootfs.sh DIRECTORY [SUITE [PACKAGES]]
# PACKAGES (with commas) are added to those that the benchmark needs. Packages come from the mirror that this machine's apt uses.
set -euo pipefail
root=$1 suite=${2:-forky} more=${3:-}
packages=ca-certificates,gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good,gstreamer1.0-plugins-bad,gstreamer1.0-libav
packages+=${more:+,$more}
stamp="$root/.ready-$suite${more:+-$(sha256sum <<<"$more" | cut -c1-12)}"
[ -e "$stamp" ] && exit
fail() { printf 'rootfs: %s\n' "$*" >&2; exit 3; }
[ "$(id -u)" = 0 ] || fail 'a rootfs is built and entered as root: run as root'
command -v mmdebstrap >/dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null ||
  fail 'mmdebstrap is missing: apt-get install mmdebstrap'

# Any repository of Debian's own main section will do, as long as it is no security archive.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' 'Created-By: Packages' |
  awk '$2 == "Debian" && $3 == "main" && $1 !~ /security/ { print $1; exit }')
[ -n "$mirror" ] || fail 'apt knows no mirror of Debian: run apt-get update'

echo >&2 "rootfs: $suite with its GStreamer into $root (once)"
# A build that was broken off may have left /proc mounted in there.
rm -rf --one-file-system "$root"; mkdir -p "$(dirname "$root")"
# A mirror may be a copy that stands still: its date of expiry says nothing about the signature.
mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Acquire::Check-Valid-Until "false"' \
  --aptopt='APT::Install-Recommends "false"' --include="$packages" \
  --customize-hook='rm -rf "$1"/usr/share/doc "$1"/usr/share/man "$1"/var/cache/apt/archives' \
  "$suite" "$root" "$mirror" || fail "mmdebstrap could not build $suite from $mirror"
chroot "$root" gst-inspect-1.0 --exists onnxinference || fail "GStreamer of $suite has no onnxinference"
touch "$stamp"
