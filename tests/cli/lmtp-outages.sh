#!/bin/sh
# bouncedb lmtp while the database is locked, missing, replaced, broken or full: clients are told to
# come again, and the service recovers by itself.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
mkdir -m 700 db
configure "$tmp/db"
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 -readonly db/x.db "$1"; }
n=0

# next: delivers another report
next() { n=$((n + 1)); bounce $n >letter; send letter; }
deferred() { grep -q '^451 4\.3\.0' replies; }
acknowledged() { grep -q '^250' replies; }
recorded() { [ "$(sql "SELECT count(*) FROM failure WHERE recipient = 'r$n@example.net'")" = 1 ]; }

# outage NAME: what break_NAME does, and repair_NAME undoes
outage() {
  ok "$1" "break_$1"
  next
  ok "$1: a report is deferred" deferred
  send letter
  ok "$1: and again" deferred
  ok "$1: is repaired" "repair_$1"
  send letter
  ok "$1: then it is acknowledged" acknowledged
  ok "$1: and recorded once" recorded
}

start_service
next
ok "a report is acknowledged" acknowledged

break_moved() { mv db away; }
repair_moved() { mv away db; }
outage moved

break_emptied() { mkdir away && mv db/x.db* away && : >db/x.db; }
repair_emptied() { rm -f db/x.db* && mv away/* db && rmdir away; }
outage emptied

break_removed() { mkdir away && mv db/x.db db/x.db-* away; }
repair_removed() { mv away/* db && rmdir away; }
outage removed

break_foreign() { mkdir away && mv db/x.db* away && sqlite3 db/x.db 'CREATE TABLE t (a)'; }
repair_foreign() { rm -f db/x.db* && mv away/* db && rmdir away; }
outage foreign

break_tables() { sqlite3 db/x.db 'ALTER TABLE failure RENAME TO away'; }
repair_tables() { sqlite3 db/x.db 'ALTER TABLE away RENAME TO failure'; }
outage tables

mkfifo hold
# shellcheck disable=SC2094 # the descriptor is for flock
break_locked() {
  flock db/x.db.lock cat hold >/dev/null &
  locker=$!
  exec 9>hold
  wait_for sh -c '! flock -n db/x.db.lock true'
}
repair_locked() { exec 9>&-; wait "$locker"; }
if command -v flock >/dev/null; then outage locked; fi

# Another database in its place, as after a restore
mkdir away && mv db/x.db* away
"$BOUNCEDB" db init --config conf >/dev/null
next
ok "replaced: a report is acknowledged" acknowledged
ok "replaced: it is in the new database" recorded
check "replaced: and in no other" \
  "$(sqlite3 away/x.db "SELECT count(*) FROM failure WHERE recipient = 'r$n@example.net'")" 0
rm db/x.db* && mv away/* db && rmdir away

# A full database
stop_service
sed -i 's/^\[delivery\]/max-size = 1\n[delivery]/' conf
start_service
next
ok "full: a report is deferred" deferred
ok "full: the reply says why" grep -q 'max-size' replies
sed -i '/^max-size/d' conf
kill -HUP "$service"
recovered() { send letter; acknowledged; }
ok "full: a larger limit repairs it" wait_for recovered
ok "full: it is recorded once" recorded

# What fails for one message is not held against others: a Maildir that cannot be written
mkdir away && { [ ! -e db/keep ] || mv db/keep away; }
: >db/keep
ordinary 1 >first
n=$((n + 1))
bounce $n >second
{ message '' a@example.org <first; message '' b@example.org <second; } | talk
check "a message that cannot be kept is deferred, the next is not" \
  "$(grep -c '^451 4.3.0.*Maildir' replies), $(grep -c '^250 2.0.0' replies)" "1, 1"
rm -r db/keep away
send first
ok "later it is acknowledged" acknowledged

# The service starts without a database, too.
stop_service
mv db away
ok "without a database, it starts" start_service
ok "and says so" grep -q 'no message is recorded for the time being: .*there is no database' log
next
ok "a report is deferred" deferred
mv away db
send letter
ok "with one, it is acknowledged" acknowledged
stop_service
check "the database is sound" "$(sql 'PRAGMA integrity_check')" ok

done_testing
