#!/bin/sh
# Three hosts and a centre: what one records or decides, the others follow.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1790000000

start_postgres
make_hosts mx1 mx2 mx3
check "init and thresholds say what they did" "$(cat init)" "the fleet now has schema: 2
thresholds (bouncedb fleet reweigh applies them to what is known): 14"
ok "init can be run again" at mx1 fleet init --connection "$admin"

local_list() { sqlite3 -readonly "$1/b.db" 'SELECT address FROM suppression ORDER BY 1'; }
suppressed() { at "$1" check "$2" >checked 2>&1; case $? in 0) echo no ;; 1) echo yes ;; *) cat checked ;; esac; }
fails() { failed "$2" "${3-5.1.1}" "${4-550 5.1.1 User unknown}" "${5-}" | at "$1" deliver; }
sync() { at "$1" sync >out 2>err; }

### What one host records

check "before joining" "$(at mx1 sync --status)" "this host has not joined a fleet"
fails mx1 ada@example.net
check_exit "the first sync" 0 at mx1 sync
check "it says what it did" "$(cat out)" \
  "joined; sent: messages 1, decisions 0, verdicts 0; applied: changes 1, erased 0"
ok "another host" sync mx2
check "suppresses the address" "$(suppressed mx2 ada@example.net)" yes
check "its list file has it" "$(cat mx2/list)" ada@example.net
ok "show says why" sh -c "'$BOUNCEDB' show --config mx2/conf ada@example.net | grep -q 'the fleet'"
check "export has it" "$(at mx2 export --format plain)" ada@example.net
at mx2 export --format plain --cursor x --output first -q
sync mx2
sync mx2
check "a sync without news changes nothing" "$(at mx2 export --format plain --cursor x --changes)" ""
check "the centre has the failure" "$(sql 'SELECT recipient, class, reason FROM fleet.failure')" \
  'ada@example.net|permanent|user_unknown'
check "and who is the same on both hosts" "$(sql 'SELECT count(*) FROM fleet.address')" 1
fails mx2 bob@example.net 5.1.1 '550 5.1.1 <bob@example.net>: unknown, said carl@example.com' m1@example.org
now=$((now + 60))
fails mx1 bob@example.net 5.1.1 '550 5.1.1 <bob@example.net>: unknown, said carl@example.com' m1@example.org
sync mx1; sync mx2; sync mx1
check "a failure that two hosts report is one" \
  "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient LIKE 'bob%'")" 1
check "others are not named" \
  "$(sql "SELECT diagnostic FROM fleet.failure WHERE recipient LIKE 'bob%'")" \
  '550 5.1.1 <bob@example.net>: unknown, said (address)'
fails mx1 cyd@example.net 5.7.1 '550 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org'
sync mx1; sync mx2
check "a fault of the sender suppresses nowhere" \
  "$(suppressed mx1 cyd@example.net)$(suppressed mx2 cyd@example.net)" nono
for host in mx1 mx2 mx3 mx1 mx2; do
  now=$((now + 4 * 86400))
  fails $host dan@example.net 5.2.2 '552 5.2.2 mailbox full'
  sync $host
done
for host in mx1 mx2 mx3; do
  sync $host
  check "days of all hosts count together, says $host" "$(suppressed $host dan@example.net)" yes
done
now=$((now + 86400))
action=delivered
fails mx3 dan@example.net 2.0.0 '250 2.0.0 delivered'
action=failed
sync mx3; sync mx1; sync mx2
check "a delivery lifts, on all hosts" \
  "$(suppressed mx1 dan@example.net)$(suppressed mx2 dan@example.net)$(suppressed mx3 dan@example.net)" nonono

### What people decide

at mx3 allow ada@example.net -q
sync mx3; sync mx1; sync mx2
check "allow on one host holds on the others" \
  "$(suppressed mx1 ada@example.net)$(suppressed mx2 ada@example.net)" nono
check "and in their list files" "$(cat mx1/list mx2/list)" "bob@example.net
bob@example.net"
fails mx2 ada@example.net 5.1.1 '550 5.1.1 gone' m2@example.org
check "at once, before the next sync" "$(suppressed mx2 ada@example.net)" no
now=$((now + 10))
at mx1 allow --undo ada@example.net -q >undone
sync mx1; sync mx2; sync mx3
check "another host can withdraw it" \
  "$(suppressed mx1 ada@example.net)$(suppressed mx2 ada@example.net)$(suppressed mx3 ada@example.net)" yesyesyes
at mx1 suppress eve@example.net -q
at mx1 suppress --domain example.info -q 2>warned
sync mx1; sync mx2
check "suppress too, of a domain too" \
  "$(suppressed mx2 eve@example.net)$(suppressed mx2 x@example.info)" yesyes
