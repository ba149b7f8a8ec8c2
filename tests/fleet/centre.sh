#!/bin/sh
# The centre of the fleet: what its functions do with what hosts send, on a PostgreSQL server.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
day0=20000

start_postgres
for file in "$top_srcdir"/schema/fleet/*.sql; do
  ok "psql alone runs ${file##*/}" psql -Xq -1 -v ON_ERROR_STOP=1 -f "$file"
done
sql "CREATE ROLE mx1 LOGIN IN ROLE bouncedb_host; CREATE ROLE mx2 LOGIN IN ROLE bouncedb_host;
  CREATE ROLE board LOGIN IN ROLE bouncedb_read"

# Made-up hosts: identity, who and event are md5 of names.
sql "CREATE SCHEMA t; GRANT USAGE ON SCHEMA t TO PUBLIC;
CREATE FUNCTION t.id(text) RETURNS uuid LANGUAGE sql AS 'SELECT md5(\$1)::uuid';
CREATE FUNCTION t.hello(host text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS \$\$
  SELECT fleet.hello(jsonb_build_object('identity', t.id(host), 'name', host, 'key_check', 'k',
    'now', extract(epoch FROM now())) || more) \$\$;
CREATE FUNCTION t.fail(a text, day integer, reason_ text, more jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql AS \$\$
  SELECT jsonb_build_object('who', t.id(a), 'event', t.id(a || day || reason_), 'msg', t.id(a || day),
    'failed_at', day::bigint * 86400 + 60, 'judged_at', day::bigint * 86400 + 60, 'counts', true,
    'recipient', a, 'recipient_domain', substring(a FROM '[^@]*\$'), 'class', 'permanent',
    'reason', reason_, 'party', 'recipient', 'trust', 'unsigned') || more \$\$;
CREATE FUNCTION t.rows(kind anyelement, rows jsonb) RETURNS anyarray LANGUAGE sql AS \$\$
  SELECT array_agg(r) FROM jsonb_populate_recordset(kind, coalesce(rows, '[]')) AS r \$\$;
CREATE FUNCTION t.push(host text, messages integer, more jsonb) RETURNS jsonb
LANGUAGE sql AS \$\$
  WITH h AS (SELECT t.hello(host) AS h)
  SELECT fleet.push(jsonb_build_object('identity', t.id(host), 'seen', 0, 'backlog', 0,
    'after_message', h->'message_id', 'message_id', (h->>'message_id')::bigint + messages,
    'after_outbox', h->'outbox', 'outbox', (h->>'outbox')::bigint
      + jsonb_array_length(coalesce(more->'decisions', '[]'))) || (more - 'addresses' - 'failures'),
    t.rows(NULL::fleet.told_address, more->'addresses'), t.rows(NULL::fleet.told_failure, more->'failures'))
  FROM h \$\$;
CREATE FUNCTION t.send(host text, VARIADIC failures jsonb[]) RETURNS jsonb LANGUAGE sql AS \$\$
  SELECT t.push(host, 1, jsonb_build_object('failures', to_jsonb(failures), 'addresses',
    (SELECT jsonb_agg(DISTINCT jsonb_build_object('who', f->'who', 'address', f->'recipient'))
     FROM unnest(failures) AS f WHERE f->>'recipient' IS NOT NULL))) \$\$;
CREATE FUNCTION t.reach(host text, a text, at bigint) RETURNS jsonb LANGUAGE sql AS \$\$
  SELECT t.push(host, 1, jsonb_build_object('addresses', jsonb_build_array(jsonb_build_object(
    'who', t.id(a), 'address', a, 'last_at', at, 'delivered_at', at)))) \$\$;
CREATE FUNCTION t.decide(host text, command text, a text, at bigint, more jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS \$\$
  SELECT t.push(host, 0, jsonb_build_object('decisions', jsonb_build_array(jsonb_build_object(
    'outbox', (t.hello(host)->>'outbox')::bigint + 1, 'at', at, 'decided_at', at, 'by_uid', 0,
    'command', command, 'who', CASE WHEN a <> '' THEN t.id(a) END, 'address', a, 'verdict',
    CASE WHEN command IN ('allow', 'suppress', 'none') THEN command END) || more))) \$\$"

as() { _role=$1; shift; PGUSER=$_role sql "$@"; }
mx1() { as mx1 "SELECT t.$1" >/dev/null; }
mx2() { as mx2 "SELECT t.$1" >/dev/null; }
refused() { _want=$1; shift; ! "$@" 2>err && grep -q "$_want" err || { cat err; return 1; }; }
state() { sql "SELECT state || coalesce(' ' || reason, '') FROM fleet.list WHERE who = t.id('$1')"; }

### Who may what

mx1 "hello('mx1')"
mx2 "hello('mx2')"
for table in $(sql "SELECT table_name FROM information_schema.tables WHERE table_schema = 'fleet'"); do
  ok "a host cannot read $table" refused 'permission denied' as mx1 "SELECT * FROM fleet.$table"
done
ok "a host cannot run what pushes run" refused 'permission denied' as mx1 "SELECT fleet.settle('{}')"
ok "a board sees counts" as board "SELECT * FROM fleet.daily, fleet.host_lag"
ok "a board sees no addresses" refused 'permission denied' as board "SELECT * FROM fleet.list"
ok "a host with another key is refused" refused 'another key' mx1 "hello('mx3', '{\"key_check\": \"x\"}')"
for error in -180000 180000; do
  ok "a clock that is $error s off is refused" refused 'seconds apart' \
    mx1 "hello('mx3', jsonb_build_object('now', extract(epoch FROM now()) + $error))"
done
for error in -3600 3600; do
  ok "a clock that is $error s off is not" \
    mx1 "hello('mx1', jsonb_build_object('now', extract(epoch FROM now()) + $error))"
done
ok "another role's host is refused" refused 'another role' mx2 "hello('mx1')"
ok "and cannot push" refused 'not joined' as mx2 "SELECT fleet.push(jsonb_build_object('identity',
  t.id('mx1')), NULL, NULL)"
ok "nor pull" refused 'not joined' as mx2 "SELECT fleet.pull(t.id('mx1'), 0, 10)"

### Exactly once

mx1 "send('mx1', t.fail('ada@example.org', $day0, 'user_unknown'))"
check "one failure suppresses" "$(state ada@example.org)" 'listed user_unknown'
ok "a batch that was taken is refused" refused 'continues after message 1, decision 0' \
  mx1 "push('mx1', 1, '{\"after_message\": 0}')"
mx2 "send('mx2', t.fail('ada@example.org', $day0, 'user_unknown'))"
check "what two hosts report is one failure" "$(sql 'SELECT count(*) FROM fleet.failure')" 1
check "and is counted once, for the first host" \
  "$(sql "SELECT name, failures FROM fleet.daily JOIN fleet.host USING (host_id)")" 'mx1|1'
check "the list has one change" "$(sql 'SELECT seq FROM fleet.head')" 1

### Thresholds

for day in 0 4 8; do
  mx1 "send('mx1', t.fail('bob@example.org', $day0 + $day, 'mailbox_full'))"
done
mx2 "send('mx2', t.fail('bob@example.org', $day0 + 12, 'mailbox_full'))"
check "four days do not suppress" "$(state bob@example.org)" ''
mx2 "send('mx2', t.fail('bob@example.org', $day0 + 14, 'mailbox_full'))"
check "days of all hosts count together" "$(state bob@example.org)" 'listed mailbox_full'
mx1 "send('mx1', t.fail('cyd@example.org', $day0, 'blocked', '{\"party\": \"sender\"}'),
  t.fail('cyd@example.org', $day0, 'user_unknown', '{\"counts\": false}'))"
