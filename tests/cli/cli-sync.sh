#!/bin/sh
# bouncedb sync without a fleet, and what the fleet costs a delivery: no library, no connection.
# tests/fleet has a PostgreSQL server.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/older.sh
. "$top_srcdir/tests/lib/older.sh"
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
### Tables that only a host of a fleet has

of_fleet() {
  sqlite3 -readonly b.db "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%fleet%' OR sql LIKE '%corrected%'"
}
check "a database has nothing of the fleet" "$(of_fleet)" 0
before_apart b.db
check "as older ones had" "$(of_fleet)" 8
"$BOUNCEDB" db migrate -q --config conf
check "which lose it" "$(of_fleet)" 0
ok "and are whole" "$BOUNCEDB" db check --config conf
before_apart b.db
sqlite3 b.db "INSERT INTO fleet (only, fleet, identity) VALUES (1, 'f', 'i');
  INSERT INTO fleet_list (who, state, address) VALUES ('w', 'gone', 'a@example.org')"
"$BOUNCEDB" db migrate -q --config conf
check "but for hosts that have joined" "$(sqlite3 -readonly b.db 'SELECT address FROM fleet_list')" a@example.org
check "whose entries may rest on the fleet's list" "$(sqlite3 -readonly b.db "SELECT name FROM sqlite_schema
  WHERE type = 'trigger' AND (sql LIKE '%fleet_list%' OR sql LIKE '%corrected%')")" "entry_has_a_reason
failure_is_corrected"

for bad in -1 86401; do
  check_exit "--follow $bad" 64 "$BOUNCEDB" sync --follow=$bad --config conf
done
check_exit "an argument" 64 "$BOUNCEDB" sync now --config conf
# Where it would be installed: there may be one on this machine.
installed=$(grep -aoE '/[a-z/]*libexec/bouncedb' "$BOUNCEDB" | head -n 1)/bouncedb-sync
if [ ! -x "$installed" ]; then
  cp "$BOUNCEDB" lonely
  check_exit "without bouncedb-sync" 75 ./lonely sync --config conf
  ok "it says what is missing" grep -q 'bouncedb-sync is not installed' err
fi
done_testing
