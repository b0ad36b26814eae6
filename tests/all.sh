#!/usr/bin/env bash
# all.sh: every test in Rust. What failed is told once more at the end, so that nobody has to look for it in thousands of lines.
set -uo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp); trap 'rm -f "$log"' EXIT
cargo test --locked --no-fail-fast 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
if [ "$code" != 0 ]; then
  printf '\nfailed, with the first lines of what each said:\n'
  awk '/^---- .* ----$/ { left = 6 } left > 0 && !/^stack backtrace:/ && NF { print "  " substr($0, 1, 400); left-- }' "$log"
fi
exit "$code"