check "a fault of the sender, and what does not count, suppress nobody" "$(state cyd@example.org)" ''
ok "no threshold can be set for one" refused threshold_reason_check \
  sql "INSERT INTO fleet.threshold (reason, days) VALUES ('blocked', 1)"
sql "UPDATE fleet.threshold SET least = 2 WHERE reason = 'moved'"
mx1 "send('mx1', t.fail('dan@example.org', $day0, 'moved'), t.fail('eve@example.org', $day0, 'moved',
  '{\"trust\": \"verified\"}'))"
check "without proof two days are needed" "$(state dan@example.org)/$(state eve@example.org)" \
  '/listed moved'
mx1 "push('mx1', 1, jsonb_build_object('addresses', jsonb_build_array(
  jsonb_build_object('who', t.id('fay@example.org'), 'address', 'fay@example.org')), 'complaints', jsonb_build_array(t.fail(
  'fay@example.org', $day0, 'x') || '{\"complained_at\": 1728000000}')))"
check "a complaint suppresses" "$(state fay@example.org)" 'listed complaint'

### Deliveries

mx2 "reach('mx2', 'ada@example.org', $day0 * 86400 + 60)"
check "a delivery lifts what came before it" "$(state ada@example.org)" gone
mx2 "reach('mx2', 'gil@example.org', $day0 * 86400 + 61)"
mx1 "send('mx1', t.fail('gil@example.org', $day0, 'user_unknown'))"
check "in whatever order they arrive" "$(state gil@example.org)" ''
mx1 "send('mx1', t.fail('gil@example.org', $day0 + 1, 'user_unknown'))"
check "a later failure counts" "$(state gil@example.org)" 'listed user_unknown'
mx2 "reach('mx2', 'fay@example.org', 1728000001)"
check "a delivery lifts no complaint" "$(state fay@example.org)" 'listed complaint'

