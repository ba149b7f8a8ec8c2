#!/bin/sh
# A delivery that is killed at any moment and repeated loses no message and records none twice.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}" "${KILLS:=1000}"

cat >conf <<END
[database]
file = $tmp/x.db
[delivery]
syslog = no
[suppression]
file = $tmp/list
END
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 x.db "$1"; }

killer() { "$top_builddir/tests/system/killer" "$KILLS" "$BOUNCEDB" --config conf; }
check_exit "every message is accepted in the end, and every exit is 0 or the kill" 0 killer
letters=$(cat out)
echo "# $letters messages, $KILLS kills"

ordinary=$(((letters + 2) / 3))
check "each message is recorded once" "$(sql 'SELECT count(*), count(DISTINCT digest) FROM message')" \
  "$letters|$letters"
check "each failure is recorded once" \
  "$(sql 'SELECT count(*), count(DISTINCT recipient) FROM failure')" \
  "$((letters - ordinary))|$((letters - ordinary))"
check "no report lacks its failure" \
  "$(sql "SELECT count(*) FROM message WHERE kind = 'bounce'
          AND message_id NOT IN (SELECT message_id FROM failure)")" 0
check_exit "the database is intact, and its counts are right" 0 "$BOUNCEDB" db check --config conf

sql 'SELECT kept FROM message WHERE kept IS NOT NULL ORDER BY 1' >kept
find "$tmp/keep/new" -type f | sort >there
check "each message that is not a report is kept once" "$(wc -l <there)" "$ordinary"
check_file "where its row says it is" there kept

sql 'SELECT address FROM suppression ORDER BY 1' >suppressed
sort list >listed
check_file "the list file agrees with the database" listed suppressed

done_testing
