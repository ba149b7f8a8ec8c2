#!/bin/sh
# bouncedb forget: everything personal about an address is erased, and it stays suppressed.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

mkdir -m 700 keep keep/tmp keep/new keep/cur
printf 'From: Grace <GRACE@school.example>\nTo: bounces@news.example\n\nWho are you?\n' >message
run deliver --now 1767268800 <message
printf 'From: Hal <hal@school.example>\nTo: bounces@news.example\n\nHello\n' >message
run deliver --now 1767268800 <message
report grace@school.example mx.school.example "550 5.1.1 <Grace@school.example>: no such user" >message
run deliver --now 1767268800 --recipient "bounces+grace=school.example@news.example" <message
report ivy@school.example mx.school.example "550 5.1.1 no such user; ask grace@school.example" |
  run deliver --now 1767268800
run suppress grace@school.example --note "grace@school.example rang"
run suppress --undo grace@school.example
traces() { grep -rail -e 'grace@school' -e 'grace=school' b.db* list keep; }
kept() { find keep -type f | wc -l | tr -d ' '; }

ok "there are traces of the address" test -n "$(traces)"
check "and a kept message that names it" "$(kept)" 2
check_exit "forget" 0 run forget Grace@School.example
check "no trace is in database, log, list file or kept messages" "$(traces)" ""
check "the other message is still kept" "$(kept)" 1
check_exit "the address is still suppressed" 1 run check grace@school.example
ok "for the same reason" grep -q "^grace@school.example${tab}suppressed${tab}user_unknown${tab}" out
check "the key is for its owner alone" "$(ls -l b.db.key | cut -c1-10)" "-rw-------"
sed 's/report-grace/report-two-grace/' message | run deliver --now 1767355200
check "a later report does not name the address" "$(traces)" ""
check "but is recorded" "$(sql "SELECT reason FROM failure ORDER BY failure_id DESC LIMIT 1")" user_unknown
check "the audit names nobody" \
  "$(sql "SELECT count(*) FROM audit WHERE address LIKE 'grace%' OR note LIKE '%rang%'")" 0
check_exit "the database is sound" 0 run db check
check_exit "forget an unknown address" 1 run forget nobody@school.example
check_exit "allow" 0 run allow grace@school.example
check_exit "knows the address by its hash" 0 run check grace@school.example
refuses_usage forget

done_testing
