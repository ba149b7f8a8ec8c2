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
list() { printf '%s\n' "$@" | may -; }
check_exit "a list with comments and lines that are not addresses" 1 \
  list '# our readers' '#' a@b.example 'two words' '#tag@b.example' c@d.example
check "goes on after them" "$(tr "$tab" ' ' <out)" "a@b.example ok
two words invalid
#tag@b.example ok
c@d.example ok"
check_exit "comments alone" 0 list '# our readers' '' c@d.example
check_exit "a quote is not SQL" 0 may "x'OR'1'='1@school.example"
check_exit "an address that begins with a hyphen" 0 may -- -x@school.example
check_exit "not an address" 1 may 'two words'
check "is invalid" "$(cat out)" "two words${tab}invalid"
check_exit "two domains" 1 may 'bob@school.example@b.example'
check "is not the first of them" "$(cat out)" "bob@school.example@b.example${tab}invalid"
check_exit "a quoted local part with an @" 0 may '"a@b"@c.example'
check_exit "a name without a domain" 1 may foo
check "is invalid too" "$(cat out)" "foo${tab}invalid"
sqlite3 -bail b.db <<'END'
INSERT INTO failure (message_id, failed_at, recipient, class, reason, party) VALUES
  (1, 1577880000, 'dora@school.example', 'permanent', 'user_unknown', 'recipient'),
  (1, 1577880000, 'root', 'permanent', 'user_unknown', 'recipient');
INSERT INTO entry (address, recipient, class, reason, since, message_id, failure_id, days, span,
                   window, state)
  SELECT address, recipient, class, reason, failed_at, 1, failure_id, 1, 0, 180,
         iif(recipient = 'root', 'active', 'held')
  FROM failure WHERE recipient IN ('dora@school.example', 'root');
END
check_exit "a held address is not on the list" 0 may Dora@school.example
check "but said to be held" "$(cat out)" "Dora@school.example${tab}held${tab}user_unknown${tab}2020-01-01"
check_exit "a local part that a report has named" 1 may root
check "is an address" "$(cut -f 2 out)" suppressed

chmod 600 b.db
"$BOUNCEDB" forget --db b.db bob@school.example >out
"$BOUNCEDB" db snapshot --db b.db copy.db
chmod 644 copy.db
check_exit "a copy of the database" 0 "$BOUNCEDB" check --db copy.db bob@school.example dora@school.example
check "cannot tell who was forgotten, and says so once" "$(grep -c 'cannot tell about forgotten' err)" 1
check "and the rest" "$(cut -f 2 out | tr '\n' ' ')" "ok held "
check_exit "show too" 0 "$BOUNCEDB" show --db copy.db dora@school.example
check_exit "others may read a copy" 0 "$BOUNCEDB" db check --db copy.db
chmod 644 b.db
check_exit "but not the database" 65 "$BOUNCEDB" db check --db b.db
chmod 600 b.db
check_exit "nothing" 64 may
check_exit "no database" 75 "$BOUNCEDB" check --db nowhere.db a@b.example

done_testing
