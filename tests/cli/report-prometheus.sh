#!/bin/sh
# bouncedb report --format prometheus: what monitoring reads, and the alerts on it.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/older.sh
. "$top_srcdir/tests/lib/older.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
now=1790000000 # 2026-09-21
alerts=$top_srcdir/contrib/prometheus/bouncedb.rules.yml
umask 077

bouncedb() { _verb=$1; shift; "$BOUNCEDB" "$_verb" --db b.db --now $now "$@"; }
query() { sqlite3 -readonly b.db "$1"; }
metrics() { bouncedb report --format prometheus >metrics; }
value() { sed -n "s/^$1 //p" metrics; }
sum() { sed -n "s/^$1.* //p" metrics | awk '{ sum += $1 } END { print sum + 0 }'; }

# bounce ADDRESS TEXT
bounce() {
  bouncedb deliver <<END_OF_REPORT
From: MAILER-DAEMON@mail.sender.example
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example
Arrival-Date: Mon, 21 Sep 2026 14:12:00 +0000

Final-Recipient: rfc822; $1
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 $2
--b--
END_OF_REPORT
}

# valid NAME: promtool accepts metrics, or is not installed
if promtool --version >out 2>&1; then have_promtool=yes; else have_promtool=; fi
[ -n "$have_promtool" ] || echo "# promtool is not installed: what it says of the metrics and the alerts is not checked"
_accepted() { _said=$(promtool check metrics <metrics 2>&1) && [ -z "$_said" ] || { echo "$_said"; return 1; }; }
valid() { [ -z "$have_promtool" ] || ok "promtool accepts $1" _accepted; }

### Counters

"$BOUNCEDB" db init --db b.db >out
check_exit "an empty database" 0 metrics
valid "an empty database"
bounce ada@school.example '5.1.1 user unknown'
bounce bob@school.example '5.1.1 user unknown'
bounce cyd@campus.example '5.7.1 blocked using zen.spamhaus.org'
metrics
unknown='bouncedb_failures_total{class="permanent",reason="user_unknown",party="recipient"}'
blocked='bouncedb_failures_total{class="policy",reason="blocked",party="sender"}'
check "counts by class and reason" "$(value "$unknown") $(value "$blocked")" "2 1"
check "all of them" "$(sum bouncedb_failures_total)" 3
check "the same by provider" "$(sum bouncedb_provider_failures_total)" 3
# times: failures within a minute, within 5 minutes, in all; and seconds
times() {
  for _le in '_bucket{le="60"}' '_bucket{le="300"}' '_bucket{le="+Inf"}' _count _sum; do
    value "bouncedb_time_to_bounce_seconds$_le"
  done | tr '\n' ' '
}
check "time to bounce" "$(times)" "0 3 3 3 240 "
check "suppressed" "$(value bouncedb_suppressed_addresses)" 2
check "when it was written" "$(value bouncedb_report_timestamp_seconds)" $now
check "when the last message came" "$(value bouncedb_last_message_timestamp_seconds)" $now
valid "counts"

# Whatever becomes of the failures, counters never go down.
bouncedb forget ada@school.example >out
printf '[rules]\nfile = %s/own.rules\n' "$PWD" >own.conf
printf '[zork.blocked]\ntext: blocked using\nreason: spam\n' >own.rules
bouncedb reclassify --config own.conf >out
check "the failures are others now" "$(query "SELECT group_concat(reason, ' ') FROM (SELECT reason FROM failure ORDER BY 1)")" \
  "spam user_unknown"
metrics
check "the counters are the same" "$(value "$unknown") $(value "$blocked")" "2 1"
check "and so are the times" "$(times)" "0 3 3 3 240 "
bounce dan@campus.example '5.7.1 blocked using zen.spamhaus.org'
metrics
check "the next one is counted" "$(value "$unknown") $(value "$blocked")" "2 2"
bounce dan@campus.example '5.7.1 blocked using zen.spamhaus.org'
metrics
check "the same message is not counted twice" "$(value "$unknown") $(value "$blocked")" "2 2"

