#!/bin/sh
# Reports that nothing proves: how many addresses they can suppress, and when.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

# forged NUMBER RECIPIENTS: one report about that many addresses
forged() {
  awk -v m="$1" -v n="$2" 'BEGIN {
    print "From: MAILER-DAEMON@mx.example\nTo: bounces@news.example\nSubject: failure notice"
    print "Message-ID: <forged-" m "@mx.example>\nMIME-Version: 1.0"
    print "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
    print "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example"
    for (i = 1; i <= n; i++) {
      print "\nFinal-Recipient: rfc822;v" m "-" i "@s.example\nAction: failed"
      print "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such user"
    }
    print "\n--b--"
  }'
}
count() { sql "SELECT count(*) FROM $1"; }
fresh() { rm -rf b.db* keep list; run db init; }

forged 1 9000 >letter
check_exit "a forged report about 9,000 addresses" 0 run deliver --now $april <letter
check "is recorded" "$(count failure)" 9000
check "suppresses ten addresses" "$(count suppression)" 10
check "holds the rest" "$(count held)" 8990
check "the list has ten" "$(wc -l <list | tr -d ' ')" 10
check_exit "doctor" 1 run doctor
ok "tells what is held" grep -q '^warning: held: 8990 from 2021-04-26 (s.example)' out
ok "and what protects the list" grep -q '^protection: an unproven report (.*) suppresses at once, but at most 10 addresses' out
check "and three commands" "$(grep -c '^protection: [123]\. ' out)" 3
check_exit "what is held can be confirmed" 0 run confirm v1-5000@s.example
check "as ever" "$(count suppression)" 11
check "and is not counted as unproven" "$(sql "SELECT unproven FROM tally WHERE source = ''")" 10
check_exit "the database is sound" 0 run db check

fresh
for _m in 1 2 3 4 5 6 7; do forged $_m 9 | run deliver --now $april; done
check "a day's messages suppress fifty" "$(count suppression)" 50
forged 8 3 | run deliver --now $((april + day))
check "the next day is another day" "$(count suppression)" 53
sql "UPDATE guard SET sent = 10000"
forged 9 9 | run deliver --now $april
check "of many known addresses, two percent" "$(count suppression)" 62

fresh
for _m in $(seq 70); do
  echo "From MAILER-DAEMON  Mon Apr 26 12:00:00 2021"
  forged "$_m" 1
  echo
done >mbox
check_exit "an archive of small reports" 0 run import --now $april mbox
check "is not limited by the day" "$(count suppression)" 70
fresh
{ echo "From MAILER-DAEMON  Mon Apr 26 12:00:00 2021"; forged 1 30; } >mbox
check_exit "an archive with a large one" 0 run import --now $april mbox
check "is limited like a delivery" "$(count suppression)" 10

printf '[guard]\nunproven-message = 0\nunproven-day = 0\nmax-share = 0\n' >>conf
fresh
run deliver --now $april <letter
check "without these limits, only the others are left" "$(count suppression)" 1000

cat >conf <<END
[database]
file = $tmp/b.db
[delivery]
syslog = no
keep = $tmp/keep
[suppression]
unsigned = two-days
END
fresh
gone ann@school.example $april
gone ann@school.example $((april + 60))
check "two-days: one day is not enough" "$(count suppression)" 0
check "the view tells how many are" \
  "$(sql "SELECT days || ' of ' || days_needed FROM standing WHERE reason = 'user_unknown'")" "1 of 2"
gone ann@school.example $((april + day))
check "two days are" "$(sql "SELECT address || days FROM suppression")" ann@school.example2
check_exit "db reweigh" 0 run db reweigh
check "changes nothing" "$(count suppression)" 1

sed -i 's/two-days/never/' conf
fresh
for _ago in 1 2 3; do gone ann@school.example $((april + _ago * day)); done
check "never: the failures are recorded" "$(count failure)" 3
check "and do not suppress" "$(count suppression)" 0
run doctor --now $april >out
ok "doctor tells it" grep -q '^protection: an unproven report (.*) never suppresses an address$' out

# With a key, and yet a policy that lets all reports count.
"$BOUNCEDB" verp keygen key
cat >>conf <<END
[verp]
base = bounces@news.example
key = $tmp/key
policy = prefer
END
sed -i 's/never/two-days/' conf
path() { run verp make --now $april "$1"; }
fresh
report ann@school.example mx.school.example "550 5.1.1 no such user" >letter
run deliver --now $april <letter
check "an unsigned failure" "$(count suppression)" 0
sed 's/report-/signed-/; s/letter-0/letter-1/' letter |
  run deliver --now $april --recipient "$(path ann@school.example)"
check "waits for a signed one, of the same day" "$(sql "SELECT address || unproven FROM entry")" \
  ann@school.example0

sed -i 's/two-days/at-once/' conf
fresh
forged 1 20 | run deliver --now $april
check "an address is held for want of proof" "$(sql "SELECT state FROM entry WHERE address = 'v1-20@s.example'")" held
report v1-20@s.example mx.school.example "550 5.1.1 no such user" |
  run deliver --now $((april + 5)) --recipient "$(path v1-20@s.example)"
check "until it is proven" "$(sql "SELECT state || unproven FROM entry WHERE address = 'v1-20@s.example'")" active0
check "the others are still held" "$(count held)" 9

done_testing
