#!/bin/sh
# What watches a fleet: the board for Grafana, as the role that may read counts only; metrics; doctor.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
board=$top_srcdir/contrib/grafana/bouncedb-fleet.json
now=1790000000

start_postgres
make_hosts mx1
fleet_lines() { at mx1 doctor >doctor; grep -c '^warning: fleet:' doctor; }
check "doctor: not joined" "$(fleet_lines)" 1
at mx1 report --format prometheus >metrics
check "no metrics without a fleet" "$(grep -c bouncedb_fleet metrics)" 0
failed ada@example.net 5.1.1 '550 5.1.1 User unknown' | at mx1 deliver
failed bob@example.net 5.7.1 '550 5.7.1 client host blocked using zen.spamhaus.org' | at mx1 deliver
at mx1 sync -q
check "doctor: all is well" "$(fleet_lines)" 0
now=$((now + 2 * 86400))
failed cyd@example.net 5.1.1 '550 5.1.1 User unknown' | at mx1 deliver
check "doctor: no sync for two days" "$(fleet_lines)" 1
ok "says what waits" grep -q ', and 1 messages wait' doctor
at mx1 report --format prometheus >metrics
check "metrics" "$(grep ^bouncedb_fleet metrics)" "bouncedb_fleet_sync_timestamp_seconds 1790000000
bouncedb_fleet_backlog_messages 1
bouncedb_fleet_refused_messages 0"

sql "CREATE ROLE board LOGIN IN ROLE bouncedb_read"
sqlite3 :memory: "SELECT json_extract(p.value, '\$.title') || '|' || json_extract(p.value, '\$.targets[0].rawSql')
  FROM json_each(readfile('$board'), '\$.panels') AS p" >panels
check "the board has panels" "$(wc -l <panels)" 8
while IFS='|' read -r title query; do
  # shellcheck disable=SC2016 # Grafana's own variables
  echo "$query" | sed 's/\$__unixEpochFilter(\([^)]*\))/\1 BETWEEN 1780000000 AND 1800000000/' >query
  PGUSER=board psql -XAtq -v ON_ERROR_STOP=1 -f query >rows 2>&1
  ok "panel: $title" sh -c 'grep -v ERROR rows || { cat query rows; exit 1; }'
done <panels
done_testing
