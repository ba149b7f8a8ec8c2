#!/bin/sh
# deliver.sh BUILD-DIRECTORY [ROUNDS]: a delivery against the floor, in turns: on a quiet machine, and
# while every processor has something else to do.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
rounds=${2:-500}

# measure NAME ROUNDS
measure() {
  fresh "$1"
  "$build/bench/deliver" "$2" "$build/bench/floor" "$folder/$1.floor" -- \
    "$bouncedb" --config "$folder/$1.conf" >"$folder/out"
  sed -n 's/^deliver, \([a-z]*\): .* ratio \([0-9.]*\) (quartiles \([0-9.]*\) to \([0-9.]*\))/\1 \2 \3 \4/p' \
    "$folder/out" | while read -r what median low high; do
    result "$1.$what" 'times the floor' "$median" "$low" "$high"
  done
}

measure deliver "$rounds"
processors=$(getconf _NPROCESSORS_ONLN)
while [ "$(echo "$running" | wc -w)" -lt "$processors" ]; do
  while :; do :; done &
  running="$running $!"
done
measure busy $((rounds / 4))
stop

# Instructions of the process that reads and records; its worker is another
if command -v valgrind >/dev/null; then
  fresh count
  "$build/bench/deliver" mbox 1 >"$folder/letter"
  "$bouncedb" --config "$folder/count.conf" <"$folder/letter"
  sed -i s/r1@/r2@/g "$folder/letter"
  valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind.%p" \
    "$bouncedb" --config "$folder/count.conf" <"$folder/letter" 2>"$folder/out"
  sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$folder/out" | sort -n | tail -n 1 |
    awk '{ printf "%.2f\n", $1 / 1e6 }' | results deliver.instructions million
fi
