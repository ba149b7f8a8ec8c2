#!/bin/sh
# The statements of the fleet's schema on tables that are distributed have the shapes that Citus runs
# (its regression tests have them). Citus itself is not run.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"

shapes() { perl "$top_srcdir/tests/fleet/shapes.pl" "$@" 2>count; }

for file in "$top_srcdir"/schema/fleet/*.sql; do
  check "the shapes of ${file##*/}" "$(shapes "$file")" ''
done
ok "statements were found" test "$(shapes "$top_srcdir/schema/fleet/001-centre.sql" >/dev/null; cat count)" -gt 20

# wrong WHY STATEMENT: the check finds that out
wrong() {
  printf 'BEGIN\n  %s\nEND\n' "$2" >wrong.sql
  ok "not: $(echo "$2" | tr "\n" " ")" grep -q "$1" <<END
$(shapes wrong.sql)
END
}

wrong 'no mark' 'DELETE FROM failure WHERE who = gone;'
wrong 'not S5' 'DELETE FROM failure WHERE event = gone; -- S5'
wrong 'not S5' 'UPDATE address SET last_at = 1; -- S5'
wrong 'not S3' 'SELECT who INTO x FROM address WHERE who = ANY (whos) FOR UPDATE; -- S3'
wrong 'another table' 'SELECT x INTO y FROM address AS a JOIN list AS l ON l.who = a.who WHERE a.who = ANY (w); -- S3'
wrong 'something else' 'SELECT x INTO y FROM address AS a JOIN failure AS f ON f.address = a.address WHERE a.who = ANY (w); -- S3'
wrong 'calls random' 'INSERT INTO address AS a SELECT w FROM unnest(whos) AS w ON CONFLICT (who) DO UPDATE SET last_at = random(); -- S2'
wrong 'not S1' 'INSERT INTO failure SELECT who FROM unnest(whos) AS w ON CONFLICT (event) DO NOTHING; -- S1'
wrong 'not S1' 'INSERT INTO failure VALUES (1); -- S1'
wrong 'not S6' 'SELECT who INTO x FROM failure JOIN complaint USING (who); -- S6'
wrong 'does not contain who' 'CREATE TABLE failure (
  event uuid PRIMARY KEY
)'
wrong 'TRIGGER' 'CREATE TRIGGER x AFTER INSERT ON failure'
done_testing
