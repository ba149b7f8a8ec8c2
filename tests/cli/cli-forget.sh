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
check_exit "a dry run" 0 run forget --dry-run Grace@School.example nobody@school.example
check "tells what would be erased" "$(cat out)" \
  "Grace@school.example: would be erased (reports: 1); it stays suppressed (a keyed hash remains)
nobody@school.example: nothing was known about it
kept messages that would be erased: 1
1 of 2 would be forgotten"
ok "and changes nothing" test -n "$(traces)"
check "not even a key" "$(kept) $(ls b.db.key 2>/dev/null)" "2 "
check_exit "forget" 0 run forget Grace@School.example
check "tells what was erased, and what stays" "$(cat out)" \
  "Grace@school.example: erased (reports: 1); it stays suppressed (a keyed hash remains)
kept messages erased: 1
1 of 1 forgotten"
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
# Kept messages, and what others have put into the Maildir
kept_message() { printf 'From: %s\nTo: bounces@news.example\n\n%s\n' "$1" "$2" | run deliver --now 1767268800; }
name_of() { grep -rl "$1" keep; }
kept_message joann@example.net longer
kept_message ann@example.network network
kept_message kim@example.net 'more information'
kept_message ann@example.net plain
kept_message "Ann <ANN@Example.Net>" moved
mv "$(name_of moved)" "keep/cur/$(basename "$(name_of moved)"):2,S"
kept_message ann@example.net linked
linked=$(name_of linked)
mv "$linked" outside
ln -s "$tmp/outside" "$linked"
kept_message ann@example.net piped
piped=$(name_of piped)
rm "$piped"
mkfifo "$piped"
kept_message ann@example.net folder
folder=$(name_of folder)
rm "$folder"
mkdir "$folder"
touch "keep/cur/$(basename "$(name_of longer)")0"
check_exit "forget what is in several messages" 0 run forget ann@example.net
check "those that name it are gone" "$(name_of plain)$(name_of moved)" ""
ok "those of longer addresses stay" test -n "$(name_of longer)" -a -n "$(name_of network)"
ok "what a link leads to stays" test -s outside -a -h "$linked"
ok "a pipe and a directory stay" test -p "$piped" -a -d "$folder"
rmdir "$folder"
check_exit "forget a local part alone" 1 run forget info
ok "does not look into words" test -n "$(name_of information)"

check_exit "forget it again" 1 run forget grace@school.example
check "only the hash is left" "$(cat out)" \
  "grace@school.example: nothing was known about it; it stays suppressed (a keyed hash remains)
0 of 1 forgotten"
check_exit "forget an unknown address" 1 run forget nobody@school.example
check "is not forgotten" "$(cat out)" "nobody@school.example: nothing was known about it
0 of 1 forgotten"
check_exit "allow" 0 run allow grace@school.example
check_exit "knows the address by its hash" 0 run check grace@school.example
refuses_usage forget

check_exit "a word that is not an address" 1 run forget nobody-there
check "says what it lacks" "$(head -1 out)" \
  "nobody-there: nothing was known about it; an address has a domain (@...)"

# What counts say of an address that had a domain and a list of its own, of days that can be counted
# again, and of those that cannot because some of their messages were pruned
listed() { sed 's/^Subject: News .*/&\nList-Id: <zoe@zoe.example>/'; }
report zoe@zoe.example mx.zoe.example "452 4.2.2 mailbox full" | listed >message
run deliver --now 1767268800 <message
report max@school.example mx.school.example "452 4.2.2 mailbox full" | listed >message
run deliver --now 1767268900 <message
run prune --older-than 300d --now 1798804800 >/dev/null
report zoe@zoe.example mx.zoe.example "550 5.1.1 no such user" | listed | sed 's/report-zoe/report-again/' >message
run deliver --now 1798804800 <message
check "its domain and its list are counted" \
  "$(sql "SELECT count(DISTINCT day) FROM daily WHERE recipient_domain = 'zoe.example' AND list_id LIKE '%zoe%'")" 2
check "its domain has an entry" "$(sql "SELECT added FROM tally WHERE source = 'zoe.example'")" 1
run forget zoe@zoe.example >/dev/null
check "neither is left" "$(sql ".dump" | grep -v sqlite_stat | grep -c 'zoe[@.]')" 0
check "the failures of pruned days are" "$(sql "SELECT sum(failures) FROM daily WHERE list_id = '' AND reason = 'mailbox_full'")" 2
check "and the entry is, without its source" "$(sql "SELECT sum(added) FROM tally WHERE source IN ('?', 'zoe.example')")" 0
check_exit "the counts are right" 0 run db check

done_testing
