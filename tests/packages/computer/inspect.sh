# Runs in the emulated computer, once before and once after a reboot.
drop_in() { mkdir -p /etc/systemd/system/luchs.service.d; cat >"/etc/systemd/system/luchs.service.d/$1.conf"; systemctl daemon-reload; }
expect() { local what=$1; shift; if "$@"; then echo "  ok   $what"; else echo "  FAIL $what"; fi; }
within() { local until=$((SECONDS + $1)); shift; until "$@"; do [ $SECONDS -lt $until ] || return 1; sleep 0.5; done; }
is_active() { [ "$(systemctl is-active luchs)" = active ]; }
# What the service itself may do: a script that runs before it, as its user and within its limits.
as_service() {
  printf '%s\n' "$1" >/usr/local/bin/probe
  chmod 755 /usr/local/bin/probe
  printf '[Service]\nExecStartPre=-/bin/bash /usr/local/bin/probe\n' | drop_in probe
  systemctl restart luchs
  rm /etc/systemd/system/luchs.service.d/probe.conf; systemctl daemon-reload
  tr '\n' ' ' </run/luchs/probe 2>/dev/null | sed 's/ $//'
}

if [ ! -e /root/rebooted ]; then
  expect 'the service is active' within 120 is_active
  modprobe vivid; modprobe bochs || true
  # A device of the same number as the disk, that everyone may open: only the policy is in the way.
  mknod -m 666 /dev/probe b $(stat -c '%Hr %Lr' /dev/vda)
  within 30 test -c /dev/video0
  answer=$(as_service 'exec >/run/luchs/probe 2>&1; head -c1 /dev/probe >/dev/null && echo read; : <>/dev/video0 && echo camera; id -nG')
  expect "no disk can be read, whatever its mode: $answer" grep -q 'Operation not permitted' <<<"$answer"
  expect 'a camera at USB can be opened' grep -qw camera <<<"$answer"

  ip address add 10.9.9.9/32 dev lo
  cp /usr/share/doc/luchs/examples/drop-ins/site-network.conf /etc/systemd/system/luchs.service.d/
  systemctl daemon-reload
  systemctl start mosquitto
  printf 'listener 1883\nallow_anonymous true\n' >/etc/mosquitto/conf.d/all.conf; systemctl restart mosquitto
  answer=$(as_service 'exec >/run/luchs/probe 2>&1; : <>/dev/tcp/127.0.0.1/1883 && echo near; timeout 5 bash -c ": <>/dev/tcp/10.9.9.9/1883" && echo far')
  expect "addresses outside of site-network.conf are out of reach: $answer" \
    bash -c 'grep -qw near <<<"$1" && ! grep -qw far <<<"$1"' _ "$answer"
  rm /etc/systemd/system/luchs.service.d/site-network.conf
  answer=$(as_service 'exec >/run/luchs/probe 2>&1; timeout 5 bash -c ": <>/dev/tcp/10.9.9.9/1883" && echo far')
  expect 'and within reach without it' grep -qw far <<<"$answer"

  max=$(cat /sys/fs/cgroup/system.slice/luchs.service/memory.max)
  expect "the service has a part of the memory: $((max >> 20)) MiB" [ "$max" -lt "$(($(sed -n 's/MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo) * 1024))" ]
  printf '[Service]\nMemoryMax=100M\nMemoryHigh=infinity\nExecStartPre=-/bin/sh -c "head -c 200M /dev/zero | tail >/dev/null"\n' | drop_in hungry
  systemctl restart --no-block luchs
  expect 'over its limit it is ended' within 60 bash -c 'journalctl -u luchs -o cat | grep -qi "oom"'
  rm /etc/systemd/system/luchs.service.d/hungry.conf; systemctl daemon-reload
  expect 'and started again' within 60 is_active

  printf 'viewer\nsealed by a TPM\n' >/root/password
  mkdir -p /etc/luchs/credentials.encrypted
  expect 'a password is sealed by the TPM' systemd-creds encrypt --with-key=tpm2 --name=camera_gate /root/password /etc/luchs/credentials.encrypted/gate
  rm /root/password
  grep -v broker.key /usr/share/doc/luchs/examples/drop-ins/encrypted-credentials.conf | drop_in sealed
  touch /root/rebooted
  systemctl reboot
else
  expect 'after a reboot the service is active' within 120 is_active
  answer=$(as_service 'exec >/run/luchs/probe 2>&1; cat $CREDENTIALS_DIRECTORY/camera_gate')
  expect "the service reads the password that the TPM sealed" [ "$answer" = "viewer sealed by a TPM" ]
  expect 'nobody else does' bash -c '! grep -rq "sealed by a TPM" /etc /var/lib/luchs'
  rm /run/luchs/probe
  echo end
  systemctl poweroff
fi
