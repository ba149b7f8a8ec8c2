#!/bin/sh
# bouncedb allow, suppress, release, confirm, forget and doctor: what people decide.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
tab=$(printf '\t')
day=86400 april=1619438400 # 26 April 2021, 12:00

chmod 700 .
cat >conf <<END
[database]
file = $tmp/b.db
[delivery]
syslog = no
keep = $tmp/keep
[suppression]
file = $tmp/list
END
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 b.db "$1"; }

# bounce ADDRESS HOST REPLY: a letter of Postfix's form
bounce() {
  cat <<END
From: MAILER-DAEMON@mx.news.example
To: bounces@news.example
Subject: Undelivered Mail Returned to Sender
Message-Id: <report-$1@mx.news.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<$1>: host $2 said: $3 (in reply to RCPT TO command)

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.news.example

Final-Recipient: rfc822; $1
Original-Recipient: rfc822;$1
Action: failed
Status: 5.1.1
Remote-MTA: dns; $2
Diagnostic-Code: smtp; $3

--b
Content-Type: message/rfc822

From: letter@news.example
To: $1
Subject: News for $1
Message-Id: <letter-$letters-$1@news.example>

--b--
END
}
letters=0
gone() {
  letters=$((letters + 1))
  bounce "$1" mx.school.example "550 5.1.1 <$1>: no such user here" | run deliver --now "$2"
}

run db init
check_exit "doctor is content from the beginning" 0 run doctor
gone ada@school.example 1767268800
gone bob@school.example 1767268800
check "two are suppressed" "$(sort list)" "ada@school.example
bob@school.example"

### allow and suppress

check_exit "allow" 0 run allow Ada@school.example --note "called us" --now 1767268900
check "it is lifted from the list too" "$(cat list)" bob@school.example
check_exit "may be sent to" 0 run check ada@school.example
gone ada@school.example 1767355200
check_exit "and still may, whatever comes" 0 run check ada@school.example
check_exit "allow again" 0 run allow ada@school.example
check "changes nothing" "$(cat out)" "0 of 1 changed"
run show ada@school.example >out
ok "show says who allowed it, and why" grep -q "^  allowed by user $(id -u) on .*: called us$" out
ok "and which failures do not count" grep -q 'does not count any more: allow' out
check_exit "suppress, from standard input" 0 sh -c \
  'printf "%s\n" cyd@school.example "" "<Dan@school.example>" | "$1" suppress - --config conf' - "$BOUNCEDB"
check "all of them" "$(cat out)" "2 of 2 changed"
check "on the list" "$(sort -f list)" "bob@school.example
cyd@school.example
dan@school.example"
check_exit "one that is no address" 65 sh -c \
  'printf "%s\n" eve@school.example "no address" | "$1" suppress - --config conf' - "$BOUNCEDB"
ok "is named with its line" grep -q 'line 2: no address' err
check_exit "and nothing was done" 0 run check eve@school.example
check_exit "the heading of a table" 65 sh -c \
  'printf "%s\n" email eve@school.example | "$1" suppress - --config conf' - "$BOUNCEDB"
gone '"fay b"@school.example' 1767355200
check_exit "a blank in a quoted local part" 0 run allow '"fay b"@school.example'
check "is one of the address" "$(cat out)" "1 of 1 changed"
check_exit "one behind it is not" 64 run allow '"fay"b @school.example'
check_exit "suppress, undone" 0 run suppress --undo cyd@school.example
check_exit "may be sent to again" 0 run check cyd@school.example
check_exit "allow, undone" 0 run allow --undo ada@school.example
check_exit "later failures count" 1 run check ada@school.example
check "all is in the audit" "$(sql "SELECT group_concat(command, ' ') FROM audit")" \
  "allow suppress suppress allow suppress --undo allow --undo"
for usage in allow suppress release confirm forget "release --provider apple" \
  "release --since 2026-01-01" "confirm --until 2026-01-01" "confirm --since soon" "doctor now" \
  "release --provider apple --since 2026-01-02 --until 2026-01-01"; do
  # shellcheck disable=SC2086
  check_exit "usage: $usage" 64 run $usage
done

### 26 April 2021: Apple knew nobody

apple='550 5.1.1 <ADDRESS>: user lookup success but no user record found'
apple() {
  bounce "$1" mx01.mail.icloud.com "$(echo "$apple" | sed "s/ADDRESS/$1/")" >letter
  run deliver --now "$2" <letter || echo "not delivered: $1"
}
for ago in 25 20 15 10 5 1; do
  apple "before$ago@icloud.com" $((april - ago * day))
