#!/bin/sh
# size.sh BUILD-DIRECTORY [FAILURES]: what a failure adds to the database, and how long the views and
# commands take that people ask first (processor time; each is run once before).
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
failures=${2:-100000}
BOUNCEDB=$bouncedb sh "$here/history.sh" "$failures" "$folder/x.db"
printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n' "$folder" >"$folder/conf"

sqlite3 "$folder/x.db" "SELECT name, sum(pgsize) FROM dbstat GROUP BY name" |
  awk -F '|' -v n="$failures" '{ all += $2; if ($2 / n >= 20) print $1, $2 / n } END { print "all", all / n }' |
  while read -r name octets; do result "size.$name" 'octets a failure' "$(printf %.0f "$octets")"; done

# seconds NAME COMMAND...: five times
seconds() {
  _name=$1
  shift
  for turn in 0 1 2 3 4 5; do
    /usr/bin/time -f '%U %S' -o "$folder/time" "$@" >"$folder/printed" 2>&1 || [ $? -le 2 ]
    [ $turn = 0 ] || awk '{ printf "%.2f\n", $1 + $2 }' "$folder/time"
  done | results "seconds.$_name" "s for $failures failures"
}
for view in failure_by_day failure_by_provider sender_fault unknown_reply suppression; do
  seconds "$view" sqlite3 "$folder/x.db" "SELECT count(*) FROM (SELECT * FROM $view)"
done
address=$(sqlite3 "$folder/x.db" 'SELECT recipient FROM failure ORDER BY failure_id DESC LIMIT 1')
for command in stats trends 'list --limit 50' 'list --class spf --limit 50' "show $address" \
  "check $address" "report -o $folder/report.html" doctor; do
  # shellcheck disable=SC2086 # words
  seconds "$(echo "$command" | sed "s/ .*@.*//; s/ -o.*//; s/ --limit.*//; s/ --/-/; s/ /=/")" \
    "$bouncedb" ${command%% *} --config "$folder/conf" ${command#"${command%% *}"}
done
