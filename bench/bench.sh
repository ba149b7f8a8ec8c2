#!/bin/sh
# bench.sh BUILD-DIRECTORY [ROUNDS [HISTORY]]: prints ratios, and how they differ from the last line
# of history.tsv; asserts nothing, because timings vary. If HISTORY is 1, appends a line.
set -eu
build=$1 rounds=${2:-500} keep=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
# on the same kind of disk as a mail queue, and so not in /tmp, which may be memory
folder=$(mktemp -d "$build/bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n' "$folder" >"$folder/conf"
"$build/bouncedb" db init --config "$folder/conf" >/dev/null
"$build/bench/deliver" "$rounds" "$build/bench/floor" "$folder/floor.db" -- \
  "$build/bouncedb" --config "$folder/conf" >"$folder/out"
cat "$folder/out"

ratio() { sed -n "s/^deliver, $1: .* ratio \([0-9.]*\) .*/\1/p" "$folder/out"; }
line=$(printf '%s\t%s\t%s\t%s\t%s' "$(date +%F)" \
  "$(git -C "$here" describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)" \
  "$rounds" "$(ratio time)" "$(ratio processor)")
{ grep -v '^#' "$here/history.tsv" | tail -n 1; echo "$line"; } | awk -F '\t' '
  NR == 1 { date = $1; commit = $2; time = $4; processor = $5 }
  NR == 2 { printf "since %s (%s): time %+.0f %%, processor %+.0f %%\n", date, commit,
                   100 * ($4 / time - 1), 100 * ($5 / processor - 1) }'
[ "$keep" != 1 ] || echo "$line" >>"$here/history.tsv"
