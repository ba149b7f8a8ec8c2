#!/bin/sh
# Reports that the mail log proves: they return the Message-ID of a message and name its recipient.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
unset SENDER RECIPIENT ORIGINAL_RECIPIENT LOCAL EXTENSION
now=1795262400 # 2026-11-21 12:00
day=86400

settings() { printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n%s' "$tmp" "$1" >conf; }
settings '[suppression]
unsigned = never
'
run() { "$BOUNCEDB" "$@" -c conf; }
sql() { sqlite3 -readonly b.db "$1"; }
fresh() { rm -rf b.db* keep; run db init >/dev/null; }
# deliver FILE [SECONDS]: and tell its last failure
deliver() {
  run deliver --now "${2:-$now}" <"$1"
  sql 'SELECT trust, proof, counts FROM failure ORDER BY failure_id DESC LIMIT 1'
}
# report NUMBER MESSAGE-ID [ADDRESS]: NUMBER makes it a message of its own
report() {
  { echo "X-Number: $1"; bounce "$1" | sed "s/original-$1@example.org/$2/; s/r$1@example.net/${3:-r$1@example.net}/"; }
}
list() { sql "SELECT group_concat(address, ' ') FROM (SELECT address FROM suppression ORDER BY 1)"; }
# sending QUEUE-ID MESSAGE-ID ADDRESS: the lines of Postfix about a message that was submitted here
sending() {
  cat <<END
Nov 20 10:00:00 mx postfix/pickup[8]: $1: uid=33 from=<www>
Nov 20 10:00:00 mx postfix/cleanup[9]: $1: message-id=<$2>
Nov 20 10:00:00 mx postfix/qmgr[9]: $1: from=<bounces@example.org>, size=1, nrcpt=1 (queue active)
Nov 20 10:00:01 mx postfix/smtp[10]: $1: to=<$3>, relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
END
}

fresh
{
  sending 4AAA1 m1@example.org R1@Example.net
  echo 'Nov 20 10:00:02 mx postfix/qmgr[9]: 4AAA1: removed'
  sending 4AAA2 m2@example.org r2@example.net
} >log
check_exit "a log" 0 run sent --now $now log
ok "says how many can be matched" grep -qx "9 lines read: 2 deliveries, 2 accepted by the recipient's host, 2 with a known Message-ID" out
ok "no address or Message-ID is in the database" sh -c '! cat b.db* | grep -qai -e r1@example -e m1@example'

report 1 m1@example.org >letter
check "the Message-ID and its recipient" "$(deliver letter)" 'verified|matched|1'
check "suppress the address, though unsigned = never" "$(list)" r1@example.net
ok "show says why" run show f1
run show f1 >out
ok "show says what proves it" grep -q 'trust: verified (matched)' out
report 2 wrong@example.org >letter
check "a wrong Message-ID" "$(deliver letter)" 'sent||0'
report 3 m2@example.org >letter
check "another recipient" "$(deliver letter)" 'unsigned||0'
report 3 m2@example.org r1@example.net >letter
check "one that got another message" "$(deliver letter)" 'sent||0'
bounce 3 | sed '/^Message-ID: <original/d' >letter
check "no Message-ID" "$(deliver letter)" 'unsigned||0'
check "suppress nobody" "$(list)" r1@example.net

# One report about two, of which the message was sent to one.
report 2 m2@example.org | awk '{ print } /^Diagnostic-Code/ {
  print "\nFinal-Recipient: rfc822; r9@example.net\nAction: failed\nStatus: 5.1.1" }' >letter
deliver letter >/dev/null
check "only the recipient of the message is proven" \
  "$(sql 'SELECT address, proof, counts FROM failure ORDER BY failure_id DESC LIMIT 2')" \
  'r9@example.net||0
r2@example.net|matched|1'

# Expiry: with the addresses, after sent-days.
fresh
run sent --now $now log >/dev/null
report 1 m1@example.org >letter
check "nine days later" "$(deliver letter $((now + 9 * day)))" 'verified|matched|1'
report 2 m2@example.org >letter
check "eleven days later" "$(deliver letter $((now + 10 * day)))" 'unsigned||0'
check_exit "a later log" 0 sh -c "echo r5@example.net | '$BOUNCEDB' sent -c conf --plain --now $((now + 20 * day))"
check "removes the entries" "$(sql 'SELECT count(*) FROM sent_message')" 0

