#!/bin/sh
# The schema with the sqlite3 shell alone: it builds, its triggers keep the suppression list clean,
# and the queries in bouncedb-schema(7), taken from the page itself, work.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"

command -v sqlite3 >/dev/null || { echo "1..0 # SKIP no sqlite3 shell"; exit 0; }

build() { cat "$top_srcdir"/schema/*.sql | sqlite3 -bail test.db; }
ok "the schema builds" build
check "each file is one version" "$(sqlite3 test.db 'PRAGMA user_version')" \
  "$(find "$top_srcdir"/schema/*.sql | wc -l | tr -d ' ')"
steps() { for _file in "$top_srcdir"/schema/*.sql; do sed -n 's/^PRAGMA user_version = \(.*\);$/\1/p' "$_file"; done; }
names() { for _file in "$top_srcdir"/schema/*.sql; do basename "$_file" | sed 's/^0*\([0-9]*\)-.*/\1/'; done; }
check "each file sets its own number" "$(steps)" "$(names)"
check "all tables are strict" "$(sqlite3 test.db "SELECT name FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'")" ""

sqlite3 -bail test.db <<'END'
CREATE TEMP TABLE letter (n INTEGER PRIMARY KEY, kind, list_id, kept);
INSERT INTO letter VALUES (1, 'bounce', 'news.example', NULL), (2, 'bounce', 'news.example', NULL),
  (3, 'bounce', 'offers.example', NULL), (4, 'delay', NULL, NULL),
  (5, 'other', NULL, '/keep/new/5'), (6, 'complaint', 'news.example', NULL);
INSERT INTO message (message_id, digest, kind, list_id, kept, received_at, envelope_recipient, size,
                     notes, recipients, repeated)
  SELECT n, randomblob(32), kind, list_id, kept, 1577880000, 'bounces@news.example', 1000, 0, 1, 0
  FROM letter;
INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, diagnostic, provider, class,
                     reason, party) VALUES
  (1, 1577880000, 'Ada@school.example', 'school.example', '552 full', 'gmail', 'quota',
   'mailbox_full', 'recipient'),
  (2, 1577880100, 'bob@school.example', 'school.example', '550 no such user', NULL, 'permanent',
   'user_unknown', 'recipient'),
  (3, 1577966400, 'cyd@campus.example', 'campus.example', '550 listed', 'microsoft', 'policy',
   'blocked', 'sender'),
  (3, 1577966400, 'dan@campus.example', 'campus.example', '550 listed', 'microsoft', 'policy',
   'blocked', 'sender'),
  (3, 1577966500, 'cyd@campus.example', 'campus.example', '550 SPF fail', NULL, 'spf', 'spf',
   'sender'),
  (3, 1577966600, 'eve@odd.example', 'odd.example', '599 what?', NULL, 'permanent', 'undefined',
   'unknown'),
  (3, strftime('%s', 'now') - 3600, 'ada@school.example', 'school.example', '552 still full',
   'gmail', 'quota', 'mailbox_full', 'recipient');
INSERT INTO delay (message_id, failed_at, recipient, class, reason, party, diagnostic)
  VALUES (4, 1577911200, 'ada@School.example', 'transient', 'network_error', 'receiver', 'timeout');
INSERT INTO complaint (message_id, complained_at, recipient)
  VALUES (6, 1578011200, 'Fay@home.example');
INSERT INTO entry (address, recipient, recipient_domain, reason, since, message_id, failure_id)
  SELECT address, recipient, recipient_domain, reason, failed_at, message_id, failure_id
  FROM failure WHERE reason = 'user_unknown';
INSERT INTO entry (address, recipient, reason, since, message_id, complaint_id)
  SELECT address, recipient, 'complaint', complained_at, message_id, complaint_id FROM complaint;
END

