#!/bin/sh
# How much one message can add to the database, whatever it looks like.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

chmod 700 .
printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 b.db "$1"; }

# report SHAPE RECIPIENTS LENGTH: that many addresses share one reply of about that length
report() {
  awk -v shape="$1" -v n="$2" -v length_of="$3" 'BEGIN {
    reply = "550 5.1.1 no such user"
    while (length(reply) < length_of) reply = reply " because of reason " length(reply)
    print "From: MAILER-DAEMON@mx.example\nTo: bounces@news.example\nAuto-Submitted: auto-replied"
    print "Subject: Undelivered Mail Returned to Sender"
    if (shape == "list") {
      print "\nThe following addresses had permanent fatal errors:\n"
      for (i = 1; i <= n; i++) print "<v" i "@s.example>"
      print "\n   ----- Transcript of session follows -----\n" reply
    } else if (shape == "qmail") {
      print "\nHi. This is the qmail-send program at mx.example."
      print "I am afraid I was not able to deliver your message to the following addresses."
      print "This is a permanent error; I have given up. Sorry it did not work out.\n"
      for (i = 1; i <= n; i++) print "<v" i "@s.example>:"
      print reply
    } else {
      print "MIME-Version: 1.0"
      print "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
      print "--b\nContent-Type: text/plain\n\n" reply "\n"
      print "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example"
      for (i = 1; i <= n; i++)
        print "\nFinal-Recipient: rfc822;v" i "@s.example\nAction: failed\nStatus: 5.1.1"
      print "\n--b--"
    }
  }'
}

# octets: of the database, without a log
octets() { sql 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null; wc -c <b.db; }

for shape in list qmail status; do
  for length in 50 1900; do
    for n in 100 1500; do
      rm -f b.db*
      run db init >/dev/null
      before=$(octets)
      report $shape $n $length >letter
      check_exit "$shape, $n recipients, a reply of $length octets" 0 run deliver <letter
      check "has its rows" "$(sql 'SELECT count(*) FROM failure')" $n
      size=$(wc -c <letter) grown=$(($(octets) - before))
      ok "grows the database by no more than the bound: $grown for $size" \
        [ $grown -le $((65536 + 4 * size + 1024 * n)) ]
    done
  done
done

rm -f b.db*
run db init >/dev/null
report list 1500 1900 >letter
run deliver <letter
check "the first row has the whole reply" \
  "$(sql 'SELECT length(diagnostic) > 1800 FROM failure ORDER BY failure_id LIMIT 1')" 1
check "the last has the beginning of it" \
  "$(sql 'SELECT length(diagnostic) FROM failure ORDER BY failure_id DESC LIMIT 1')" 160
check "all have the same verdict" \
  "$(sql 'SELECT group_concat(DISTINCT reason) FROM failure')" user_unknown
done_testing