### Decisions

mx1 "decide('mx1', 'allow', 'gil@example.org', 1728000100)"
check "allow wins over reports" "$(state gil@example.org)" allowed
mx2 "decide('mx2', 'suppress', 'gil@example.org', 1728000050)"
check "an earlier decision that comes later loses" "$(state gil@example.org)" allowed
mx2 "decide('mx2', 'suppress', 'gil@example.org', 1728000100)"
check "in the same second, suppress wins" "$(state gil@example.org)" 'listed manual'
mx1 "decide('mx1', 'allow', 'gil@example.org', 1728000100)"
check "in whatever order" "$(state gil@example.org)" 'listed manual'
mx1 "decide('mx1', 'none', 'gil@example.org', 1728000200)"
check "without a decision, failures decide again" "$(state gil@example.org)" 'listed user_unknown'
mx1 "decide('mx1', 'release', '', 1728000200, '{\"domain\": \"example.org\", \"since\": 1728000000,
  \"until\": 1728090000}')"
check "a release lifts" "$(state gil@example.org)" gone
check "also complaints" "$(state fay@example.org)" gone
mx2 "decide('mx2', 'unrelease', '', 1728000300, '{\"domain\": \"example.org\"}')"
check "its withdrawal suppresses again" "$(state gil@example.org)" 'listed user_unknown'
check "the audit names no address" \
  "$(sql "SELECT count(*) FROM fleet.audit AS a WHERE a::text LIKE '%gil%'")" 0

### Verdicts that are corrected

mx1 "push('mx1', 0, jsonb_build_object('verdicts', jsonb_build_array(t.fail('gil@example.org',
  $day0 + 1, 'user_unknown', '{\"reason\": \"blocked\", \"party\": \"sender\", \"class\": \"policy\",
  \"judged_at\": 1729000000}'))))"
check "a corrected verdict lifts" "$(state gil@example.org)" gone
check "and moves the count" "$(sql "SELECT reason, failures FROM fleet.daily
  WHERE day = $day0 + 1 ORDER BY 1")" "blocked|1
user_unknown|0"
mx2 "push('mx2', 0, jsonb_build_object('verdicts', jsonb_build_array(t.fail('gil@example.org',
  $day0 + 1, 'user_unknown'))))"
check "an earlier verdict does not replace a later one" "$(state gil@example.org)" gone

### Erasing

mx1 "send('mx1', t.fail('hal@example.org', $day0, 'user_unknown'))"
mx2 "decide('mx2', 'forget', 'hal@example.org', 1728000400, '{\"address\": null}')"
check "a forgotten address stays suppressed" "$(state hal@example.org)" 'forgotten user_unknown'
mx1 "send('mx1', t.fail('hal@example.org', $day0 + 1, 'user_unknown'))"
for table in failure address list audit; do
  check "$table does not name it" \
    "$(sql "SELECT count(*) FROM fleet.$table AS t WHERE t::text LIKE '%hal@%'")" 0
done
check "hosts are told to erase it" "$(as mx1 "SELECT state FROM fleet.pull(t.id('mx1'), 0, 1000)
  WHERE who = t.id('hal@example.org') ORDER BY seq")" "erase
