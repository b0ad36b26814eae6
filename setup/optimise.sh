#!/usr/bin/env bash
# optimise.sh FOLDER [--test]: an environment of Python in FOLDER for tools/optimise, every package with its digest.
# Nothing of it is needed where models run. Can be run again at any time; --test adds pytest, ruff and mypy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: optimise.sh FOLDER [--test]}
fail() { printf 'optimise: %s\n' "$*" >&2; exit 3; }
locks=("$here/optimise.lock")
[ "${2:-}" != --test ] || locks+=("$here/optimise-test.lock")
stamp_of() { cat "$@" | sha256sum | cut -c1-16; }
[ ! -e "$folder/$(stamp_of "${locks[@]}")" ] || exit 0

python=$(command -v python3.11 || command -v python3) || fail 'python3 is missing; install it with: apt install python3 python3-venv'
printf 'optimise: Python packages for quantizing, about 150 MB in %s\n' "$folder"

rm -rf "$folder"
"$python" -m venv "$folder" || fail "$python cannot make an environment; install: apt install python3-venv"
required=(); for lock in "${locks[@]}"; do required+=(-r "$lock"); done
for try in 1 2 3; do
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --require-hashes --only-binary=:all: \
    "${required[@]}" && break
  [ "$try" -lt 3 ] || { rm -rf "$folder"; fail 'pip could not install the packages of optimise.lock; is a package index reachable from here?'; }
  sleep $((try * 5))
done
# The stamps are last: an environment without them is made anew. One with more in it is as good.
touch "$folder/$(stamp_of "$here/optimise.lock")" "$folder/$(stamp_of "${locks[@]}")"
