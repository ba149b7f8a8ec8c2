#!/bin/sh
# Killed at any moment, and delivered again: never a lost letter, never a double.
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
check_exit "every letter is acknowledged at last, every end is 0 or the kill" 0 killer
read -r letters kills <out
check "so many were killed" "$kills" "$KILLS"
echo "# $letters letters, $kills kills"

ordinary=$(((letters + 2) / 3))
check "each letter is there once" "$(sql 'SELECT count(*), count(DISTINCT digest) FROM message')" \
  "$letters|$letters"
check "each failure is there once" \
  "$(sql 'SELECT count(*), count(DISTINCT recipient) FROM failure')" \
  "$((letters - ordinary))|$((letters - ordinary))"
check "no report is without its failure" \
  "$(sql "SELECT count(*) FROM message WHERE kind = 'bounce'
          AND message_id NOT IN (SELECT message_id FROM failure)")" 0
check "the database is whole" "$(sql 'PRAGMA integrity_check')" ok

sql 'SELECT kept FROM message WHERE kept IS NOT NULL ORDER BY 1' >kept
find "$tmp/keep/new" -type f | sort >there
check "what is no report is kept once" "$(wc -l <there)" "$ordinary"
check_file "where its row says" there kept

sql 'SELECT address FROM suppression ORDER BY 1' >suppressed
sort list >listed
check_file "the list is what the database says" listed suppressed

done_testing