refused() { ! sqlite3 -bail test.db "INSERT INTO entry (address, recipient, reason, since, message_id,
  failure_id) SELECT address, recipient, '$1', failed_at, message_id, failure_id FROM failure
  WHERE reason = '$2' LIMIT 1" 2>err; }
ok "a fault of the sender does not suppress an address" refused blocked blocked
ok "nor under the name of another reason" refused user_unknown blocked
cp test.db other.db
ok "nor does a failure that no longer counts" sh -c "sqlite3 other.db \"UPDATE failure SET counts = 0
  WHERE reason = 'user_unknown'; SELECT 1 FROM entry WHERE failure_id IS NOT NULL\" | grep -c . | grep -qx 0"

# query N: runs the Nth example of the page on the data above
query() {
  awk -v want="$1" '/^\.Bd -literal/ { n++; on = 1; next } /^\.Ed/ { on = 0 } on && n == want' \
    "$top_srcdir/doc/bouncedb-schema.7" | sqlite3 -bail test.db
}
today=$(sqlite3 test.db "SELECT date(max(failed_at), 'unixepoch') FROM failure")

check "ten queries" "$(grep -c '^\.Bd -literal' "$top_srcdir/doc/bouncedb-schema.7")" 10
check "1: the last seven days" "$(query 1 | cut -d'|' -f2-)" \
  "ada@school.example|quota|mailbox_full|552 still full"
check "2: by day and class" "$(query 2)" "2020-01-01|permanent|1|1
2020-01-01|quota|1|1
2020-01-02|permanent|1|1
2020-01-02|policy|2|2
2020-01-02|spf|1|1
$today|quota|1|1"
check "3: your own sending" "$(query 3)" "blocked|microsoft|2|550 listed
spf||1|550 SPF fail"
check "4: providers" "$(query 4)" "(unknown)|permanent|2
gmail|quota|2
microsoft|policy|2
(unknown)|spf|1"
check "5: unknown replies" "$(query 5)" "1|odd.example|599 what?"
check "6: suppressed addresses" "$(query 6)" "bob@school.example|2020-01-01|user_unknown|550 no such user
Fay@home.example|2020-01-03|complaint|"
check "7: close to a threshold" "$(query 7)" "ada@school.example|mailbox_full|1 of 5
eve@odd.example|undefined|1 of 3"
check "8: a single address" "$(query 8 | cut -d'|' -f2-)" "failure|quota|mailbox_full|552 full
delay|transient|network_error|timeout
failure|quota|mailbox_full|552 still full"
check "9: lists" "$(query 9)" "news.example|2
offers.example|1"
check "10: kept messages" "$(query 10)" "5|other|bounces@news.example|/keep/new/5"

# the page names exactly the tables and views that exist, and those of a host that has joined a fleet
sqlite3 -bail test.db <"$top_srcdir/schema/host/fleet.sql"
named() { sed -n 's/^\.Ss \([a-z_]*\)$/\1/p; s/^\.It Sy \([a-z_]*\)$/\1/p' "$top_srcdir/doc/bouncedb-schema.7" | sort; }
there() {
  sqlite3 test.db "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
    AND name NOT LIKE 'sqlite_%' AND name NOT IN ('setting', 'guard', 'tally')
    ORDER BY name"
}
check "the page names every table and view" "$(named)" "$(there)"

# columns TABLE...: the columns of these tables and views
columns() {
  for _table; do sqlite3 test.db "SELECT name FROM pragma_table_info('$_table')"; done | sort -u
}
described() { # the words that the page marks as names
  sed -n 's/^\.\(It \)\{0,1\}Va //p; s/^\.Pq \(or \)\{0,1\}Va //p' "$top_srcdir/doc/bouncedb-schema.7" |
    tr ' ,' '[\n*]' | grep '^[a-z0-9_]*$' | sort -u
}
described >described
# shellcheck disable=SC2046 # names
columns $(there) >columns
check "the page names every column" "$(comm -23 columns described)" ""

done_testing
