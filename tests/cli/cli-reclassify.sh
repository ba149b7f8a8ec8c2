#!/bin/sh
# bouncedb reclassify: new rules on what is recorded.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
day=86400 now=1790000000

printf '[rules]\nfile = %s/own.rules\n[suppression]\nfile = %s/list\n' "$PWD" "$PWD" >own.conf
: >own.rules
bouncedb() { _verb=$1; shift; "$BOUNCEDB" "$_verb" --config own.conf --db b.db "$@"; }
query() { sqlite3 -readonly b.db "$1"; }
reclassify() { bouncedb reclassify --now $((now + 3 * day)) "$@"; }

# bounce ADDRESS DAY TEXT: a report of that day
bounce() {
  bouncedb deliver --now $((now + $2 * day)) <<END_OF_REPORT
From: MAILER-DAEMON@mail.sender.example
To: bounces@sender.example
Subject: Undelivered mail
Message-ID: <$1.$2@mail.sender.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example

Final-Recipient: rfc822; $1
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.zork.example
Diagnostic-Code: smtp; 550 $3
--b--
END_OF_REPORT
}

bouncedb db init
bounce ada@zork.example 0 'Adventurer ada went down to cellar 17 (ref 4XyZ12AbC3)'
bounce bob@zork.example 0 'Adventurer bob went down to cellar 4 (ref 9QrS34TuV5)'
bounce bob@zork.example 1 'Adventurer bob went down to cellar 5 (ref 1QrS34TuV5)'
bounce cyd@zork.example 0 '5.1.1 No such user here'

check "replies that no rule matches are one group" "$(query 'SELECT reply, failures, recipients, domains,
  last_failure_id FROM unknown_reply')" \
  "adventurer USER went down to cellar NUMBER (ref ID)|3|2|zork.example|3"
check "nothing else has a masked reply" "$(query "SELECT count(*) FROM failure
  WHERE (masked IS NULL) = (reason = 'undefined')")" 0
check "the suppressed addresses" "$(cat list)" "cyd@zork.example"

check_exit "the same rules" 0 reclassify
check "change nothing" "$(cat out)" \
  "0 of 4 failures judged differently; 0 addresses suppressed, 0 lifted"

cat >own.rules <<'END'
[zork.cellar]
text: adventurer * went down to cellar
reason: user_unknown
cause: The address is in a cellar.
remedy: Remove it.
source: the manual
sample: 550 Adventurer eve went down to cellar 1
[zork.cellar]
text: adventurer * went down to cellar
reason: user_unknown
cause: The address is in a cellar.
remedy: Remove it.
source: the manual
sample: 550 Adventurer eve went down to cellar 1
END
sqlite3 b.db .dump >before
cat >want <<'END'
       3  permanent undefined (undefined) -> permanent user_unknown (zork.cellar)
          for example failure f1, f2, f3
  + ada@zork.example  user_unknown
  + bob@zork.example  user_unknown
dry run: 3 of 4 failures judged differently; 2 addresses would be suppressed, 0 would be lifted
END
check_exit "a dry run" 0 reclassify --dry-run
check_file "says what would change" out want
sqlite3 b.db .dump >after
check_file "and changes nothing" after before
check "nor the list" "$(cat list)" "cyd@zork.example"

check_exit "since" 0 reclassify -n --since $((now + day))
ok "only failures since then" grep -q '^dry run: 1 of 1 failure judged differently; 1 address would be suppressed' out

check_exit "for good" 0 reclassify
sed 's/^dry run: //; s/would be //g' want >want.now
check_file "says what has changed" out want.now
check "the verdicts" "$(query 'SELECT class, reason, party, rule, masked FROM failure
  WHERE failure_id < 4 GROUP BY 1, 2, 3, 4, 5')" "permanent|user_unknown|recipient|zork.cellar|"
check "the list" "$(sort list)" "ada@zork.example
bob@zork.example
cyd@zork.example"
check "the audit" "$(query 'SELECT command, rows, address FROM audit')" "reclassify|2|"
check_exit "check knows" 1 bouncedb check ada@zork.example
check_exit "a second time" 0 reclassify
check "nothing changes" "$(cat out)" \
  "0 of 4 failures judged differently; 0 addresses suppressed, 0 lifted"
