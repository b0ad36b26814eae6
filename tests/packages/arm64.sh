#!/usr/bin/env bash
# Installs the arm64 packages in a Debian 13 for arm64, its programs run by an emulator, and runs them there: the elements
# are known, a few frames go through the model, and the command answers.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { printf '\033[1m%s\033[0m\n' "package-test: $*"; }
fail() { printf 'package-test: %s\n' "$*" >&2; exit 3; }
. setup/rootfs.sh
here=$PWD/target/package
[ "$(id -u)" = 0 ] || fail 'run as root: it makes root file systems'
ls "$here"/luchs_*_arm64.deb >/dev/null 2>&1 || fail 'there are no packages for arm64: make package-arm64'
make_rootfs "$here/emulator" trixie qemu-system-x86,qemu-user-static,swtpm,e2fsprogs,seabios,ipxe-qemu

# The kernel is told of the emulator as long as this runs; what it mounts for that is gone with it.
if [ -z "${IN_NAMESPACE:-}" ]; then IN_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"; fi
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || fail 'the kernel runs no programs of other computers (binfmt_misc)'
name=luchs-aarch64
forget() { [ ! -e /proc/sys/fs/binfmt_misc/$name ] || echo -1 >/proc/sys/fs/binfmt_misc/$name; }
trap forget EXIT
forget
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
echo ":$name:M::$magic:$mask:$here/emulator/usr/bin/qemu-aarch64:OCF" >/proc/sys/fs/binfmt_misc/register

say 'Debian 13 for arm64, emulated'
make_rootfs "$here/fresh-arm64" trixie \
  ca-certificates,gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good,gstreamer1.0-plugins-bad,gstreamer1.0-libav,glib-networking,procps,systemd \
  --architectures=arm64 --skip=check/qemu
rm -rf "$here/box-arm64" && cp -a "$here/fresh-arm64" "$here/box-arm64"
mkdir -p "$here/box-arm64/packages"
cp "$here"/{luchs,gstreamer1.0-luchs,luchs-runtime}_*_arm64.deb "$here"/luchs-models_*_all.deb "$here/box-arm64/packages/"
# ONNX Runtime asks /sys for the processors, and ends the process where it is missing. A trial has seconds of a processor, of which an
# emulated one does a tenth: the model is signed.
inside "$here/box-arm64" --offline --bind "$PWD/debian/tests:/tests" --read-only /sys:/sys -- bash -euc '
  dpkg --install /packages/*.deb
  luchs model keygen --name tester --dir /root/keys --no-password
  luchs model sign /usr/share/luchs/models/yolox-nano-int8 --key /root/keys/tester.key
  install -D -m 644 -t /etc/luchs/models.d /root/keys/tester.pub
  luchs --version
  gst-inspect-1.0 luchsdetect | head -4
  timeout 600 sh -eu /tests/elements
  luchs bench model --help >/dev/null
  luchs check || true
  echo passed' 2>&1 | tee "$here/box-arm64.log"
grep -q '^passed$' "$here/box-arm64.log"
rm -rf "$here/box-arm64"
echo 'package-test: arm64 passed'