now=$((now + 10))
at mx2 suppress --undo eve@example.net -q >undone
at mx2 allow y@example.info -q
sync mx2; sync mx1
check "and back" "$(suppressed mx1 eve@example.net)$(suppressed mx1 y@example.info)$(suppressed mx1 x@example.info)" nonoyes
at mx1 suppress hal@example.com -q
now=$((now + 10))
at mx2 suppress --undo hal@example.com -q >undone
sync mx2; sync mx1
check "a decision that another host withdraws before the fleet knows of it ends" \
  "$(suppressed mx1 hal@example.com)" no
at mx1 release --domain example.net --since 2026-09-01 --until 2026-09-30 -q
sync mx1; sync mx2
check "a release lifts on all hosts" "$(suppressed mx1 bob@example.net)$(suppressed mx2 bob@example.net)" nono
now=$((now + 10))
at mx2 release --undo --domain example.net --since 2026-09-01 --until 2026-09-30 -q
sync mx2; sync mx1
check "a release that another host made can be undone where it was made" \
  "$(suppressed mx1 bob@example.net)$(suppressed mx2 bob@example.net)" nono
at mx1 release --undo --domain example.net --since 2026-09-01 --until 2026-09-30 -q
sync mx1; sync mx2
check "there it is undone" "$(suppressed mx1 bob@example.net)$(suppressed mx2 bob@example.net)" yesyes

### Rules that change

cat >mx1/rules <<'END'
[test.unknown]
text: unknown
reason: blocked
cause: The sender is blocked.
remedy: Ask.
source: none
sample: user unknown
END
printf '[rules]\nfile = %s/mx1/rules\n' "$tmp" >>mx1/conf
at mx1 reclassify -q
sync mx1; sync mx2
check "reclassify reaches the other hosts" "$(suppressed mx2 bob@example.net)" no
check "and the counts" "$(sql "SELECT sum(failures) FROM fleet.daily WHERE reason = 'blocked'")" \
  "$(sql "SELECT count(*) FROM fleet.failure WHERE reason = 'blocked'")"

### Erasing

fails mx1 fay@example.net
fails mx2 fay@example.net 5.1.1 '550 5.1.1 no such user' m9@example.org
sync mx1; sync mx2; sync mx1
fails mx3 fay@example.net 5.1.1 '550 5.1.1 no such user' m10@example.org
at mx1 forget fay@example.net -q
sync mx1; sync mx3; sync mx2; sync mx3
for host in mx1 mx2 mx3; do
  check "$host has no trace of a forgotten address" \
    "$(sqlite3 -readonly $host/b.db .dump | grep -c fay@; grep -ac fay@ $host/b.db)" "0
0"
  check "$host still suppresses it" "$(suppressed $host fay@example.net)" yes
done
pg_dump -a -n fleet >dump
check "nor has the centre" "$(grep -c fay@ dump)" 0
now=$((now + 10))
at mx2 allow fay@example.net -q
sync mx2; sync mx1; sync mx3
check "until somebody allows it" \
  "$(suppressed mx1 fay@example.net)$(suppressed mx2 fay@example.net)$(suppressed mx3 fay@example.net)" nonono

fails mx1 guy@example.net 5.7.1 '550 5.7.1 client host blocked using zen.spamhaus.org'
sync mx1
at mx2 forget guy@example.net -q
sync mx2; sync mx1
check "a host that does not know an address can order it to be erased" \
  "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient LIKE 'guy%'")$(sqlite3 -readonly mx1/b.db .dump | grep -c guy@)" 00

### All hosts are alike in the end

for host in mx1 mx2 mx3; do
  sync $host
  local_list $host >$host.list
  sql "SELECT address FROM fleet.suppression ORDER BY 1" >centre.list
  check_file "$host has the fleet's list" $host.list centre.list
  ok "$host: --full changes nothing" at $host sync --full
  local_list $host >$host.again
  check_file "its list is the same" $host.again $host.list
done
at mx1 fleet hosts --connection "$admin" >hosts
check "hosts are listed" "$(awk 'NR > 1 { print $1, $4, $5 }' hosts)" "mx1 0 0
mx2 0 0
mx3 0 0"

### What the centre refuses

fails mx1 gil@example.net
now=$((now + 1))
fails mx1 hal@example.net
sqlite3 mx1/b.db "INSERT INTO setting VALUES ('erasing', 'yes');
  UPDATE failure SET remote_mta = CAST(x'78ff' AS TEXT) WHERE address = 'gil@example.net';
  DELETE FROM setting WHERE name = 'erasing'"
check_exit "a message that PostgreSQL refuses" 0 at mx1 sync
ok "is told" grep -q 'was not sent to the fleet' err
check "and does not hold up others" "$(sql "SELECT recipient FROM fleet.failure
  WHERE recipient IN ('gil@example.net', 'hal@example.net')")" hal@example.net
check "nor is it tried again" "$(at mx1 sync 2>&1 >out)" ''
check "the status counts it" "$(at mx1 sync --status --json | sed -n 's/.*"refused":\([0-9]*\).*/\1/p')" 1
done_testing
