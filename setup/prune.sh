#!/usr/bin/env bash
# prune.sh FOLDER [--test]: an environment of Python in FOLDER for `python -m luchs_optimise prune`, which needs PyTorch.
# Optional: nothing else of tools/optimise needs it, and nothing of it is needed where models run. PyTorch is Debian 12's
# (installed as root, or by you), every other package comes with its digest. Can be run again at any time; --test adds pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: prune.sh FOLDER [--test]}
fail() { printf 'prune: %s\n' "$*" >&2; exit 3; }
patiently() { local try; for try in 1 2 3; do "$@" && return; sleep $((try * 5)); done; return 1; }
# What optimise.sh installs, with another NumPy.
locks=("$here/optimise.lock" "$here/prune.lock")
[ "${2:-}" != --test ] || locks+=("$here/optimise-test.lock")
stamp_of() { cat "$here/prune.sh" "$@" | sha256sum | cut -c1-16; }
[ ! -e "$folder/$(stamp_of "${locks[@]}")" ] || exit 0

# Debian's PyTorch is for Debian's Python, whichever other one is first in PATH.
python=/usr/bin/python3
# OpenBLAS: the BLAS that comes with it otherwise takes four times as long for a whole step.
debian=(python3-torch python3-torchvision python3-venv libopenblas0-pthread) missing=()
for package in "${debian[@]}"; do
  [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  printf 'prune: Debian packages: %s, about 120 MB\n' "${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "run as root, or install them yourself: apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  patiently apt-get update -qq || fail 'apt-get update did not succeed'
  patiently apt-get install -y -qq --no-install-recommends --no-remove "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]}; is this Debian 12, and are its sources reachable?"
fi

printf 'prune: Python packages for pruning, about 150 MB in %s\n' "$folder"
rm -rf "$folder"
"$python" -m venv --system-site-packages "$folder" || fail "$python cannot make an environment; install: apt install python3-venv"
wanted=$(mktemp); trap 'rm -f "$wanted"' EXIT
# A package that is in two locks is taken of the first; each comes with the lines of digests that follow it.
cat "$here/prune.lock" "$here/optimise.lock" "${locks[@]:2}" |
  awk '/^[a-z]/ { split($1, part, "=="); taken = !(part[1] in seen); seen[part[1]] = 1 } !/^#/ && taken' >"$wanted"
patiently "$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --ignore-installed --no-deps \
  --require-hashes --only-binary=:all: -r "$wanted" ||
  { rm -rf "$folder"; fail 'pip could not install the packages of prune.lock; is a package index reachable from here?'; }
"$folder/bin/python" -c 'import torch, onnx2torch' || { rm -rf "$folder"; fail 'PyTorch cannot be loaded'; }
touch "$folder/$(stamp_of "${locks[@]}")"
