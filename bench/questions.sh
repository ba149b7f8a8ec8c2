#!/bin/sh
# bench/questions.sh FILE: what the commands and views take that people ask first, in a database of
# bench/history.sh. Prints seconds of processor time (user and system), the best of three.
set -eu
[ $# -eq 1 ] || { sed -n 's/^# //p' "$0" | head -2 >&2; exit 64; }
file=$1 now=$(sqlite3 -readonly "$1" 'SELECT max(failed_at) FROM failure')
bouncedb=${BOUNCEDB:-build/bouncedb}
address=$(sqlite3 -readonly "$file" 'SELECT recipient FROM failure ORDER BY failure_id DESC LIMIT 1')
times=$(mktemp)
trap 'rm -f "$times" "$times.html"' EXIT

# seconds COMMAND...: of the processor
seconds() {
  { LC_ALL=C bash -c 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1 </dev/null || :' - "$@"; } 2>&1 |
    awk '{ printf "%.2f\n", $1 + $2 }'
}
# ask LABEL COMMAND...
ask() {
  label=$1
  shift
  : >"$times"
  for _ in 1 2 3; do seconds "$@" >>"$times"; done
  printf '%6s  %s\n' "$(sort -n "$times" | head -n 1)" "$label"
}
run() { ask "$*" "$bouncedb" "$@" --now "$now" --db "$file"; }
view() { ask "view $1" sqlite3 -readonly "$file" "SELECT * FROM $1"; }
# begin ARGUMENTS...: until the first rows of a list without a limit
begin() { ask "$* | head" sh -c '"$@" | head -n 3' - "$bouncedb" "$@" --now "$now" --db "$file"; }

for order in '' --reverse; do
  # shellcheck disable=SC2086
  for filter in '' '--since 7d' '--class spf' '--reason no_ptr' '--provider qq' '--domain d5.example' \
    "--address $address" '--kind delay' '--kind complaint' '--kind other'; do
    run list --limit 20 $filter $order
  done
done
begin list
begin list --reverse
begin list --class permanent
begin list --domain d5.example --reverse
run show "$address"
run show nobody@d5.example
run explain f5000
run check "$address" nobody@d5.example
run stats
run stats --mail
run trends
run report -o "$times.html"
run report --format json
run report --format prometheus
run doctor
run forget --dry-run "$address"
run release --dry-run --provider gmail --since 1d
run prune --dry-run --older-than 5y
for name in failure_by_day failure_by_provider sender_fault; do view $name; done
