#!/bin/sh
# bouncedb check: may this address be sent to?
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
tab=$(printf '\t')

cat "$top_srcdir"/schema/*.sql | sqlite3 -bail b.db
sqlite3 -bail b.db <<'END'
INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)
  VALUES (zeroblob(32), 'bounce', 0, 0, 0, 0, 0);
INSERT INTO failure (message_id, failed_at, recipient, class, reason, party) VALUES
  (1, 1577880000, 'Bob@school.example', 'permanent', 'user_unknown', 'recipient'),
  (1, 1577880000, 'cyd@school.example', 'policy', 'blocked', 'sender');
END
"$BOUNCEDB" db reweigh --db b.db >out 2>&1 # rows written by hand take effect
may() { "$BOUNCEDB" check --db b.db "$@"; }

check_exit "an unknown address" 0 may new@school.example
check "is ok" "$(cat out)" "new@school.example${tab}ok"
check_exit "a fault of the sender" 0 may cyd@school.example
check_exit "a suppressed address" 1 may BOB@School.Example
check "says why and since when" "$(cat out)" \
  "BOB@school.example${tab}suppressed${tab}user_unknown${tab}2020-01-01"
check_exit "in angle brackets" 1 may '<bob@school.example>'
check_exit "several, one of them suppressed" 1 may a@b.example bob@school.example c@d.example
check "one line per address" "$(wc -l <out | tr -d ' ')" 3
check_exit "a list" 1 sh -c 'printf "%s\n" a@b.example "" bob@school.example | "$1" check --db b.db -' - "$BOUNCEDB"
check "every address of it" "$(cut -f 1,2 out | tr "$tab" ' ')" "a@b.example ok
bob@school.example suppressed"
check_exit "a list with a line that is not an address" 65 sh -c 'echo two words | "$1" check --db b.db -' - "$BOUNCEDB"
check_exit "a quote is not SQL" 0 may "x'OR'1'='1@school.example"
check_exit "an address that begins with a hyphen" 0 may -- -x@school.example
check_exit "not an address" 64 may 'two words'
check_exit "nothing" 64 may
check_exit "no database" 75 "$BOUNCEDB" check --db nowhere.db a@b.example

done_testing
