#!/bin/sh
# The service and its workers are killed at any moment, while many clients deliver, a fifth of all
# messages twice: every message that was acknowledged is recorded exactly once.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"
: "${CLIENTS:=20}" "${MESSAGES:=1000}" "${ROUNDS:=20}"

chmod 700 .
cat >conf <<END
[database]
file = $tmp/x.db
[delivery]
syslog = no
keep-total = 0
[suppression]
file = $tmp/list
END
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 x.db "$1"; }

load() { "$top_builddir/tests/system/lmtp-client" "unix:$tmp/socket" load "$CLIENTS" "$MESSAGES" || echo failed; }
killer() {
  load | "$top_builddir/tests/system/lmtp-killer" "$ROUNDS" "$tmp/socket" \
    "$BOUNCEDB" lmtp --config conf --listen "unix:$tmp/socket"
}
check_exit "every message is acknowledged in the end" 0 killer
sed 's/^/# /' out
ok "by all clients" grep -q "^$MESSAGES messages" out

ordinary=$(((MESSAGES + 2) / 3))
check "each message is recorded once" "$(sql 'SELECT count(*), count(DISTINCT digest) FROM message')" \
  "$MESSAGES|$MESSAGES"
check "each failure is recorded once" \
  "$(sql 'SELECT count(*), count(DISTINCT recipient) FROM failure')" \
  "$((MESSAGES - ordinary))|$((MESSAGES - ordinary))"
check "no report lacks its failure" \
  "$(sql "SELECT count(*) FROM message WHERE kind = 'bounce'
          AND message_id NOT IN (SELECT message_id FROM failure)")" 0
check "none could not be read" "$(sql "SELECT count(*) FROM message WHERE kind = 'unreadable'")" 0
check_exit "the database is intact, and its counts are right" 0 "$BOUNCEDB" db check --config conf

sql 'SELECT kept FROM message WHERE kept IS NOT NULL ORDER BY 1' >kept
find "$tmp/keep/new" -type f | sort >there
check "each message that is not a report is kept once" "$(wc -l <there | tr -d ' ')" "$ordinary"
check_file "where its row says it is" there kept
sql 'SELECT address FROM suppression ORDER BY 1' >suppressed
sort list >listed
check_file "the list file agrees with the database" listed suppressed

done_testing
