#!/bin/sh
# bouncedb explain: for a person, and with --json for a program.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

cat >own.rules <<'END'
[provider zork]
name: Great Underground Empire
mta: zork.test

[zork.dungeon]
provider: zork
text: eaten * grue
reason: filtered
cause: It is dark.
remedy: Light the lamp.
source: the manual
sample: @mta=mx.zork.test 550 eaten by a grue
END
printf '[rules]\nfile = %s/own.rules\n' "$PWD" >own.conf
reply='host mx.zork.test[192.0.2.1] said: 550 5.98.1 Eaten by a grue (in reply to RCPT TO command)'

check_exit "explain a reply" 0 "$BOUNCEDB" explain --config own.conf "$reply"
cp out text
for line in 'Class *policy: ' 'Reason *filtered: ' 'Provider *Great Underground Empire$' \
  'What happened *It is dark\.$' 'What to do *Light the lamp\.$' 'Who must act *the recipient' \
  'Source *the manual$' 'reply code *550$' 'stage *rcpt$' 'host *mx\.zork\.test$' \
  'decided by *"eaten … grue", in the innermost reply$' 'rule *zork\.dungeon, .*own\.rules:5$'; do
  ok "it says: $line" grep -q "^  $line" text
done
ok "no line is longer than 80 columns" awk 'length($0) > 80 { exit 1 }' text

for bad in news 'news list' '' news@; do
  check_exit "not a sender: $bad" 64 "$BOUNCEDB" explain --sender "$bad" '550 x'
done
check_exit "explain --sender" 0 "$BOUNCEDB" explain --json --sender news@list.example \
  '550 5.1.1 <news@list.example>: user unknown'
ok "what is said of the sender is the sender's" grep -q '"reason":"sender_rejected","party":"sender"' out
ok "the chain tells that the reply names it" \
  grep -qF '{"step":"names","detail":"news@list.example, the sender"}' out

check_exit "explain --json" 0 "$BOUNCEDB" explain --config own.conf --json --each "$reply" '450 xyzzy'
check "one object per reply" "$(wc -l <out)" 2
for field in '"class":"policy"' '"reason":"filtered"' '"party":"recipient"' '"provider":"zork"' \
  '"rule":"zork.dungeon"' '"cause":"It is dark."' '"remedy":"Light the lamp."' \
  '"source":"the manual"' '"chain":\[{"step":"reply code","detail":"550"}'; do
  ok "with $field" grep -q "^{.*$field.*}\$" out
done

# shellcheck disable=SC2086
check_exit "a reply without quotes" 0 "$BOUNCEDB" explain --config own.conf --json $reply
ok "is one reply" grep -q '"rule":"zork.dungeon"' out
check "and nothing else" "$(wc -l <out)" 1

check_exit "a reply whose last words are quoted" 0 "$BOUNCEDB" explain 550 5.1.1 'no such user'
check "is one reply too" "$(head -1 out)" "550 5.1.1 no such user"
ok "and understood" grep -q '^  Reason *user_unknown' out

printf '550 xyzzy\r\n\n%s' "$reply" >replies
check_exit "explain -" 0 sh -c '"$1" explain --config own.conf --json - <replies' - "$BOUNCEDB"
check "one object per line" "$(wc -l <out)" 2
ok "the last line needs no newline" grep -q '"rule":"zork.dungeon"' out

# bytes that are not UTF-8: GB18030 for "mailbox does not exist"
bytes=$(printf '550 \323\312\317\344\262\273\264\346\324\332')
check_exit "bytes in another charset" 0 "$BOUNCEDB" explain --json "$bytes"
ok "are decoded" grep -q '邮箱不存在' out

cat >maillog <<'END'
Nov 30 12:00:00 mx postfix/qmgr[1]: 4ABC: removed
Nov 30 12:00:00 mx postfix/smtp[2]: 4ABC: to=<a@b.example>, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)
Nov 30 12:00:00 mx postfix/smtp[2]: 4ABD: to=<c@b.example>, dsn=5.1.1, status=bounced (550 5.1.1 No such user)
Nov 30 12:00:00 mx postfix/smtp[2]: 4ABE: to=<d@b.example>, dsn=4.4.1, status=deferred (connect to b.example: timed out)
END
check_exit "explain - of a mail log" 0 "$BOUNCEDB" explain - <maillog
check "lines that are no refusal" "$(grep -c '^no refusal: Nov 30' out)" 2
check "lines that are" "$(grep -c '^  Class ' out)" 2
ok "in the width of the terminal" awk 'length($0) > 80 { exit 1 }' out
check_exit "the same with --json" 0 "$BOUNCEDB" explain --json - <maillog
check "one object per line, in order" "$(sed 's/.*"class":\([^,]*\).*/\1/' out | tr '\n' ' ')" \
  'null null "permanent" "transient" '
check "a line without a code is a refusal that nobody understands" \
  "$(echo 'Nobody took it' | "$BOUNCEDB" explain --json - | sed 's/.*"reason":\([^,]*\).*/\1/')" '"undefined"'
