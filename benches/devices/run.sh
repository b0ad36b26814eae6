#!/usr/bin/env bash
# Luchs' devices beside ONNX Runtime and OpenVINO stand-alone (their Python packages), on the models that are named: every
# side a process of its own, all in turn, several rounds. Prints the medians and how device=auto compares with the fastest.
# Usage: run.sh ASSETS ROUNDS MODEL… (a model: a folder with a passport, or a bare .onnx)
set -euo pipefail
cd "$(dirname "$0")/../.."
assets=$(realpath "$1"); rounds=$2; shift 2
[ $# -gt 0 ] || { echo 'devices: name at least one model' >&2; exit 2; }
python="$assets/devices/bin/python"
if ! [ -e "$assets/devices/done" ]; then
  echo 'devices: stand-alone packages (OpenVINO and ONNX Runtime for Python, 90 MB)' >&2
  rm -rf "$assets/devices"; python3 -m venv "$assets/devices"
  "$assets/devices/bin/pip" install --quiet --disable-pip-version-check -r benches/devices/requirements.txt
  touch "$assets/devices/done"
fi
cargo build --release --locked --quiet -p luchs-infer --example devices
ORT_DYLIB_PATH="$assets/runtime/libonnxruntime.so" LUCHS_CACHE_DIR=$(mktemp -d) \
  "$python" benches/devices/compare.py "${CARGO_TARGET_DIR:-target}/release/examples/devices" "$rounds" "$@"