# An older database begins with the failures that it has.
before_matched b.db
sqlite3 b.db 'DROP TABLE counter; PRAGMA user_version = 6'
check_exit "migrate" 0 "$BOUNCEDB" db migrate --db b.db
metrics
check "counters after a migration" "$(value "$unknown") $(sum bouncedb_failures_total)" "1 3"
before_unproven b.db
sqlite3 b.db 'DROP TABLE daily; PRAGMA user_version = 4'
check_exit "migrate a still older one" 0 "$BOUNCEDB" db migrate --db b.db
metrics
check "counters after that" "$(value "$unknown") $(sum bouncedb_failures_total)" "1 3"

check_exit "prune" 0 bouncedb prune --older-than 1d --now $((now + 900 * 86400))
check "the history is gone" "$(query 'SELECT count(*) FROM failure WHERE reason <> '"'user_unknown'")" 0
metrics
check "the counters are not" "$(value "$unknown") $(sum bouncedb_failures_total)" "1 3"

### Files

check_exit "a file" 0 bouncedb report --format prometheus -o bouncedb.prom
check_file "has the same" bouncedb.prom metrics
ok "nothing is left next to it" test ! -e bouncedb.prom.new

### Names of strangers

rm -f b.db b.db-*
"$BOUNCEDB" db init --db b.db >out
sqlite3 b.db <"$top_srcdir/tests/lib/report-data.sql" || echo "# the data is wrong"
sqlite3 b.db "INSERT INTO counter SELECT class, reason, provider, sum(failures) FROM daily GROUP BY 1, 2, 3;
  UPDATE daily SET list_id = 'other' WHERE list_id = 'constructor';
  UPDATE daily SET recipient_domain = 'other' WHERE recipient_domain = 'd1.example';
  INSERT INTO daily SELECT day, class, reason, provider, list_id, 'quote\"back\\slash' || char(10) || 'line', 900,
    first_id, last_id FROM daily WHERE day = $now / 86400 LIMIT 1;
  DELETE FROM list_sum;
  INSERT INTO list_sum SELECT 1, day, class, reason, provider, list_id, sum(failures), max(last_id) FROM daily
    GROUP BY 2, 3, 4, 5, 6; UPDATE guard SET summed_to = (SELECT max(failure_id) FROM failure)"
metrics
valid "hostile names"
check "every line is a sample or a comment" \
  "$(grep -cvE '^(# (HELP|TYPE) bouncedb_[a-z_]+ |bouncedb_[a-z0-9_]+(\{.*\})? [0-9]+$)' metrics)" 0
check "no sample twice" "$(sed -n '/^#/!s/ [0-9]*$//p' metrics | sort | uniq -d)" ""
ok "names are escaped" grep -qF 'domain="quote\"back\\slash\\x0aline"} 900' metrics
ok "no address" sh -c '! grep -q "user[0-9]*@" metrics'
month="day BETWEEN $now / 86400 - 29 AND $now / 86400"
check "domains, and the others" "$(sum bouncedb_domain_failures)" "$(query "SELECT sum(failures) FROM daily WHERE $month")"
check "lists, and the others" "$(sum bouncedb_list_failures)" "$(query "SELECT sum(failures) FROM daily WHERE $month")"
ok "not more than 40 domains" test "$(grep -c '^bouncedb_domain_failures' metrics)" -le 40
check "providers that no rule knows are one" "$(grep -c 'bouncedb_provider_failures_total{provider=".*<' metrics)" 0
check "all failures" "$(sum bouncedb_provider_failures_total)" "$(query "SELECT sum(failures) FROM counter")"
check "what is unusual" "$(value 'bouncedb_unusual_failures{reason="spf",provider="gmail"}')" 60
bouncedb report --format prometheus --anonymise >out
ok "anonymised: no names of lists" sh -c '! grep -q news.example.org out'

### Alerts

# names FILE: the metrics in it
names() { grep -oE 'bouncedb_[a-z_]+' "$1" | sort -u; }
sqlite3 b.db ".read $top_srcdir/schema/host/fleet.sql" "INSERT INTO fleet (only, fleet, identity) VALUES (1, 'some', 'host')"
metrics
names metrics >known
check "alerts use only metrics that there are" "$(names "$alerts" | grep -vxFf known)" ""
if [ -n "$have_promtool" ]; then
  check_exit "promtool accepts the alerts" 0 promtool check rules "$alerts"
  check_exit "they fire when they should" 0 promtool test rules "$top_srcdir/contrib/prometheus/bouncedb.rules.test.yml"
fi

done_testing
