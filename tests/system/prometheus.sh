#!/bin/sh
# The metrics on their way: the node exporter reads the file that report writes, Prometheus scrapes
# it, and what Prometheus answers is what the database has. Both are the packages of the
# distribution, on loopback.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
now=1790000000 # 2026-09-21, of which Prometheus knows nothing

for program in prometheus prometheus-node-exporter curl perl; do
  command -v "$program" >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done

# free_port: one that nothing listens on
free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'; }

pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null; done
  wait
  cd / && rm -rf "$tmp"
}
trap stop EXIT

query() { sqlite3 -readonly b.db "$1"; }
report() { "$BOUNCEDB" report --format prometheus --db b.db --now $now -o metrics/bouncedb.prom; }
# ask EXPRESSION: the value that Prometheus has for it
ask() {
  curl -sf --get --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" >answer &&
    sqlite3 -readonly :memory: "SELECT json_extract(readfile('answer'), '\$.data.result[0].value[1]')"
}
is() { [ "$(ask "$1")" = "$2" ]; }
becomes() { wait_for is "$1" "$2" || { ask "$1"; tail -n 5 ./*.log; return 1; }; }
# alert NAME: whether it is pending or firing
alert() {
  curl -sf "http://127.0.0.1:$port/api/v1/alerts" >alerts &&
    [ -n "$(sqlite3 -readonly :memory: "SELECT 1 FROM json_each(readfile('alerts'), '\$.data.alerts')
      WHERE json_extract(value, '\$.labels.alertname') = '$1' LIMIT 1")" ]
}

"$BOUNCEDB" db init --quiet --db b.db
sqlite3 b.db <"$top_srcdir/tests/lib/report-data.sql" || echo "# the data is wrong"
sqlite3 b.db "INSERT INTO counter SELECT class, reason, provider, sum(failures) FROM daily GROUP BY 1, 2, 3"
mkdir metrics data
check_exit "the report is written where the exporter reads it" 0 report

exporter=$(free_port)
prometheus-node-exporter --web.listen-address="127.0.0.1:$exporter" --collector.disable-defaults \
  --collector.textfile --collector.textfile.directory="$tmp/metrics" >exporter.log 2>&1 &
pids="$pids $!"
ok "the node exporter answers" wait_for curl -sfo scraped "http://127.0.0.1:$exporter/metrics"
check "it found nothing wrong with the file" "$(sed -n 's/^node_textfile_scrape_error //p' scraped)" 0
grep '^bouncedb_' scraped | sort >got
grep '^bouncedb_' metrics/bouncedb.prom | sort >want
ok "it passes on every sample" test "$(wc -l <got)" -eq "$(wc -l <want)"

cat >prometheus.yml <<END_OF_CONFIG
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ['$(cd "$top_srcdir/contrib/prometheus" && pwd)/bouncedb.rules.yml']
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['127.0.0.1:$exporter']}]
END_OF_CONFIG
port=$(free_port)
prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
  --web.listen-address="127.0.0.1:$port" >prometheus.log 2>&1 &
pids="$pids $!"
ok "Prometheus is ready" wait_for curl -sfo ready "http://127.0.0.1:$port/-/ready"

all=$(query 'SELECT count(*) FROM failure')
ok "all failures" becomes 'sum(bouncedb_failures_total)' "$all"
ok "the same by provider" becomes 'sum(bouncedb_provider_failures_total)' "$all"
ok "one reason" becomes 'sum(bouncedb_failures_total{reason="spf"})' \
  "$(query "SELECT count(*) FROM failure WHERE reason = 'spf'")"
ok "those of the sender" becomes 'sum(bouncedb_failures_total{party=~"sender|message"})' \
  "$(query "SELECT count(*) FROM failure WHERE party IN ('sender', 'message')")"
ok "suppressed addresses" becomes bouncedb_suppressed_addresses "$(query 'SELECT count(*) FROM suppression')"
ok "what is unusual" becomes 'bouncedb_unusual_failures{reason="spf",provider="gmail"}' 60
ok "that is an alert" wait_for alert BouncedbUnusual
ok "and so is what the guard holds" wait_for alert BouncedbHeld

# Another failure: the counter grows, and the file is replaced under the eyes of the exporter.
check_exit "one more failure" 0 "$BOUNCEDB" deliver --db b.db --now $now <<'END_OF_REPORT'
From: MAILER-DAEMON@mail.sender.example
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example

Final-Recipient: rfc822; ada@school.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown
--b--
END_OF_REPORT
check_exit "the next report" 0 report
ok "Prometheus has it" becomes 'sum(bouncedb_failures_total)' $((all + 1))
ok "as an increase" becomes 'sum(max_over_time(bouncedb_failures_total[1h]) - min_over_time(bouncedb_failures_total[1h])) > 0' 1
check "the exporter never read half a file" \
  "$(ask 'max_over_time(node_textfile_scrape_error[1h])')" 0

done_testing