check "nor is it in the audit" "$(query 'SELECT count(*) FROM audit')" 1

sed -i 's/^reason: .*/reason: filtered/' own.rules
check_exit "JSON" 0 reclassify --dry-run --format json
cat >want <<'END'
{"dry_run":true,"failures":4,"changed":3,"changes":[{"failures":3,"from":{"class":"permanent","reason":"user_unknown","rule":"zork.cellar"},"to":{"class":"policy","reason":"filtered","rule":"zork.cellar"},"examples":[1,2,3]}],"suppressions":[{"address":"ada@zork.example","before":"user_unknown","after":null},{"address":"bob@zork.example","before":"user_unknown","after":null}]}
END
check_file "one object" out want

: >own.rules
check_exit "without the rule" 0 reclassify
ok "they are lifted" grep -q '^3 of 4 .* 0 addresses suppressed, 2 lifted$' out
check "those and no others" "$(cat list)" "cyd@zork.example"
check "they are unknown again" "$(query 'SELECT failures FROM unknown_reply')" 3
check_exit "the database is intact" 0 bouncedb db check

# Failures whose evidence was erased keep their verdict.
bouncedb forget cyd@zork.example >/dev/null
check_exit "after forget" 0 reclassify
ok "nothing changes" grep -q '^0 of 3 failures judged differently' out

check_exit "no operand" 64 reclassify now
check_exit "no such format" 64 reclassify --format xml
check_exit "no such time" 64 reclassify --since sometime
printf '[x.y]\n' >own.rules
check_exit "invalid rules" 78 reclassify

# A signed return path counts once a day for each reason. Two of its failures can get the same one.
"$BOUNCEDB" verp keygen key >/dev/null
printf '[verp]\nkey = %s/key\nbase = bounces@sender.example\n[rules]\nfile = %s/own.rules\n' "$PWD" \
  "$PWD" >own.conf
: >own.rules
rm -f b.db*
bouncedb db init >/dev/null
path=$("$BOUNCEDB" verp make --config own.conf --now $now dee@zork.example)
signed() { RECIPIENT=$path bounce "$@"; }
signed dee@zork.example 0 'Adventurer dee went down to cellar 17'
signed dee@zork.example 0 '5.1.1 No such user here'
bounce bob@zork.example 0 'Adventurer bob went down to cellar 4'
check "different messages" "$(query 'SELECT count(*), count(token) FROM failure')" "3|2"
printf '[zork.cellar]\ntext: went down to cellar\nreason: user_unknown\n' >own.rules
check_exit "two failures of one return path become the same" 0 reclassify
check "both have the reason, and one has the token" \
  "$(query 'SELECT reason, count(*), count(token) FROM failure GROUP BY 1')" "user_unknown|3|1"
check "the address is suppressed" \
  "$(query "SELECT address FROM suppression WHERE address GLOB 'dee*'")" "dee@zork.example"
signed dee@zork.example 0 'Adventurer dee went down to cellar 18'
check "a replay adds nothing" "$(query "SELECT count(*) FROM failure WHERE reason = 'user_unknown'")" 3
check_exit "and the database is intact" 0 bouncedb db check

# Judging the samples again changes nothing: what is stored about a failure is all that its verdict
# rests on.
"$BOUNCEDB" db init --db all.db
"$BOUNCEDB" import --db all.db "$top_srcdir/tests/samples" >imported
check_exit "the samples again" 0 "$BOUNCEDB" reclassify --db all.db
ok "there are some" test "$(sqlite3 all.db 'SELECT count(*) FROM failure')" -gt 30
ok "no verdict changes" grep -q '^0 of [0-9]* failures judged differently; 0 .*, 0 lifted$' out

# --- what a reply says of the sender ---

rm -f b.db* list
: >own.rules
bouncedb db init
bounce dan@zork.example 0 '5.1.1 <bounces@sender.example>: no such user'
check "a reply that names the sender accuses it" "$(query 'SELECT party, sender FROM failure')" \
  "sender|bounces@sender.example"
check_exit "and does so when it is judged again" 0 reclassify
check "by what was stored" "$(cat out)" \
  "0 of 1 failure judged differently; 0 addresses suppressed, 0 lifted"

done_testing
