#!/bin/sh
# A clock that is set back or forward, or was never set, loses no message.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

configure "$tmp"
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 -readonly x.db "$1"; }

# from 1970 to 2100, and back
number=0
for now in 1767268800 0 4102444800 1767268801 4102444801 1 1767268802; do
  for letter in bounce ordinary; do
    number=$((number + 1))
    $letter $number >letter
    check_exit "a $letter at $now" 0 "$BOUNCEDB" --config conf --now $now <letter
    check_exit "again" 0 "$BOUNCEDB" --config conf --now $now <letter
  done
  for command in 'list' 'doctor' 'export' 'check r1@example.net' 'show r1@example.net' 'db check'; do
    # shellcheck disable=SC2086
    "$BOUNCEDB" $command --config conf --now $now >out 2>err
    status=$?
    ok "$command at $now" test $status -le 1 -a ! -s err
  done
done
check "each message is recorded once" "$(sql 'SELECT count(*) FROM message')" $number
check "at the time of the clock" "$(sql 'SELECT min(received_at), max(received_at) FROM message')" \
  '0|4102444801'
sql 'SELECT address FROM suppression ORDER BY 1' >suppressed
sort list >listed
check_file "the list file agrees with the database" listed suppressed
check "each failure is in it" "$(wc -l <listed)" $((number / 2))

done_testing
