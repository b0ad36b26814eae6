# A machine: a root file system that systemd boots in, in a container. For sourcing, after setup/rootfs.sh.
# The container has the network of the computer it runs on, and processes, users and mounts of its own.

# boot ROOT: until systemd has started everything.
boot() {
  root=$1
  systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --console=pipe --resolv-conf=copy-host \
    --bind-ro="$packages:/packages" --bind="$here/apt-$suite:/var/cache/apt/archives" </dev/null >>"$root.console" 2>&1 &
  nspawn=$!
  within 60 started || fail "$suite did not start its services: $root.console"
}
# Looked for anew each time: for a moment systemd-nspawn has another child, which makes the machine's first process and is gone.
find_leader() { leader=$(pgrep -P "$nspawn" | head -1) && [ -n "$leader" ]; }
started() { find_leader && case $(on systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) return 1 ;; esac; }

# on COMMAND…: runs it in the machine.
on() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
    DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# A reboot ends the container; the next boot is ours.
reboot() {
  on systemctl reboot || true
  within 60 ended || fail 'the machine did not go down'
  boot "$root"
}
power_off() {
  [ -n "${nspawn:-}" ] || return 0
  on systemctl poweroff 2>/dev/null || true
  within 30 ended || kill -KILL "$leader" "$nspawn" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
  nspawn=
}
ended() { ! kill -0 "$nspawn" 2>/dev/null; }

# within SECONDS COMMAND…: again and again until it succeeds.
within() {
  local until=$((SECONDS + $1)); shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.3
  done
}

pass() { printf '  \033[32mok\033[0m   %s\n' "$*"; passed=$((passed + 1)); }
miss() { printf '  \033[31mFAIL\033[0m %s\n' "$*"; failed=$((failed + 1)); }
# expect WHAT COMMAND…: one line of the report.
expect() {
  local what=$1; shift
  if "$@"; then pass "$what"; else miss "$what"; fi
}