# The log is rotated between any two lines.
for cut in 1 2 3; do
  fresh
  sending 4AAA1 m1@example.org r1@example.net >all
  head -$cut all >log.1
  tail -n +$((cut + 1)) all >log
  run sent --now $now log.1 >/dev/null
  check "after line $cut: it is still in the queue" "$(sql 'SELECT id FROM queued')" 4AAA1
  run sent --now $now log >/dev/null
  report 1 m1@example.org >letter
  check "after line $cut: the next log goes on" "$(deliver letter)" 'verified|matched|1'
  echo 'Nov 20 10:00:02 mx postfix/qmgr[9]: 4AAA1: removed' >log
  run sent --now $now log >/dev/null
  check "after line $cut: it is done" "$(sql 'SELECT count(*) FROM queued')" 0
done
run sent --now $now log.1 >/dev/null
run sent --now $((now + 20 * day)) /dev/null >/dev/null
check "what stays in the queue for ever is forgotten" "$(sql 'SELECT count(*) FROM queued')" 0

# What a stranger sends through this server proves nothing.
fresh
sending 4AAA1 forged@example.org r1@example.net |
  sed 's/postfix.pickup.*/postfix\/smtpd[8]: 4AAA1: client=unknown[203.0.113.9]/' >log
run sent --now $now log >/dev/null
report 1 forged@example.org >letter
check "a Message-ID that a stranger has chosen" "$(deliver letter)" 'sent||0'
cat >log <<'END'
2026-11-20 10:00:00 1vMabc-0000000AbCd-1x2Y <= bounces@example.org U=www P=local S=9 id=m7@example.org
2026-11-20 10:00:01 1vMabc-0000000AbCd-1x2Y => r7@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.1]
2026-11-20 10:00:01 1vMabc-0000000AbCd-1x2Y Completed
END
run sent --now $now log >/dev/null
report 7 m7@example.org >letter
check "Exim's own" "$(deliver letter)" 'verified|matched|1'

# forget leaves nothing to match.
run forget r7@example.net >/dev/null
check "forget" "$(sql 'SELECT count(*) FROM sent_message')" 0

# The limits for what nothing proves do not apply.
settings '[guard]
max-share = 0
'
fresh
i=0
while [ $i -lt 60 ]; do
  i=$((i + 1))
  sending 4B$i "m$i@example.org" "r$i@example.net"
done >log
run sent --now $now log >/dev/null
i=0
while [ $i -lt 60 ]; do
  i=$((i + 1))
  report $i m$i@example.org | run deliver --now $now
done
check "sixty proven reports in a day" "$(sql 'SELECT count(*) FROM suppression'; sql 'SELECT count(*) FROM held')" "60
0"

# A forged report in advance does not shut out the true one.
fresh
report 1 m1@example.org >letter
deliver letter >/dev/null
sending 4AAA1 m1@example.org r1@example.net >log
run sent --now $now log >/dev/null
sed 's/X-Number: 1/X-Number: true/; s/report-1@/report-true@/' letter >true
check "a forged report came first" "$(deliver true)" 'verified|matched|1'

# With a key, only what is signed counts.
run verp keygen key >/dev/null
settings "[verp]
key = $tmp/key
base = bounces@example.org
"
fresh
run sent --now $now log >/dev/null
check "policy = require" "$(deliver letter)" 'verified|matched|0'
printf 'policy = prefer\n' >>conf
sed 's/X-Number: 1/X-Number: 2/; s/report-1@/report-2@/; s/original-1@/m1@/' letter >again
fresh
run sent --now $now log >/dev/null
check "policy = prefer" "$(deliver again)" 'verified|matched|1'

# doctor
settings ''
fresh
run doctor >out
ok "doctor names the next protection" grep -q '^protection: for more protection, record the mail log as follows, or sign' out
check "by three commands" "$(grep -c '^protection: [123]\. ' out)" 3
"$BOUNCEDB" db init --quiet
"$BOUNCEDB" doctor >own
check "of which root's name the database of a user" "$(grep -c "bouncedb sent.* --db $HOME/.*/bounces.db /" own)" 2
printf '[verp]\nkey = %s/key\npolicy = prefer\n' "$tmp" >keyed
"$BOUNCEDB" doctor --config keyed --db b.db >out
ok "with a key, it names the use of the key" grep -q '^protection: 2. .*bouncedb verp make RECIPIENT$' out
ok "and then what makes it a condition" grep -q '^protection: 3. .*policy = require$' out
run sent --now $now log >/dev/null
run doctor >out
ok "doctor says that the log proves" grep -q '^protection: a report is proven to be genuine if it returns the Message-ID .* (last message in the log so far: 2026-11-20)' out
ok "and what it does not protect from" grep -q '^protection: this does not protect against others who got the same message' out
ok "and the next" grep -q '^protection: 1. bouncedb verp keygen ' out
check_exit "the database is sound" 0 run db check
done_testing
