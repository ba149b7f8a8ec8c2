#!/bin/sh
# bouncedb stats: recent failures, counted as they are recorded.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/older.sh
. "$top_srcdir/tests/lib/older.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
day=86400 now=1790000000 # 2026-09-21

bouncedb() { _verb=$1; shift; "$BOUNCEDB" "$_verb" --db b.db "$@"; }
query() { sqlite3 -readonly b.db "$1"; }
stats() { bouncedb stats --now "$now" "$@"; }

# bounce DAYS-AGO ADDRESS LIST TEXT
bounce() {
  bouncedb deliver --now $((now - $1 * day)) <<END_OF_REPORT
From: MAILER-DAEMON@mail.sender.example
To: bounces@sender.example
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example

Final-Recipient: rfc822; $2
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.zork.example
Diagnostic-Code: smtp; 550 $4
--b
Content-Type: message/rfc822

Date: Mon, 21 Sep 2026 14:13:00 +0000
Message-ID: <$1.$2@sender.example>
List-Id: <$3>

--b--
END_OF_REPORT
}

bouncedb db init
check_exit "an empty database" 0 stats
check "has no failures" "$(sed -n 's/^  all *//p' out | tr -s ' ')" "0 0 0 0 "
ok "and nothing to do" sh -c '! grep -q "What to do" out'

bounce 0 ada@school.example news.example '5.1.1 no such user'
bounce 1 bob@school.example news.example '5.1.1 no such user'
bounce 6 cyd@campus.example news.example '5.7.1 blocked using zen.spamhaus.org'
bounce 7 dan@campus.example offers.example '5.7.1 blocked using zen.spamhaus.org'
bounce 29 eve@campus.example offers.example '5.7.1 blocked using zen.spamhaus.org'
bounce 30 fay@campus.example offers.example '5.7.1 blocked using zen.spamhaus.org'
row() { sed -n "/^$1/,/^\$/s/^  $2 *\\([0-9]* *[0-9]* *[0-9]* *[0-9]*\\).*/\\1/p" out | tr -s ' '; }
check_exit "stats" 0 stats
check "today, yesterday, 7 days, 30 days" "$(row Failures all)" "1 1 3 5"
check "by party" "$(row 'Who has to act' 'You: your sending'), $(row 'Who has to act' 'Nobody: bad or full address')" \
  "0 0 1 3, 1 1 2 2"
check "by class" "$(row 'By class' policy)" "0 0 1 3"
check "by reason" "$(row 'By reason' user_unknown)" "1 1 2 2"
check "by provider" "$(row 'By provider' '(unknown)')" "1 1 3 5"
check "by domain" "$(row 'By recipient domain' school.example)" "1 1 2 2"
ok "a remedy, and where it is from" grep -q '^  3 x blocked (You: your sending)$' out
id=$(query "SELECT max(failure_id) FROM failure WHERE failed_at > $now - 30 * $day AND reason = 'blocked'")
ok "its last failure can be explained" grep -q "bouncedb explain f$id$" out
ok "faults of addresses are not among the remedies" sh -c '! grep -q "x user_unknown" out'
ok "the suppressed addresses" grep -q '^On the suppression list: 2 addresses, none for a fault of yours$' out
ok "it fits into a mail" sh -c '! grep "^.\{73\}" out'
check "thirty days, the last one today" "$(LC_ALL=C bouncedb stats --now "$now" | sed -n 's/^ *[-0-9]* |\(.*\)|.*/\1/p')" \
  "@                     @@    @@"
check "in blocks, where the locale has them" \
  "$(LC_ALL=C.UTF-8 bouncedb stats --now "$now" | sed -n 's/^ *[-0-9]* |\(.*\)|.*/\1/p')" "█                     ██    ██"

check_exit "JSON" 0 stats --json
json() { sqlite3 :memory: "SELECT json_extract(readfile('out'), '$1')"; }
check "one object" "$(wc -l <out | tr -d ' ')" 1
check "with the counts" "$(json '$.failures')" '{"today":1,"yesterday":1,"week":3,"month":5}'
check "the days" "$(json '$.days[29]') $(json '$.days[0].failures')" \
  '{"date":"2026-09-21","failures":1} 1'
check "the times" "$(json '$.times[0]')" '{"seconds":60,"today":1,"yesterday":0,"week":1,"month":1}'
check "the parties" "$(json '$.parties[0]')" '{"party":"sender","today":0,"yesterday":0,"week":1,"month":3}'
check "the remedies" "$(json '$.remedies[0].reason') $(json '$.remedies[0].failures')" 'blocked 3'

# The counts follow what happens to the failures.
agree() { check_exit "the counts are right $1" 0 bouncedb db check; }
agree "after deliveries"
sum() { query 'SELECT sum(failures) FROM daily'; }
check "every failure is counted" "$(sum)" 6
printf '[rules]\nfile = %s/own.rules\n' "$PWD" >own.conf
printf '[zork.blocked]\ntext: blocked using\nreason: spam\n' >own.rules
"$BOUNCEDB" reclassify --db b.db --config own.conf --now $now >/dev/null
check "reclassify moves counts" "$(query "SELECT sum(failures) FROM daily WHERE reason = 'spam'")" 4
agree "after reclassify"
bouncedb forget cyd@campus.example >/dev/null
check "forget takes them away" "$(sum)" 5
agree "after forget"
bouncedb allow ada@school.example >/dev/null
agree "after allow"
sqlite3 b.db 'DELETE FROM failure WHERE failure_id = 4'
check_exit "db check finds what somebody else has done" 65 bouncedb db check
ok "and says where" grep -q '^wrong count: 2026-09-14 spam: 1 counted, 0 recorded$' out
bouncedb db reweigh >/dev/null
agree "after reweigh"