forgotten"
mx1 "send('mx1', t.fail('hal@example.org', $day0 + 2, 'user_unknown', '{\"seen\": 1}'))"
mx1 "decide('mx1', 'allow', 'hal@example.org', 1728000500)"
check "until somebody allows it" "$(state hal@example.org)" allowed

### Reading the list

pages() { # in pages of two: the last state of each address
  after=0
  while :; do
    as mx2 "SELECT seq, who, state FROM fleet.pull(t.id('mx2'), $after, 2)" >page
    [ -s page ] || break
    cat page
    after=$(tail -n 1 page | cut -d '|' -f 1)
  done
}
pages >paged
as mx2 "SELECT seq, who, state FROM fleet.pull(t.id('mx2'), 0, 100000)" >whole
check_file "pages are the whole" paged whole
check "a host knows where it is" "$(sql "SELECT seen FROM fleet.host WHERE name = 'mx2'")" 0
mark=$(as mx2 "SELECT seq, mark FROM fleet.pull(t.id('mx2'), 0, 100000) ORDER BY seq DESC LIMIT 1")
same_past() { as mx2 "SELECT t.hello('mx2', '{\"seen\": $1, \"mark\": \"$2\"}')->>'same_past'"; }
check "the mark of the last change is known" "$(same_past "${mark%|*}" "${mark#*|}")" true
check "another one is not" "$(same_past "${mark%|*}" 00000000-0000-0000-0000-000000000000)" false

### The guard

sql "UPDATE fleet.head SET max_new = 3"
mx1 "send('mx1', VARIADIC ARRAY(SELECT t.fail('g' || n || '@example.net', $day0 + 50, 'user_unknown')
  FROM generate_series(1, 5) AS n))"
mx2 "send('mx2', t.fail('g6@example.net', $day0 + 50, 'user_unknown'))"
held="SELECT count(*) FROM fleet.held WHERE recipient_domain = 'example.net'"
check "the guard holds what is too much for a day" "$(sql "$held")" 3
check "no host gets it" "$(as mx1 "SELECT count(*) FROM fleet.pull(t.id('mx1'), 0, 10000)
  WHERE address LIKE 'g_@%' AND state = 'listed'")" 3
check "confirm lets it in" "$(sql "SELECT fleet.confirm(NULL, 'example.net', NULL, NULL)")" 3
check "and there is nothing left" "$(sql "$held")" 0
sql "UPDATE fleet.head SET max_new = 0, unproven_message = 2"
mx1 "send('mx1', VARIADIC ARRAY(SELECT t.fail('u' || n || '@example.net', $day0 + 60, 'user_unknown',
  jsonb_build_object('msg', t.id('one'))) FROM generate_series(1, 5) AS n))"
check "one message without proof suppresses few" "$(sql "$held")" 3
mx1 "send('mx1', VARIADIC ARRAY(SELECT t.fail('u' || n || '@example.net', $day0 + 60, 'expired',
  jsonb_build_object('reason', 'user_unknown', 'msg', t.id('two'), 'trust', 'verified'))
  FROM generate_series(1, 5) AS n))"
check "until another proves it" "$(sql "$held")" 0
sql "UPDATE fleet.head SET unproven_message = 0, max_share = 1"
mx1 "hello('mx3', '{\"sent\": 2500}')"
mx1 "send('mx1', VARIADIC ARRAY(SELECT t.fail('s' || n || '@example.net', $day0 + 70, 'user_unknown')
  FROM generate_series(1, 30) AS n))"
check "a day adds a share of all addresses" "$(sql "$held")" 5
check "the tally is what the list says" "$(sql "SELECT source, day, added, held FROM fleet.tally
    WHERE added > 0 OR held > 0 EXCEPT
  SELECT s, since / 86400, count(*) FILTER (WHERE state = 'listed'),
    count(*) FILTER (WHERE state = 'held') FROM fleet.list,
    LATERAL (VALUES (''), (coalesce(provider, recipient_domain, '?'))) AS x (s)
  WHERE state IN ('listed', 'held') AND reason <> 'manual' GROUP BY 1, 2")" ''
sql "UPDATE fleet.head SET max_share = 0"

### Thresholds that change, expiry, retention

