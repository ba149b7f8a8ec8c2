#!/bin/sh
# stats and report --fleet: what all hosts have recorded, read from the centre as a role that sees
# counts only. It is what one database says that was told everything, and what SQL says.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1790000000

start_postgres
make_hosts mx1 mx2
sql "CREATE ROLE board LOGIN IN ROLE bouncedb_read"
mkdir all
sed "s,/mx1/,/all/,; /^\[fleet\]/, /^name/d" mx1/conf >all/conf
at all db init -q
printf '[fleet]\nread-connection = host=%s dbname=bouncedb user=board\n' "$PGHOST" >board
mkdir scratch
fleet() { _verb=$1; shift; TMPDIR=$tmp/scratch "$BOUNCEDB" "$_verb" --fleet --config board --now "$now" "$@"; }

# tell HOST: what is on standard input, to that host and to the database that sees everything
tell() { cat >letter; at "$1" deliver <letter; at all deliver <letter; }
age=60
while [ $age -ge 0 ]; do
  now=$((1790000000 - age * 86400))
  for host in mx1 mx2; do
    failed "a$age.$host@d$((age % 3)).example" 5.1.1 '550 5.1.1 User unknown' | tell $host
    failed "b$age.$host@gmail.com" 5.7.1 '550 5.7.1 client host blocked using zen.spamhaus.org' | tell $host
  done
  age=$((age - 4))
done
now=$((now + 60))
action=delivered
failed good@example.net 2.0.0 '250 2.0.0 delivered' | tell mx2
action=failed
at mx2 suppress eve@example.net -q
at all suppress eve@example.net -q
for host in mx1 mx2; do at $host sync -q; done

### stats

fleet stats --json >got
at all stats --json >want
# values FILE PATH...: of a JSON object
values() { _file=$1; shift; for _path; do sqlite3 :memory: "SELECT json_extract(readfile('$_file'), '\$.$_path')"; done; }
for part in failures days parties classes reasons providers domains suppressed held; do
  check "stats: $part" "$(values got $part)" "$(values want $part)"
done
check "stats: what to do" "$(values got 'remedies[0].remedy' 'remedies[0].failures' 'remedies[0].provider')" \
  "$(values want 'remedies[0].remedy' 'remedies[0].failures' 'remedies[0].provider')"
ok "which is a sentence" test -n "$(values got 'remedies[0].remedy')"
check "stats: no single failures" "$(values got 'remedies[0].failure_id' 'remedies[0].diagnostic')" ""
check "stats: hosts" "$(values got hosts)" 2
check "SQL says the same of 30 days" "$(values got failures.month)" \
  "$(sql "SELECT sum(failures) FROM fleet.daily WHERE day > $((now / 86400 - 30))")"
check "and of those who must act" "$(values got 'parties[0].month')" \
  "$(sql "SELECT sum(failures) FROM fleet.daily WHERE day > $((now / 86400 - 30)) AND party = 'sender'")"
check "and of a domain" "$(sqlite3 :memory: "SELECT json_extract(value, '\$.month') FROM
  json_each(readfile('got'), '\$.domains') WHERE json_extract(value, '\$.domain') = 'd0.example'")" \
  "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient_domain = 'd0.example'
          AND failed_at >= $(((now / 86400 - 29) * 86400))")"
check "and of the list" "$(values got suppressed)" "$(sql 'SELECT count(*) FROM fleet.suppression')"
fleet stats >text
check "as text" "$(head -n 3 text | grep -c 'Hosts of the fleet: 2')$(grep -c 'explain f' text)" 10

### report

for format in json html prometheus; do
  fleet report --format $format >got.$format
  at all report --format $format >want.$format
done
for part in periods providers series domains; do
  check "report: $part" "$(values got.json $part)" "$(values want.json $part)"
done
check "report: complaints and messages" "$(values got.json complaints messages)" \
  "$(values want.json complaints messages)"
check "report: issues" "$(values got.json 'issues[0].remedy' 'issues[0].failures' 'issues[0].today')" \
  "$(values want.json 'issues[0].remedy' 'issues[0].failures' 'issues[0].today')"
check "report: counters" "$(grep ^bouncedb_failures_total got.prometheus)" \
  "$(grep ^bouncedb_failures_total want.prometheus)"
ok "the page says what it counts" grep -q ', 2 hosts of a fleet' got.html
check "it explains no failures" "$(grep -c 'bouncedb explain f' got.html)" 0
check "no report names an address" "$(cat got.json got.html text |
  grep -cE '[a-z0-9]@(d[0-9].example|gmail.com|example.net)')" 0
check "nothing is left behind" "$(ls -A scratch)" ""

### After a purge, days and classes are still counted

sql "SELECT fleet.purge($((now - 20 * 86400)), 5000)" >purged
fleet stats --json >got
for part in failures days parties classes reasons providers suppressed; do
  check "after a purge: $part" "$(values got $part)" "$(values want $part)"
done

### What is refused

check_exit "addresses" 64 fleet report --addresses
check_exit "without a connection to read" 78 "$BOUNCEDB" stats --fleet --config mx1/conf
sed 's/user=board/user=mx1/' board >host
check_exit "as a host" 75 "$BOUNCEDB" stats --fleet --config host
ok "is told so" grep -q 'permission denied' err
printf '[fleet]\nread-connection = host=%s dbname=bouncedb user=board\n' "$tmp/none" >board
check_exit "without a server" 75 fleet report
done_testing