sqlite3 b.db "UPDATE time_sum SET failures = failures + 1 WHERE day > 0"
check_exit "db check compares the times" 65 bouncedb db check
ok "and says where" grep -q '^wrong sum: 2026-09-21 permanent within 60 s: 2 summed up, 1 recorded$' out
bouncedb db reweigh >/dev/null
agree "after reweighing the times"

sqlite3 b.db "UPDATE list_sum SET failures = failures + 1 WHERE days = 7 AND reason = 'user_unknown'"
check_exit "db check compares the weeks with their days" 65 bouncedb db check
ok "and says where" grep -q '^wrong sum: .* user_unknown by list: -1 more' out
bouncedb db reweigh >/dev/null
agree "after reweigh again"

# An older database gets its counts when it is migrated.
sums() { query 'SELECT * FROM daily; SELECT * FROM daily_sum; SELECT * FROM list_sum'; }
sums >before
before_unproven b.db
sqlite3 b.db 'DROP TABLE daily; PRAGMA user_version = 4'
check_exit "migrate" 0 bouncedb db migrate
sums >after
check_file "counts what is there" after before

# Nothing reads the history: the time does not grow with it.
plan() { sqlite3 b.db "EXPLAIN QUERY PLAN SELECT class, sum(failures) FROM daily
  WHERE day BETWEEN 20000 - 29 AND 20000 GROUP BY 1"; }
ok "a range of days is looked up" sh -c "printf '%s' \"\$1\" | grep -q 'SEARCH daily USING PRIMARY KEY'" - "$(plan)"

scans() { sqlite3 b.db "EXPLAIN QUERY PLAN SELECT * FROM $1" | grep -E 'SCAN (failure|message|daily|f|o)( |$)'; }
for view in failure_by_day failure_by_provider sender_fault; do
  check "$view reads sums only" "$(scans $view)" ""
done
ok "which is how others read" sh -c "sqlite3 b.db 'EXPLAIN QUERY PLAN SELECT count(DISTINCT address)
  FROM failure' | grep -q 'SCAN failure'"

# The first screen answers the three questions.
first() { "$BOUNCEDB" stats --db page.db --now 1790000000 >page; head -24 page >screen; }
"$BOUNCEDB" db init --quiet --db page.db
sqlite3 page.db <"$top_srcdir/tests/lib/report-data.sql" || echo "# the data is wrong"
first
check "what the guard holds" "$(head -1 screen)" "The guard holds 8 addresses until you decide: bouncedb doctor"
ok "is something wrong since yesterday" grep -qx 'Is something wrong since yesterday? Yes:' screen
ok "what it is" grep -q '^  spf at Gmail: usually 0 a day, 63 since 2026-09-20 ' screen
ok "whose fault is it" grep -qx 'Whose fault is it? Yours: your sending.' screen
ok "and that it suppresses nobody" grep -qx '  No address is suppressed for this.' screen
ok "what to do first" grep -qx 'What do I do first?' screen
ok "in words of the rule" grep -q '^  server. Add the sending server to that SPF record' screen
check "with one failure to explain, the last" "$(grep -c 'bouncedb explain' screen) $(grep -cx '  bouncedb explain f100060' screen)" "1 1"
ok "and the counts by who has to act" grep -q '^  You: your sending  *10 ' screen
ok "what is told is not told again" sh -c '! grep -q "x spf at Gmail" page'
ok "what else" grep -q '^  15 x rate_limited at Yahoo and AOL (You: your sending)$' page
ok "what is left out is counted" grep -q '^  (others) ' page

# As the body of a mail: what is unusual first.
check_exit "a mail" 0 stats --mail
check "without header lines" "$(sed -n '1s/ 20.*//p; 3p' out)" "Failed deliveries until
Is something wrong since yesterday? Nothing unusual."
ok "and then the rest" grep -q '^Failures  *today  *yesterday  *7 days  *30 days$' out
list='ニュース通信の購読者の皆様へのお知らせと最新の情報.example'
sqlite3 b.db "WITH RECURSIVE n (age) AS (SELECT 1 UNION ALL SELECT age + 1 FROM n WHERE age < 70)
  INSERT INTO list_sum SELECT 1, $now / 86400 - age, 'spf', 'spf', 'gmail', '', 300, 1 FROM n;
  INSERT INTO list_sum VALUES (1, $now / 86400 - 1, 'spf', 'spf', 'gmail', '$list', 40, 1)"
check_exit "a mail about a list" 0 stats --mail
ok "says first what is unusual" sh -c 'sed -n 4p out | grep -q "^  spf at Gmail, list"'
ok "in 72 columns, also in Japanese" sh -c '[ "$(LC_ALL=C.UTF-8 wc -L <out)" -le 72 ]'
check_exit "not both" 64 stats --mail --json

check_exit "no operand" 64 stats now

done_testing
