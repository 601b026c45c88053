#!/bin/bash
# Fuzzes each of the targets for so many seconds, and prints a table: run.sh SECONDS TARGET… (`make fuzz` calls it.)
# No sanitizer, so no nightly: everything here is safe Rust, and what breaks a law panics.
set -eu -o pipefail
cd "$(dirname "$0")/.."

seconds=$1
shift
features=
for target in "$@"; do
  case $target in
    answers) features+=",wait" ;;
    module | guests | smith) features+=",engine" ;;
    grammar | settings | decision | manifest) ;;
    *) echo "fuzz/run.sh: there is no target '$target'" >&2; exit 2 ;;
  esac
done
options=(--sanitizer none --features "${features#,}")
for target in "$@"; do cargo fuzz build "${options[@]}" "$target"; done

rows=()
crashes=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# What libFuzzer says of itself at the end: `stat::NAME: NUMBER`.
said() { sed -n "s/^stat::$2: *//p" "$logs/$1" | tail -1; }
found() { find "fuzz/artifacts/$1" -type f ! -name 'slow-unit-*' | wc -l; }
for target in "$@"; do
  corpus=fuzz/corpus/$target
  mkdir -p "$corpus" "fuzz/artifacts/$target" "fuzz/seeds/$target"
  options_of=()
  [ ! -f "fuzz/dictionaries/$target" ] || options_of=("-dict=fuzz/dictionaries/$target")
  # It has no seeds, and few bytes make no module.
  [ "$target" != smith ] || options_of=(-len_control=0)
  before=$(found "$target")
  echo "fuzz: $target, ${seconds}s" >&2
  TIMEFORMAT='%U %S'
  # The first line of what `time` says is the last of its group.
  { time cargo fuzz run "${options[@]}" "$target" "$corpus" "fuzz/seeds/$target" -- "${options_of[@]}" \
    -max_total_time="$seconds" -print_final_stats=1 -rss_limit_mb=2048 -timeout=25 >"$logs/$target" 2>&1 || true; } 2>"$logs/time"
  new=$(($(found "$target") - before))
  [ "$new" = 0 ] || { crashes=$((crashes + new)); grep -a -A 20 -E 'panicked at|ERROR: libFuzzer' "$logs/$target" >&2 || true; }
  # `#512 DONE cov: 1747 ft: 5977 corp: 950/163Kb …`; a crash ends without DONE.
  last=$(grep -a ' cov: ' "$logs/$target" | tail -1 || true)
  edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' <<<"$last")
  size=$(sed -n 's/.* corp: \([0-9]*\).*/\1/p' <<<"$last")
  cpu=$(awk '{ printf "%.0f", $1 + $2 }' "$logs/time")
  rows+=("$(printf '| %-8s | %10s | %12s | %13s | %11s | %11s | %11s |' "$target" \
    "$(said "$target" number_of_executed_units)" "$(said "$target" average_exec_per_sec)" "$edges" "$size" "$new" "$cpu")")
done

echo "| target   | executions | executions/s | edges covered | corpus size | new crashes | CPU seconds |"
echo "|----------|-----------:|-------------:|--------------:|------------:|------------:|------------:|"
printf '%s\n' "${rows[@]}"
[ "$crashes" = 0 ] || { echo "fuzz: what broke a law is in fuzz/artifacts" >&2; exit 1; }
