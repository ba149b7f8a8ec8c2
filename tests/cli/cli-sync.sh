#!/bin/sh
# bouncedb sync without a fleet, and what the fleet costs a delivery: no library, no connection.
# tests/fleet has a PostgreSQL server.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n[fleet]\nconnection = host=192.0.2.1\n' \
  "$tmp" >conf
"$BOUNCEDB" db init -q --config conf

libraries() { ldd "$1" | awk '{ print $1 }'; }
if command -v ldd >/dev/null; then
  libraries "$BOUNCEDB" >loaded
  check "bouncedb does not load libpq" "$(grep -c libpq loaded)" 0
  if [ -x "${BOUNCEDB%/*}/bouncedb-sync" ]; then
    libraries "${BOUNCEDB%/*}/bouncedb-sync" >loaded
    check "bouncedb-sync does" "$(grep -c libpq loaded)" 1
  fi
fi
if strace -o /dev/null true 2>/dev/null; then
  bounce 1 >letter
  ok "a delivery" strace -f -e trace=connect,socket -o calls "$BOUNCEDB" deliver --config conf <letter
  check "makes no connection" "$(grep -cE '(connect|socket)\(' calls)" 0
fi
check_exit "sync without a connection" 78 "$BOUNCEDB" sync --db b.db --config /dev/null
check_exit "status needs none" 0 "$BOUNCEDB" sync --status --config conf
check "which says that it has not joined" "$(cat out)" "this host has not joined a fleet"
for bad in -1 86401; do
  check_exit "--follow $bad" 64 "$BOUNCEDB" sync --follow=$bad --config conf
done
check_exit "an argument" 64 "$BOUNCEDB" sync now --config conf
cp "$BOUNCEDB" lonely
check_exit "without bouncedb-sync" 75 ./lonely sync --config conf
ok "it says what is missing" grep -q 'bouncedb-sync is not installed' err
done_testing