check_exit "nothing but such lines" 1 sh -c 'head -2 maillog | "$0" explain -' "$BOUNCEDB"

full='552-5.2.2 The mailbox is full. Please direct the recipient to 552 5.2.2 https://help.example/full'
check_exit "a reply of two lines" 0 "$BOUNCEDB" explain "$full"
check "loses the repeated code" "$(head -2 out | tr '\n' ' ')" \
  "552 5.2.2 The mailbox is full. Please direct the recipient to https://help.example/full "
check_exit "a number is not a repeated code" 0 "$BOUNCEDB" explain '550 5.1.1 more than 550 messages'
check "and stays" "$(head -1 out)" "550 5.1.1 more than 550 messages"

COLUMNS=40 "$BOUNCEDB" explain '550 邮箱不存在，邮箱不存在，邮箱不存在，邮箱不存在' >narrow
check "Chinese is broken between characters, not before a comma" "$(head -2 narrow)" \
  "550 邮箱不存在，邮箱不存在，邮箱不存在，
邮箱不存在"
ok "the other lines fit too" sh -c 'LC_ALL=C grep -v "[^ -~]" narrow | awk "length > 40 { exit 1 }"'

samples=$top_srcdir/tests/samples/demo
check_exit "a file in place of a reply" 64 "$BOUNCEDB" explain "$samples/two-recipients.eml"
ok "needs --file" grep -q 'is a file, not a reply (did you mean --file .*/two-recipients.eml?)' err
check_exit "explain --file" 0 "$BOUNCEDB" explain --json --file "$samples/two-recipients.eml"
check "every recipient" "$(sed 's/","class.*//; s/.*"//' out | sort | tr '\n' ' ')" \
  "example-nobody@yahoo.com linus@closed.example "
check_exit "explain --file for a person" 0 "$BOUNCEDB" explain --file "$samples/netease-spf.eml"
ok "the address comes first" grep -q '^example-reader@163.com: 550 MI:SPF' out
check_exit "a message in which nobody failed" 1 "$BOUNCEDB" explain --file "$samples/vacation.eml"
check "says so" "$(cat out err)" "bouncedb: $samples/vacation.eml: no recipient failed in this message ($(
  "$BOUNCEDB" parse "$samples/vacation.eml" | sed 's/.*"kind":"\([a-z_]*\)".*/\1/'))"
check_exit "a message that does not exist" 65 "$BOUNCEDB" explain --file nowhere.eml

db=$PWD/test.db
"$BOUNCEDB" db init --db "$db" && "$BOUNCEDB" deliver --db "$db" <"$samples/netease-spf.eml"
check_exit "explain --id" 0 "$BOUNCEDB" explain --db "$db" --json --id 1
ok "a recorded failure" grep -q '"recipient":"example-reader@163.com","class":"spf"' out
for id in f1 1; do
  check_exit "explain --id $id" 0 "$BOUNCEDB" explain --db "$db" --id $id
  ok "is the failure" grep -q '^example-reader@163.com: ' out
done
for id in f1 m1; do
  check_exit "explain $id" 0 "$BOUNCEDB" explain --db "$db" $id
  ok "is what list shows" grep -q '^example-reader@163.com: ' out
done
check_exit "no such message" 1 "$BOUNCEDB" explain --db "$db" m9
check_exit "not an id" 64 "$BOUNCEDB" explain --db "$db" --id x9
check_exit "explain --file -" 0 "$BOUNCEDB" explain --file - <"$samples/netease-spf.eml"
check_exit "no such failure" 1 "$BOUNCEDB" explain --db "$db" --id 1000000
check "says so too" "$(cat out err)" "bouncedb: there is no failure f1000000"
check_exit "no database" 75 "$BOUNCEDB" explain --db nowhere.db --id 1

check_exit "control characters" 0 "$BOUNCEDB" explain "$(printf '550 \033[2Jno\177')"
ok "are escaped" sh -c '! grep -q "$(printf "[\033\177]")" out'
check_exit "a reply that begins with @" 0 "$BOUNCEDB" explain --json '@example.net: xyzzy'
check_exit "an empty reply" 0 "$BOUNCEDB" explain ''
check_exit "a long reply" 0 "$BOUNCEDB" explain "550 $(head -c 60000 /dev/zero | tr '\0' x)"
check_exit "nothing to explain" 64 "$BOUNCEDB" explain
check_exit "a full mailbox" 0 "$BOUNCEDB" explain 552 5.2.2 mailbox full
ok "who must act: the advice does not contradict itself" grep -q '^  Who must act  the recipient$' out
check_exit "an unknown user" 0 "$BOUNCEDB" explain 550 5.1.1 no such user
ok "who must act: and you must stop" grep -q '^  Who must act  the recipient: the address itself is the problem' out
check_exit "an unknown option" 64 "$BOUNCEDB" explain --nonsense
check_exit "help" 0 "$BOUNCEDB" explain --help

done_testing
