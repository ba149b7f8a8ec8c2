#!/bin/sh
# import.sh BUILD-DIRECTORY [MESSAGES]: an archive, with the database; beside Sisimai (Perl), if that
# is installed, in turns over the same file. Sisimai writes no database.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
messages=${2:-5000}
"$build/bench/deliver" mbox "$messages" >"$folder/archive"

# rate COMMAND...: messages a second
rate() {
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1
  awk -v n="$messages" -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.0f\n", n * 1e9 / ns }'
}
import() { "$bouncedb" import --quiet --config "$folder/import.conf" "$folder/archive"; }
sisimai() { perl -MSisimai -e 'print scalar @{ Sisimai->make($ARGV[0]) }' "$folder/archive"; }
has_sisimai() { perl -MSisimai -e 1 2>/dev/null; }

for _turn in 1 2 3; do
  fresh import
  rate import >>"$folder/rates"
  if has_sisimai; then rate sisimai >>"$folder/sisimai"; fi
done
results import.rate 'messages a second' <"$folder/rates"
if has_sisimai; then
  results sisimai.rate 'messages a second' <"$folder/sisimai"
  paste "$folder/rates" "$folder/sisimai" | awk '{ printf "%.1f\n", $1 / $2 }' |
    results import.ratio 'times the rate of Sisimai'
fi

# Instructions of the process that reads and records, for a message more
count() {
  fresh count
  "$build/bench/deliver" mbox "$1" >"$folder/archive"
  valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind.%p" \
    "$bouncedb" import --quiet --workers 1 --config "$folder/count.conf" "$folder/archive" 2>"$folder/out"
  sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$folder/out" | sort -n | tail -n 1
}
if command -v valgrind >/dev/null; then
  few=$(count 100) many=$(count 400)
  result import.instructions 'million a message, in the parent' \
    "$(awk -v a="$few" -v b="$many" 'BEGIN { printf "%.2f", (b - a) / 300 / 1e6 }')"
fi
