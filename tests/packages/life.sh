# The life of a box, from the installation to the purge. For sourcing.

life() {
  ours='luchs gstreamer1.0-luchs luchs-models luchs-runtime'
  boot "$1"
  installed
  watching
  killed
  frozen "a camera's thread" cam-gate
  frozen 'the model' luchs-infer
  frozen 'the courier' luchs-courier
  rebooted
  changed_version upgrade new ''
  changed_version downgrade previous --allow-downgrades
  changed_version 'upgrade again' new ''
  openvino
  removed
  purged
  power_off
}

# What apt says is kept for those who look for a mistake.
apt_get() { on apt-get -y -qq -o Dpkg::Use-Pty=0 "$@" >>"$root.apt" 2>&1 || { tail -n 20 "$root.apt" >&2; return 1; }; }

state() { on systemctl show -P "$1" luchs; }
status() { on luchs status --json 2>/dev/null; }
is_active() { [ "$(state ActiveState)" = active ]; }
# member NAME: the value of the first member of that name in JSON.
member() { grep -o "\"$1\" *: *\"\?[^,\"}]*" | head -1 | sed 's/^[^:]*: *"\?//'; }

installed() {
  on find / -xdev -not -path '/proc/*' -not -path '/packages/*' | sort >"$root.before"
  apt_get update
  # A person's command: what is recommended comes along unless it is for graphics cards.
  expect 'apt install' apt_get install --no-install-recommends $(cd "$packages/previous" && printf '/packages/previous/%s ' luchs_*.deb gstreamer1.0-luchs_*.deb luchs-models_*.deb luchs-runtime_*.deb)
  expect 'the service is active' within 30 is_active
  expect 'it runs as the user luchs' [ "$(state User)" = luchs ]
  # The same tests as of debian/tests; this one waits longer than WatchdogSec.
  expect 'with no camera it stays up' on_script debian/tests/service
  expect 'it is healthy' [ "$(status | member health)" = good ]
  expect 'it says what to do next' grep -q /etc/luchs/luchs.toml <(on journalctl -u luchs -o cat --no-pager; status)
  local lines; lines=$(on journalctl -u luchs -o cat --no-pager | wc -l)
  expect "it is quiet ($lines lines in the journal)" [ "$lines" -le 12 ]
  expect 'nothing in its journal is a warning' [ -z "$(on journalctl -u luchs -p warning -o cat --no-pager -q)" ]
  expect 'exposure is 1.7 at most' [ "$(on systemd-analyze security luchs --no-pager | sed -n 's/.*exposure level for luchs.service: \([0-9]*\)\.\([0-9]\).*/\1\2/p')" -le 17 ]
  device=$(status | member device)
  expect "it has a name and keys of its own ($device)" [ -n "$device" ]
  on sh -c 'cat /var/lib/luchs/keys/*.pub.jwk' >"$root.key"
  local other
  for other in "$here"/box-*.key; do
    [ "$other" = "$root.key" ] || expect 'no other box has them' [ "$(cat "$other")" != "$(cat "$root.key")" ]
  done
  expect 'nobody else may read its keys' [ "$(on stat -c %a /var/lib/luchs)" = 700 ]
  expect 'man luchs' on test -s /usr/share/man/man1/luchs.1.gz
  apt_get install --no-install-recommends gstreamer1.0-tools
  expect 'the elements are there and detect' on_script debian/tests/elements
  expect 'completions' on bash -c '. /usr/share/bash-completion/completions/luchs && complete -p luchs' >/dev/null
}

# on_script FILE: runs it in the machine.
on_script() { on sh -eus <"$1" >>"$root.apt" 2>&1 || { tail -n 5 "$root.apt" >&2; return 1; }; }

