#!/bin/sh
# bouncedb prune: what is old goes, and the suppression list stays.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"
now=$((april + 800 * day))
count() { sql "SELECT count(*) FROM $1"; }
prune() { run prune --now $now "$@"; }
spf() { report "$1" mx.school.example "550 5.7.23 SPF fail" | run deliver --now "$2"; }
other() { printf 'From: %s\nTo: bounces@news.example\n\nHello\n' "$1" | run deliver --now "$2"; }

gone ada@school.example $april
spf bob@home.example $april
spf cyd@campus.example $((now - 2 * day))
report dan@school.example mx.school.example "552 5.2.2 mailbox full" | run deliver --now $april
mkdir keep keep/tmp keep/new keep/cur
chmod 700 keep keep/*
other eve@school.example $april
other fay@school.example $april
other gus@school.example $((now - day))
run export >before.list
sql 'SELECT * FROM daily' >before.daily

check_exit "without a period" 64 run prune
ok "it says which" grep -q 'needs --older-than, or \[retention\] keep-for' err
check_exit "an unknown period" 64 prune --older-than soon
check_exit "a number without a unit" 64 prune --older-than 2
ok "is told what it lacks" grep -q 'takes a time .*1y, .*, not "2"' err
check_exit "the future" 64 prune --older-than 2999-01-01
check_exit "an unknown kind" 64 prune --older-than 2y --kind bounces
check_exit "an operand" 64 prune 2y

check_exit "a dry run" 0 prune --older-than 2y --dry-run
said="2 messages, 2 failures, 0 kept messages, all before 2021-07-05; failures that are older, but \
may still suppress: 1; kept messages that nobody has read yet: 2"
check "tells what would go" "$(cat out)" "would delete $said"
check "and changes nothing" "$(count failure) $(count message)" "4 7"

# Kept messages are removed once they have been read.
mv "$(grep -l eve@ keep/new/*)" keep/cur/eve
mv keep/cur/eve "keep/cur/$(basename "$(sql "SELECT kept FROM message WHERE kind = 'other' LIMIT 1")"):2,S"
check_exit "prune by kind" 0 prune --older-than 2y --kind auto_reply,challenge
check "spares the others" "$(count failure) $(count message)" "4 7"
check_exit "prune" 0 prune --older-than 2y
check "tells what went" "$(cat out)" \
  "deleted 3 messages, 2 failures, 1 kept message, all before 2021-07-05; failures that are older, but \
may still suppress: 1; kept messages that nobody has read yet: 1"
check "what decided stays, and what is new" "$(sql 'SELECT recipient FROM failure ORDER BY 1')" \
  "ada@school.example
cyd@campus.example"
check "so do unread messages" "$(count message) $(find keep -type f | wc -l | tr -d ' ')" "4 2"
check_exit "the list" 0 run export
check_file "is the same" out before.list
sql 'SELECT * FROM daily' >after.daily
check_file "so are the counts" after.daily before.daily
check_exit "the database is sound" 0 run db check
check "the audit has a line" "$(sql "SELECT command, date(until, 'unixepoch'), rows FROM audit")" \
  "prune|2021-07-04|0"
check_exit "prune again" 0 prune --older-than 2y --json
check "does nothing" "$(cat out)" '{"before":"2021-07-05T00:00:00Z","dry_run":false,"messages":0,"failures":0,"delays":0,"deliveries":0,"complaints":0,"stay":1,"kept":0,"unread":1}'

# What is counted again later leaves the pruned days alone.
run db reweigh >/dev/null
sql 'SELECT * FROM daily' >after.daily
check_file "reweigh keeps the counts" after.daily before.daily
sql 'DELETE FROM failure WHERE failure_id = 3'
check_exit "db check still compares the days after" 65 run db check
run db reweigh >/dev/null

# The configuration
printf '[retention]\nkeep-for = 1y\n' >>conf
check_exit "the configured period" 0 prune
ok "is a year" grep -q 'all before 2022-07-05' out
check_exit "the option takes precedence" 0 prune --older-than 30d
ok "for this run" grep -q 'all before 2023-06-05' out
mv "$(grep -l gus@ keep/new/*)" "$(grep -l gus@ keep/new/* | sed 's,/new/\(.*\),/cur/\1:2\,FRS,')"
sed '/retention/,$d; s/^keep = .*/&\nkeep-for = 1d/' conf >conf.short
check_exit "kept messages have a period of their own" 0 "$BOUNCEDB" prune --config conf.short --now $((now + 2 * day))
check "which is all that it looks at" "$(cat out)" \
  "deleted 1 kept message; kept messages that nobody has read yet: 1"
check "the record stays" "$(sql "SELECT count(*), count(kept) FROM message WHERE kind = 'other'")" "2|1"

# forget reaches everything.
check_exit "forget" 0 run forget bob@home.example ada@school.example fay@school.example
check "leaves no trace" "$(grep -rail -e 'bob@' -e 'home.example' -e 'ada@' -e 'fay@' b.db* list keep)" ""
check "and the counts" "$(sql 'SELECT sum(failures) FROM daily WHERE day < 19000')" 3

# A Maildir that is not there may come back.
other hal@school.example $april
mv keep elsewhere
check_exit "prune without the Maildir" 0 prune --older-than 2y
mv elsewhere keep
check "forgets no file" "$(sql "SELECT count(kept) FROM message")" 1

done_testing
