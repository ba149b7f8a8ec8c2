#!/bin/sh
# Two hundred deliveries at once: each waits for its turn, and none is lost or recorded twice.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${CROWD:=200}"

configure "$tmp"
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 -readonly x.db "$1"; }

# of five messages, one is no report, and one comes twice
number=0
while [ $number -lt "$CROWD" ]; do
  number=$((number + 1))
  case $((number % 5)) in
    0) ordinary $number ;;
    1) bounce $((number + 1)) ;;
    *) bounce $number ;;
  esac >"letter$number"
  { "$BOUNCEDB" --config conf <"letter$number" >"out$number" 2>&1; echo $? >"status$number"; } &
done
wait
check "each exits with 0" "$(cat status* | sort | uniq -c | tr -d ' \n')" "${CROWD}0"
cat out* >printed
check_file "in silence" printed /dev/null
check "each message is recorded once" "$(sql 'SELECT count(*) FROM message')" $((CROWD * 4 / 5))
check "and each failure" "$(sql 'SELECT count(*) FROM failure')" $((CROWD * 3 / 5))
check "the database is intact" "$(sql 'PRAGMA integrity_check')" ok
sql 'SELECT kept FROM message WHERE kept IS NOT NULL ORDER BY 1' >kept
find "$tmp/keep/new" -type f | sort >there
check_file "what is no report is kept" there kept

# a list that another process was writing is brought up to date by the next delivery
bounce 0 >letter
check_exit "one more" 0 "$BOUNCEDB" --config conf <letter
sql 'SELECT address FROM suppression ORDER BY 1' >suppressed
sort list >listed
check_file "the list file agrees with the database" listed suppressed

done_testing
