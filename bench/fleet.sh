#!/bin/sh
# fleet.sh BUILD-DIRECTORY: a host's first sync beside COPY of the same rows, the pages that hosts
# read, and a sync with nothing to do, on a PostgreSQL server of its own, on a Unix socket.
#
#   FAILURES   how many the host has: 100000
#   BEFORE     how many the fleet has before that, of other hosts: 0
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/.." && pwd)
: "${FAILURES:=100000}" "${BEFORE:=0}"
BOUNCEDB=$build/bouncedb
export BOUNCEDB top_srcdir
# shellcheck source=tests/lib/tap.sh
. "$top_srcdir/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1795000000 # after what history.sh makes

result() {
  printf '%-44s %9s %s\n' "$1" "$3" "$2"
  [ -z "${RESULTS:-}" ] || printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$3" "$3" "$3" "$2" >>"$RESULTS"
}
# timed COMMAND...: seconds, in $elapsed; the processor time of all servers that have ended, in $used
seconds() { date +%s.%N; }
of_servers() { awk -v hertz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($14 + $15) / hertz }' "/proc/$(postgres_pid)/stat"; }
timed() {
  _began=$(seconds) _before=$(of_servers)
  "$@" || { echo "failed: $*"; exit 1; }
  elapsed=$(echo "$(seconds) - $_began" | bc)
  wait_for none_left
  used=$(echo "$(of_servers) - $_before" | bc)
}
none_left() { # no server of a host, also none of whose end the first server has not heard
  ! ps -o stat=,args= --ppid "$(postgres_pid)" | grep -qE '^Z| mx[0-9] bouncedb '
}
divide() { echo "scale=${3:-0}; $1 / $2" | bc; }

start_postgres
stop_postgres INT
printf 'fsync = on\nautovacuum = off\nshared_buffers = 1GB\nmax_wal_size = 8GB\ncheckpoint_timeout = 30min\n' \
  >>"$PGHOST/data/postgresql.conf"
run_postgres
new_database() {
  case $1 in
    mx1) sh "$top_srcdir/bench/history.sh" "$FAILURES" "$tmp/mx1/b.db" ;;
    mx3) sh "$top_srcdir/bench/history.sh" "$((FAILURES + 1))" "$tmp/mx3/b.db" ;; # others, mostly
    *) at "$1" db init -q ;;
  esac
}
make_hosts mx1 mx2 mx3

### What other hosts have reported, in the order of time

if [ "$BEFORE" -gt 0 ]; then
  sql "INSERT INTO fleet.address (who, address, last_at)
         SELECT md5('o' || n)::uuid, 'o' || n || '@d' || n % 20011 || '.example', 1600000000
         FROM generate_series(1, greatest($BEFORE / 4, 1)) AS n;
       INSERT INTO fleet.failure (who, event, msg, failed_at, judged_at, host_id, counts, recipient,
           recipient_domain, status, stage, diagnostic, remote_mta, provider, class, reason, party, rule,
           matched, trust)
         SELECT md5('o' || 1 + n % greatest($BEFORE / 4, 1))::uuid, md5('e' || n)::uuid, md5('m' || n)::uuid,
           1600000000 + n, 1600000000 + n, 1, true, 'o' || 1 + n % greatest($BEFORE / 4, 1) || '@d.example',
           'd.example', '5.0.0', 'rcpt', '550 5.0.0 reader: mailbox full (reference ' || n || ')',
           'mx1.example', 'gmail', 'quota', 'mailbox_full', 'recipient', 'example.mailbox_full',
           'mailbox_full', 'unsigned'
         FROM generate_series(1, $BEFORE) AS n"
  sql 'VACUUM ANALYZE fleet.failure'
  sql 'VACUUM ANALYZE fleet.address'
  result before failures "$BEFORE"
fi

### Push

sql CHECKPOINT
timed at mx1 sync -q
push=$(divide "$FAILURES" "$elapsed") pushed=$elapsed
result fleet.push failures/s "$push"
result fleet.push.server 'us of the server for each' "$(echo "$used * 1000000 / $FAILURES" | bc)"
[ "$(sql "SELECT count(*) - $BEFORE FROM fleet.failure")" = "$FAILURES" ] || { echo 'not all were taken'; exit 1; }

sql "CREATE TABLE bare (LIKE fleet.failure); CREATE TABLE keyed (LIKE fleet.failure INCLUDING ALL)"
sql "COPY (SELECT * FROM fleet.failure WHERE failed_at >= 1700000000 ORDER BY failed_at) TO STDOUT" >rows
# batches TABLE: as many rows in a transaction as a push has
batches() {
  awk -v table="$1" 'NR % 1000 == 1 { if (NR > 1) print "\\."; print "COPY " table " FROM STDIN;" } { print } END { print "\\." }' rows
}
batches keyed >batches.sql
copy() { psql -Xq -c "\\copy $1 FROM rows"; }
copy_batches() { psql -Xq -f batches.sql; }
sql CHECKPOINT
timed copy bare
result fleet.copy.bare rows/s "$(divide "$FAILURES" "$elapsed")"
result fleet.push/copy.bare times "$(divide "$elapsed" "$pushed" 3)"
sql CHECKPOINT
timed copy_batches
result fleet.copy.batches rows/s "$(divide "$FAILURES" "$elapsed")"
result fleet.push/copy.batches times "$(divide "$elapsed" "$pushed" 3)"
sql 'DROP TABLE bare; DROP TABLE keyed'

# After a checkpoint, PostgreSQL writes each page that it changes into the log as a whole. That is over.
timed at mx3 sync -q
result fleet.push.again failures/s "$(divide "$FAILURES" "$elapsed")"
result fleet.push.again.server 'us of the server for each' "$(echo "$used * 1000000 / $FAILURES" | bc)"

### Pull

at mx2 sync -q >/dev/null 2>&1
changes=$(sql 'SELECT seq FROM fleet.head')
identity=$(sql "SELECT identity FROM fleet.host WHERE name = 'mx2'")
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  echo "SELECT * FROM fleet.pull('$identity', $((changes / 2)), 5000);"
done >pulls.sql
pulls() { PGUSER=mx2 psql -Xq -c "\\timing on" -f pulls.sql >pulled; }
timed pulls
result fleet.pull.5000 ms "$(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' pulled | sort -n | sed -n 10p)"
result fleet.pull.5000.server 'ms of the server' "$(echo "$used * 1000 / 20" | bc)"

### Nothing to do

at mx1 sync -q
at mx1 sync -q
idle() { for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do at mx1 sync -q; done; }
timed idle
result fleet.idle.server 'ms of the server' "$(echo "$used * 1000 / 20" | bc)"
result fleet.idle ms "$(echo "$elapsed * 1000 / 20" | bc)"
