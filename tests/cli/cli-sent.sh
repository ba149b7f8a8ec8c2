#!/bin/sh
# bouncedb sent: which addresses were recently written to, and what that means for reports.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
unset SENDER RECIPIENT ORIGINAL_RECIPIENT LOCAL EXTENSION
now=1795262400 # 2026-11-21 12:00

printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n[verp]\npolicy = sent\n' "$tmp" >conf
"$BOUNCEDB" db init -c conf
sent() { "$BOUNCEDB" sent -c conf --now "$now" "$@"; }
sql() { sqlite3 -readonly b.db "$1"; }
count() { sql 'SELECT count(*) FROM sent'; }
# trust NUMBER [SECONDS]: trust and counts of a report about rNUMBER@example.net, at that time
trust() {
  letters=$(sql 'SELECT count(*) FROM message')
  { echo "X-Number: $letters"; bounce "$1" | sed "s/original-/original-$letters-/"; } |
    "$BOUNCEDB" deliver -c conf --now "${2:-$now}"
  sql 'SELECT trust, counts FROM failure ORDER BY failure_id DESC LIMIT 1'
}

check "before anything is known" "$(trust 1)" 'unsigned|0'

cat >postfix.log <<'END'
Nov 20 10:00:00 mx postfix/qmgr[9]: 4AAA1: from=<news@example.org>, size=1, nrcpt=2 (queue active)
Nov 20 10:00:01 mx postfix/smtp[10]: 4AAA1: to=<R1@Example.net>, orig_to=<r2@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
Nov 20 10:00:02 mx postfix/smtp[10]: 4AAA1: to=<r3@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect timed out)
Nov 20 10:00:03 mx postfix/qmgr[9]: 4AAA2: from=<>, size=1, nrcpt=1 (queue active)
Nov 20 10:00:04 mx postfix/smtp[10]: 4AAA2: to=<r4@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
Nov 20 10:00:05 mx postfix/smtpd[11]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 554 5.7.1 <r5@example.net>: Relay access denied; from=<x@y.example> to=<r5@example.net> proto=ESMTP helo=<r5: to=<r5@example.net>, status=sent>
Nov  9 10:00:01 mx postfix/smtp[10]: 4AAA3: to=<r6@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
END
from_stdin() { sent -- <postfix.log; }
check_exit "a log of Postfix" 0 from_stdin
check "one line of output" "$(cat out err | wc -l | tr -d " ")" 1
check "three were written to" "$(count)" 3
check_exit "the same again" 0 sent postfix.log
check "are the same three" "$(count)" 3
check "one of them" "$(trust 1)" 'sent|1'
check "one that was written to under another name" "$(trust 2)" 'sent|1'
check "one to which delivery was only attempted" "$(trust 3)" 'sent|1'
check "one that only got a bounce from us" "$(trust 4)" 'unsigned|0'
check "one that a stranger has named" "$(trust 5)" 'unsigned|0'
check "one that was written to too long ago" "$(trust 6)" 'unsigned|0'
check "ten days later: still" "$(trust 1 $((now + 9 * 86400)))" 'sent|1'
check "eleven days later: no longer" "$(trust 1 $((now + 10 * 86400)))" 'unsigned|0'
check "who is suppressed" \
  "$(sql "SELECT group_concat(address, ' ') FROM (SELECT address FROM suppression ORDER BY 1)")" \
  'r1@example.net r2@example.net r3@example.net'

printf '2026-11-20 10:00:00 1vMabc-0000000AbCd-1x2Y => r7@example.net R=dnslookup T=remote_smtp\n' >exim.log
check_exit "a log of Exim" 0 sent exim.log
check "counts too" "$(trust 7)" 'sent|1'
check_exit "one sender only" 0 sent --sender news@example.org postfix.log
check_exit "another sender" 0 sent --sender other@example.org postfix.log
printf 'r8@example.net\n<r9@example.net>\nnobody\n' >list
check "nothing is found" "$(cat out)" \
  "7 lines read: 0 deliveries, 0 accepted by the recipient's host, 0 with a known Message-ID"
check_exit "plain addresses" 0 sent --plain list
check "count too" "$(trust 8) $(trust 9)" 'sent|1 sent|1'

ok "no address is in the table" sh -c '! sqlite3 -readonly b.db "SELECT * FROM sent" | grep -qi example'
printf '[database]\nfile = %s/only.db\n' "$tmp" >only
"$BOUNCEDB" db init -c only
"$BOUNCEDB" sent -c only --now $now --plain list
ok "nor anywhere in the database" sh -c '! grep -qai "r8@example" only.db*'
check_exit "later the old ones are removed" 0 sent --now $((now + 20 * 86400)) --plain list
check "and only they" "$(count)" 2
check_exit "an empty log" 0 sent /dev/null
printf 'Nov 20 11:00:00 mx cron[1]: nothing\n' >idle.log
check_exit "an hour without mail" 0 sent idle.log
echo 'garbage' >garbage
check_exit "what is not a log" 65 sent garbage
ok "is called that" grep -q 'no line of the input is from a log; a list of addresses needs --plain' err
check_exit "nor a list of addresses" 65 sent --plain idle.log
ok "is called that too" grep -q 'no line of the input is an address' err
check_exit "no such log" 65 sent none.log
check_exit "no database" 75 "$BOUNCEDB" sent --db none.db exim.log

# A large log is processed in batches.
awk 'BEGIN { for (i = 0; i < 12345; i++)
  printf "Nov 20 10:00:01 mx postfix/smtp[10]: 4A%X: to=<n%d@example.net>, relay=x, status=sent (ok)\n", i, i }' >large.log
rm -f b.db* && "$BOUNCEDB" db init -c conf
check_exit "a large log" 0 sent large.log
check "is recorded completely" "$(count)" 12345

done_testing
