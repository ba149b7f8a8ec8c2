#!/bin/sh
# size.sh BUILD-DIRECTORY [FAILURES]: what a failure adds to the database, and what questions.sh says of
# it.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
failures=${2:-100000}
BOUNCEDB=$bouncedb sh "$here/history.sh" "$failures" "$folder/x.db"

sqlite3 "$folder/x.db" "SELECT name, sum(pgsize) FROM dbstat GROUP BY name" |
  awk -F '|' -v n="$failures" '{ all += $2; if ($2 / n >= 20) print $1, $2 / n } END { print "all", all / n }' |
  while read -r name octets; do result "size.$name" 'octets a failure' "$(printf %.0f "$octets")"; done

address=$(sqlite3 "$folder/x.db" 'SELECT recipient FROM failure ORDER BY failure_id DESC LIMIT 1')
BOUNCEDB=$bouncedb sh "$here/questions.sh" "$folder/x.db" |
  sed "s/$address/ADDRESS/; s/ -o [^ ]*//" | while read -r seconds question; do
  result "seconds: $question" "s for $failures failures" "$seconds"
done
