#!/usr/bin/env bash
# notices.sh VENDOR CRATES…: prints the licences of all crates that are compiled into CRATES, with the texts that their
# authors want to be passed on. VENDOR is the folder that cargo vendor --versioned-dirs filled.
set -euo pipefail
cd "$(dirname "$0")/.."
vendor=$1; shift
echo 'What the programs and plug-ins of Luchs contain of others: crates, their licences, and the texts that belong to them.'
cargo tree --offline --locked --edges normal --prefix none --no-dedupe --format '{p}|{l}' "${@/#/--package=}" | sort -u |
  while IFS='|' read -r package licence; do
    read -r name version _ <<<"$package"
    folder=$vendor/$name-${version#v}
    # Our own are not there.
    [ -d "$folder" ] || continue
    printf '\n------------------------------\n%s %s: %s\n\n' "$name" "${version#v}" "$licence"
    find "$folder" -maxdepth 1 -type f -iregex '.*/\(licen[cs]e\|copying\|notice\|copyright\|unlicense\).*' -print0 | sort -z | xargs -0 -r cat
  done
