#!/usr/bin/env bash
# The Python peers' packages, pinned, once for each version of the list: python.sh DIRECTORY
set -euo pipefail
venv=$1 lock="$(dirname "$0")/requirements.lock"
stamp="$venv/ready-$(sha256sum "$lock" | cut -c1-12)"
[ -e "$stamp" ] && exit
echo 'bench-peers: Python packages (once)' >&2
rm -rf "$venv"
/usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r "$lock" >&2
touch "$stamp"