done
sort list >list.before
for i in $(seq 60); do apple "reader$i@icloud.com" $((april + i)); done
held=$(sql "SELECT count(*) FROM held")
check "twenty pass, forty are held" "$held" 40
check "the list has its state of then" "$(sort list | comm -13 list.before - | wc -l | tr -d ' ')" 20
check "one warning was due" "$(sql "SELECT warned_day = $april / 86400 FROM guard")" 1
check_exit "who is held may be sent to" 0 run check reader60@icloud.com
run show reader60@icloud.com >out
ok "show says that and why" grep -q '^  not suppressed, but held since 2021-04-26: user_unknown' out
check_exit "doctor" 1 run doctor
ok "says what is held, and what can be done" grep -q \
  '^held: 40 of 2021-04-26, apple: bouncedb release|confirm --provider apple --since 2021-04-26 --until 2021-04-26$' out
check_exit "confirm one" 0 run confirm reader60@icloud.com
check_exit "who is suppressed then" 1 run check reader60@icloud.com
check_exit "release the day" 0 run release --provider apple --since 2021-04-26 --until 2021-04-26
check "all of it" "$(cat out)" "60 lifted"
sort list >list.after
check_file "the list is as before" list.after list.before
check_exit "again" 0 run release --provider apple --since 2021-04-26 --until 2021-04-26
check "changes nothing" "$(cat out)" "0 lifted"
check_exit "a provider that nobody knows" 64 run release --provider aple --since 2021-04-26
ok "is named" grep -q 'aple' err
check_exit "doctor is content" 0 run doctor
check "and says so" "$(cat out)" ok

### forget

mkdir -m 700 keep keep/tmp keep/new keep/cur
printf 'From: Grace <GRACE@school.example>\nTo: bounces@news.example\n\nWho are you?\n' >letter
run deliver --now 1767268800 <letter
printf 'From: Hal <hal@school.example>\nTo: bounces@news.example\n\nHello\n' >letter
run deliver --now 1767268800 <letter
bounce "grace@school.example" mx.school.example "550 5.1.1 <Grace@school.example>: no such user" >letter
run deliver --now 1767268800 --recipient "bounces+grace=school.example@news.example" <letter
bounce "ivy@school.example" mx.school.example "550 5.1.1 no such user; ask grace@school.example" |
  run deliver --now 1767268800
run suppress grace@school.example --note "grace@school.example rang"
run suppress --undo grace@school.example
traces() { grep -rail -e 'grace@school' -e 'grace=school' b.db* list keep; }
ok "before, there are traces" test -n "$(traces)"
check "and a letter was kept" "$(find keep -type f | wc -l | tr -d ' ')" 2
check_exit "forget" 0 run forget Grace@School.example
check "no trace in database, log, list or letters" "$(traces)" ""
check "the other letter is still kept" "$(find keep -type f | wc -l | tr -d ' ')" 1
check_exit "still suppressed" 1 run check grace@school.example
ok "for its reason" grep -q "^grace@school.example${tab}suppressed${tab}user_unknown${tab}" out
check "the key is for its owner alone" "$(ls -l b.db.key | cut -c1-10)" "-rw-------"
sed 's/report-grace/report-two-grace/' letter | run deliver --now 1767355200
check "what is reported later does not say of whom" "$(traces)" ""
check "but is recorded" "$(sql "SELECT reason FROM failure ORDER BY failure_id DESC LIMIT 1")" user_unknown
check "the audit names nobody" "$(sql "SELECT count(*) FROM audit WHERE address LIKE 'grace%' OR note LIKE '%rang%'")" 0
check_exit "the database is sound" 0 run db check
check_exit "forget whom nobody knows" 1 run forget nobody@school.example
mv b.db.key away
check_exit "without the key" 1 run doctor
ok "doctor says so" grep -q '^key: ' out
mv away b.db.key
check_exit "allow" 0 run allow grace@school.example
check_exit "remembers" 0 run check grace@school.example

### doctor

chmod 644 b.db
check_exit "a database that others read" 1 run doctor
ok "is named" grep -q '^database: .*mode 644' out
chmod 600 b.db
mv list away
check_exit "a list that is not there" 1 run doctor
ok "is named too" grep -q '^list: ' out
mv away list
printf '[threshold]\nundefined = never\n' >>conf
check_exit "thresholds that are not applied" 1 run doctor
ok "are noticed" grep -q '^configuration: ' out
check_exit "reweigh" 0 run db reweigh
check_exit "applies them" 0 run doctor
printf 'spf = 3\n' >>conf
check_exit "a threshold for the sender's fault" 78 run doctor
ok "is refused with its reason" grep -q \
  '\[threshold\] spf = 3 is refused: spf is a fault of the sender, and can never suppress' err
check_exit "no database" 1 "$BOUNCEDB" doctor --db nowhere.db

done_testing
