#!/usr/bin/env bash
# What a container cannot show is shown by a whole computer, emulated: that the unit's limits of devices, addresses and memory
# hold, and that a password sealed by a TPM survives a reboot. Debian 13, with the packages of target/package.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { printf '\033[1m%s\033[0m\n' "package-test: $*"; }
fail() { printf 'package-test: %s\n' "$*" >&2; exit 3; }
. setup/rootfs.sh
here=$PWD/target/package
[ "$(id -u)" = 0 ] || fail 'run as root: it makes root file systems'
box=$here/computer

say 'a computer, emulated'
make_rootfs "$here/emulator" trixie qemu-system-x86,qemu-user-static,swtpm,e2fsprogs,seabios,ipxe-qemu
make_rootfs "$here/fresh-computer" trixie \
  systemd,systemd-sysv,dbus,udev,ca-certificates,mosquitto,iproute2,kmod,tpm2-tools,libtss2-esys-3.0.2-0t64,libtss2-rc0t64,libtss2-mu-4.0.1-0t64,linux-image-amd64
rm -rf "$box" && cp -a "$here/fresh-computer" "$box"
mkdir -p "$here/apt-trixie/partial" "$box/packages" && cp "$here"/*_{amd64,all}.deb "$box/packages/"
inside "$box" --read-only "$(realpath /etc/resolv.conf):/etc/resolv.conf" --bind "$here/apt-trixie:/var/cache/apt/archives" -- bash -euc '
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends /packages/luchs_*_amd64.deb /packages/gstreamer1.0-luchs_*_amd64.deb \
    /packages/luchs-models_*.deb /packages/luchs-runtime_*_amd64.deb
  systemctl enable luchs' >"$box.apt" 2>&1 || { tail "$box.apt" >&2; fail 'the packages could not be installed'; }
rm -rf "$box/packages"
cp tests/packages/computer/inspect.sh "$box/root/inspect.sh"
cp tests/packages/computer/inspect.service "$box/etc/systemd/system/"
ln -s /etc/systemd/system/inspect.service "$box/etc/systemd/system/multi-user.target.wants/"

# An image of the folder, without mounting anything.
kernel=$(ls "$box"/boot/vmlinuz-* | tail -1) initrd=$(ls "$box"/boot/initrd.img-* | tail -1)
rm -rf "$here/computer.run" && mkdir -p "$here/computer.run"
cp "$kernel" "$here/computer.run/kernel" && cp "$initrd" "$here/computer.run/initrd"
rm -rf "$box/boot" && mkdir "$box/boot"
inside "$here/emulator" --bind "$here:/build" -- mke2fs -q -t ext4 -d /build/computer /build/computer.run/disk 4G

# The TPM's memory outlives the computer's reboots.
timeout 1800 cat <(inside "$here/emulator" --bind "$here/computer.run:/run/computer" -- bash -euc '
  cd /run/computer; mkdir -p tpm
  swtpm socket --tpm2 --tpmstate dir=$PWD/tpm --ctrl type=unixio,path=$PWD/tpm.socket --daemon
  exec qemu-system-x86_64 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 3072 -display none -monitor none \
    -kernel kernel -initrd initrd -append "root=/dev/vda rw console=ttyS0 quiet no_timer_check panic=5 systemd.show_status=no" \
    -drive file=disk,format=raw,if=virtio -nic none -serial file:console -serial file:report \
    -chardev socket,id=tpm,path=tpm.socket -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis,tpmdev=tpm0') >"$box.qemu" 2>&1 || true
# A terminal's line ends.
sed -i 's/\r$//' "$here/computer.run/report"
cat "$here/computer.run/report"
rm -rf "$box"
grep -q '^end$' "$here/computer.run/report" || fail "the computer did not come to its end: $here/computer.run/console"
! grep -q FAIL "$here/computer.run/report"
