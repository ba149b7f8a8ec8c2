#!/bin/sh
# Ten megabytes of every hostile shape through the pipe: exit 0, in time, and recorded.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}" "${SIZE:=10000000}"

printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\nkeep-size = 16M\n' "$tmp" >conf
"$BOUNCEDB" db init --config conf >/dev/null
# with an envelope, so that even an empty message is one
deliver() { "$BOUNCEDB" --config conf --sender "" <letter; }
count() { sqlite3 -readonly x.db 'SELECT count(*) FROM message'; }

recorded=0
for shape in $("$top_builddir/tests/system/hostile-letter"); do
  "$top_builddir/tests/system/hostile-letter" "$shape" "$SIZE" >letter
  check_exit "$shape" 0 deliver
  ok "$shape: silent" test ! -s out -a ! -s err
  # these equal the empty message, which has already been recorded
  case $shape in from-line-only | blank-lines) ;; *) recorded=$((recorded + 1)) ;; esac
  check "$shape: recorded" "$(count)" "$recorded"
done
check "no worker gave up" \
  "$(sqlite3 -readonly x.db "SELECT group_concat(message_id) FROM message WHERE kind = 'unreadable'")" ""
check "messages that are not reports are kept" "$(find keep/new -type f | wc -l)" \
  "$(sqlite3 -readonly x.db 'SELECT count(*) FROM message WHERE kept IS NOT NULL')"
check "with all their bytes" "$(find keep/new -type f -printf '%s\n' | sort -n)" \
  "$(sqlite3 -readonly x.db 'SELECT size FROM message WHERE kept IS NOT NULL ORDER BY size')"

done_testing