sql "UPDATE fleet.threshold SET days = 2 WHERE reason = 'mailbox_full'"
mx1 "send('mx1', t.fail('ida@example.org', $day0, 'mailbox_full'))"
mx1 "send('mx1', t.fail('joy@example.org', $day0, 'mailbox_full'),
  t.fail('joy@example.org', $day0 + 15, 'mailbox_full'))"
sql "UPDATE fleet.threshold SET days = 1, span = 0 WHERE reason = 'mailbox_full'"
next=00000000-0000-0000-0000-000000000000 rounds=0
while [ -n "$next" ]; do
  next=$(sql "SELECT fleet.reweigh('$next', 10)") rounds=$((rounds + 1))
done
ok "reweigh goes in pages" test $rounds -gt 3
check "reweigh applies new thresholds" "$(state ida@example.org)/$(state joy@example.org)" \
  'listed mailbox_full/listed mailbox_full'
sql "UPDATE fleet.threshold SET expires = 10 WHERE reason = 'mailbox_full'"
ended=$(sql "SELECT fleet.expire(($day0 + 12) * 86400, 100)")
check "entries end" "$ended $(state ida@example.org)" '3 gone'
check "and stay away" "$(sql "SELECT fleet.expire(($day0 + 12) * 86400, 100)")" 0
mx1 "send('mx1', t.fail('ida@example.org', $day0 + 20, 'mailbox_full'))"
check "until the address fails again" "$(state ida@example.org)" 'listed mailbox_full'
kept=$(sql "SELECT count(*) FROM fleet.failure AS f JOIN fleet.list AS l USING (who)
  WHERE l.state IN ('listed', 'held') AND f.party = 'recipient' AND counts")
while [ "$(sql "SELECT fleet.purge(($day0 + 1000) * 86400, 10)")" -gt 0 ]; do :; done
check "purge keeps what the list rests on" "$(sql 'SELECT count(*) FROM fleet.failure')" "$kept"
check "and the addresses of these" "$(sql "SELECT count(*) FROM fleet.address
  WHERE verdict IS NULL AND who NOT IN (SELECT who FROM fleet.failure UNION SELECT who FROM fleet.complaint)
    AND last_at < ($day0 + 1000) * 86400")" 0
sql "UPDATE fleet.host SET seen = (SELECT seq FROM fleet.head)"
sql "SELECT fleet.purge(($day0 + 1000) * 86400, 10)" >purged
check "who is off the list on all hosts is not named" \
  "$(sql "SELECT count(*) FROM fleet.list WHERE state = 'gone' AND address IS NOT NULL")" 0
check "remove" "$(sql "SELECT fleet.remove_host('mx2')")" 1

### Numbers come in the order of the commits: four hosts write at once while one reads; it must miss
### nothing, though it never looks back.

for n in 1 2 3 4; do
  for round in $(seq 1 25); do
    echo "SELECT t.send('w$n', VARIADIC ARRAY(SELECT t.fail('a' || (random() * 200)::integer
      || '@example.com', $day0 + (random() * 30)::integer, 'user_unknown')
      FROM generate_series(1, 20)));"
    echo "SELECT t.decide('w$n', CASE WHEN random() < 0.5 THEN 'allow' ELSE 'none' END,
      'a' || (random() * 200)::integer || '@example.com', (1728000000 + $round)::bigint);"
  done >"w$n.sql"
  PGUSER=mx1 psql -Xq -o /dev/null -f "w$n.sql" 2>"w$n.err" &
  writers="${writers-} $!"
done
alive() { for _pid in $writers; do kill -0 "$_pid" 2>/dev/null && return; done; return 1; }
mx1 "hello('reader')"
: >followed
after=0 last=no
while :; do
  alive || last=yes
  as mx1 "SELECT seq, who, state FROM fleet.pull(t.id('reader'), $after, 50)" >page
  if [ -s page ]; then after=$(tail -n 1 page | cut -d '|' -f 1); cat page >>followed
  elif [ $last = yes ]; then break
  fi
done
wait
check "no writer failed" "$(grep -h . w?.err | grep -v deadlock)" ''
# of each address, the last thing that the reader was told
awk -F '|' '{ state[$2] = $3 } END { for (who in state) print who "|" state[who] }' followed | sort >told
sql "SELECT who, CASE state WHEN 'held' THEN 'gone' ELSE state END FROM fleet.list" | sort >is
check_file "who reads while others write misses nothing" told is
done_testing