# A camera with real footage, a broker that trusts nobody without a certificate, a reader.
watching() {
  coproc CAMERA { exec target/debug/luchs-test-camera target/assets/footage/vtest.avi; }
  camera=$CAMERA_PID
  local url; read -r -t 30 url <&"${CAMERA[0]}" || fail 'the camera did not start'
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  on bash -euc "
    mkdir -p /root/site; cd /root/site
    luchs keys authority --dir ca --name 'test site'
    luchs keys issue --authority ca --client $device --dir device
    luchs keys issue --authority ca --client guard --dir guard
    luchs keys init --recipient guard --dir guard-keys
    luchs broker init --dir /etc/luchs-broker --data /var/lib/mosquitto --authority ca --address 127.0.0.1 --bind 127.0.0.1 \
      --port $port --reader guard --user mosquitto
    mkdir -p /etc/systemd/system/mosquitto.service.d
    printf '[Service]\nExecStart=\nExecStart=/usr/sbin/mosquitto -c /etc/luchs-broker/mosquitto.conf\n' >/etc/systemd/system/mosquitto.service.d/site.conf
    systemctl daemon-reload; systemctl restart mosquitto
    cp ca/ca.crt /etc/luchs/broker/ca.crt
    cp device/$device.crt /etc/luchs/broker/device.crt; chmod 644 /etc/luchs/broker/*.crt
    install -o luchs -g luchs -m 600 device/$device.key /etc/luchs/broker/device.key
    cp guard-keys/recipient.pub.jwk /etc/luchs/recipients/guard.jwk; chmod 644 /etc/luchs/recipients/guard.jwk
    cp /var/lib/luchs/keys/device.pub.jwk .
    printf '\n[broker]\nurl = \"mqtts://127.0.0.1:$port\"\n[camera.gate]\nurl = \"$url\"\n' >>/etc/luchs/luchs.toml
    luchs check
    systemctl reload luchs" >"$root.setup" 2>&1 || { cat "$root.setup" >&2; miss 'a camera and a broker are set up'; return; }
  expect 'a camera and a broker are set up' true
  events 'events are received and decrypted'
}

# A reader that is always there, as a person's would be.
read_events() {
  on systemd-run --quiet --unit=reader --property=StandardOutput=append:/root/site/events luchs subscribe \
    --broker "mqtts://127.0.0.1:$port" --ca /root/site/ca/ca.crt --cert /root/site/guard/guard.crt --key /root/site/guard/guard.key \
    --recipient-key /root/site/guard-keys/recipient.jwk --trust /root/site/device.pub.jwk --json
}
count() { on sh -c "grep -c person /root/site/events 2>/dev/null || [ -e /root/site/events ] || echo 0"; }
more_than() { [ "$(count)" -gt "$1" ]; }

# events WHAT: from now on new ones reach the reader, and of all so far none is missing.
events() {
  local before; before=$(count)
  on systemctl -q is-active reader || read_events
  expect "$1" within 60 more_than $((${before:-0} + 20))
  on grep -o '"seq": *[0-9]*' /root/site/events | grep -o '[0-9]*' | sort -nu >"$root.numbers"
  expect "  of $(wc -l <"$root.numbers") none is missing" awk 'NR > 1 && $1 != last + 1 { missing = 1 } { last = $1 } END { exit missing }' "$root.numbers"
}

other_process() { local pid; pid=$(state MainPID); [ "$pid" != 0 ] && [ "$pid" != "$1" ] && is_active; }
killed() {
  local pid; pid=$(state MainPID)
  on systemctl kill --signal=KILL luchs
  expect 'killed, it is back in 10 s' within 10 other_process "$pid"
  events 'and events go on'
}

watchdog_said() { on journalctl -u luchs -o cat --no-pager | grep -c 'Watchdog timeout' || true; }
# frozen WHAT THREAD: threads of that name stand still, the service is not fed any more, and systemd starts it again.
frozen() {
  local pid process said; pid=$(state MainPID) said=$(watchdog_said)
  process=$(pgrep --ns "$leader" --nslist pid --full --exact '/usr/bin/luchs run')
  setpriv --pdeathsig TERM -- target/debug/luchs-test-freeze "$process" "$2" &
  local freezer=$!
  # WatchdogSec= and what ending it may take.
  expect "$1 stands still: systemd starts the service again" within 120 other_process "$pid"
  kill "$freezer" 2>/dev/null || true
  expect '  and it was the watchdog' [ "$(watchdog_said)" -gt "$said" ]
  events '  events go on'
}

rebooted() {
  reboot
  expect 'after a reboot it is back' within 30 is_active
  events 'and events go on'
}

# changed_version WHAT FOLDER OPTION
changed_version() {
  local pid key wanted; pid=$(state MainPID) key=$(on sha256sum /var/lib/luchs/keys/device.jwk)
  wanted=$(dpkg-deb -f "$(ls "$packages/$2"/luchs_*.deb)" Version)
  expect "$1 to $wanted" apt_get install --no-install-recommends $3 -o Dpkg::Options::=--force-confold $(cd "$packages/$2" && printf "/packages/$2/%s " luchs_*.deb gstreamer1.0-luchs_*.deb luchs-models_*.deb luchs-runtime_*.deb)
  expect '  the new program runs' within 30 other_process "$pid"
  expect '  what was configured is kept' on grep -q camera.gate /etc/luchs/luchs.toml
  expect '  its keys are the same' [ "$(on sha256sum /var/lib/luchs/keys/device.jwk)" = "$key" ]
  events '  events go on'
}

# Where there is a package of it: the service is started anew, with what the drop-in allows, and measures it with the model in floats.
openvino() {
  ls "$packages"/new/luchs-openvino_*.deb >/dev/null 2>&1 || return 0
  ours+=' luchs-openvino'
  local pid; pid=$(state MainPID)
  on sh -c "printf '[model]\npath = \"/usr/share/luchs/models/yolox-nano\"\n' >>/etc/luchs/luchs.toml"
  expect 'luchs-openvino' apt_get install --no-install-recommends $(cd "$packages/new" && printf '/packages/new/%s ' luchs-openvino_*.deb)
  expect '  the service is started anew' within 30 other_process "$pid"
  expect '  it runs the model' within 60 on sh -c "journalctl -u luchs -o cat --no-pager | grep -q 'openvino:CPU [0-9.]* ms'"
  events '  events go on'
}

removed() {
  expect 'remove' apt_get remove $ours
  expect '  the service is gone' on sh -c '! systemctl cat luchs 2>/dev/null'
  expect '  keys and events that wait are kept' on test -s /var/lib/luchs/keys/device.jwk
  expect '  so is the configuration' on grep -q camera.gate /etc/luchs/luchs.toml
}

purged() {
  expect 'purge' apt_get purge $ours
  expect '  it says what it removed' grep -q '/var/lib/luchs' "$root.apt"
  on find / -xdev -iname '*luchs*' -not -path '/proc/*' -not -path '/packages/*' -not -path '/root/*' -not -path '/etc/luchs-broker*' \
    -not -path '/var/lib/mosquitto/*' -not -path '/var/cache/apt/*' -not -path '/tmp/*' >"$root.left"
  expect "  nothing is left $(tr '\n' ' ' <"$root.left")" [ ! -s "$root.left" ]
  expect '  nor the user' on sh -c '! getent passwd luchs'
  [ -z "$camera" ] || kill "$camera"
  camera=
}
