#!/usr/bin/env bash
# Searches with every fuzz target, two at a time: fuzz/run.sh SECONDS [TARGET…]. Ends with 1 if anything was found, and says
# which input did it. Inputs that reach new code stay in target/fuzz/corpus; `cargo fuzz cmin` picks those worth committing.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1; shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find fuzz/corpus -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
export CARGO_TARGET_DIR=$PWD/target/fuzz
# The address sanitizer is part of the stable toolchain, the switch for it is not.
RUSTC_BOOTSTRAP=1 target/assets/tools/cargo-fuzz build --fuzz-dir fuzz/libfuzzer

search() {
  local target=$1 seconds=$2 log=target/fuzz/$1.log artifacts=target/fuzz/artifacts/$1/
  mkdir -p "target/fuzz/corpus/$target" "$artifacts"
  if ASAN_OPTIONS=detect_odr_violation=0 "target/fuzz/$(uname -m)-unknown-linux-gnu/release/$target" \
    "target/fuzz/corpus/$target" "fuzz/corpus/$target" -max_total_time="$seconds" -artifact_prefix="$artifacts" \
    -max_len=16384 -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 >"$log" 2>&1; then
    echo "$target: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    echo "$target: FOUND: $(grep -hm1 -E 'panicked at|ERROR: |Test unit written' "$log" || true)"
    echo "  input: $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1), log: $log"
    return 1
  fi
}
export -f search
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -euc 'search "$1" "$2"' _ {} "$seconds" || exit 1
