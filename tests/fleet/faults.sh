#!/bin/sh
# What breaks on the way between a host and the centre, and what is restored from a backup.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1790000000

start_postgres
make_hosts mx1 mx2
fails() { now=$((now + 1)); failed "$2" 5.1.1 '550 5.1.1 User unknown' | at "$1" deliver; }
list_of() { sqlite3 -readonly "$1/b.db" 'SELECT address FROM suppression ORDER BY 1'; }
count() { sql "SELECT count(*), (SELECT sum(failures) FROM fleet.daily) FROM fleet.failure"; }
for host in mx1 mx2; do fails $host "$host@example.net"; at $host sync -q; done
at mx1 sync -q

# alike: all hosts have the centre's list
alike() {
  for _round in 1 2; do
    for _host in mx1 mx2; do at $_host sync -q || return 1; done
  done
  sql 'SELECT address FROM fleet.suppression ORDER BY 1' >centre.list
  for _host in mx1 mx2; do list_of $_host | diff - centre.list || return 1; done
}

### The centre is away

stop_postgres INT
check_exit "without a server" 75 at mx1 sync
ok "in libpq's words" grep -q '^bouncedb: cannot reach the fleet: .*No such file' err
fails mx1 away@example.net
check_exit "what is recorded meanwhile counts here" 1 at mx1 check away@example.net
check_exit "and what the fleet said still does" 1 at mx1 check mx2@example.net
run_postgres
ok "afterwards all is as before" alike
check_exit "and the other host has it too" 1 at mx2 check away@example.net

### The connection breaks while the centre works on a batch

fails mx1 cut@example.net
{ printf 'BEGIN; SELECT seq FROM fleet.head FOR UPDATE;\n'; wait_for test -e waiting >&2; echo 'ROLLBACK;'; } |
  psql -Xq -o held >/dev/null 2>&1 &
holder=$!
wait_for sh -c 'test -n "$(cat held 2>/dev/null)"' || :
at mx1 sync >out 2>err &
syncing=$!
ok "a sync waits" wait_for sh -c '[ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_activity
  WHERE usename = '"'mx1'"' AND wait_event_type = '"'Lock'"'")" = 1 ]'
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mx1'" >terminated
wait $syncing
check "its backend is ended" $? 75
: >waiting
wait $holder
check "nothing was taken" "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient LIKE 'cut@%'")" 0
ok "the next one sends it" alike
check "once" "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient LIKE 'cut@%'")" 1

### Who may connect, and as which host

sql "ALTER ROLE mx2 PASSWORD 'right'"
sed -i "1i local all mx2 scram-sha-256" "$PGHOST/data/pg_hba.conf"
kill -HUP "$(postgres_pid)"
sed -i "s,user=mx2,user=mx2 passfile=$tmp/pgpass," mx2/conf
password() { echo "*:*:*:*:$1" >pgpass; chmod "${2-600}" pgpass; }
password wrong
refuses() { at mx2 sync >out 2>err; [ $? = 75 ] && grep -q "$1" err; }
ok "a wrong password" wait_for refuses 'password authentication failed'
password right 644
ok "a password file that others can read is not read" refuses 'no password supplied'
password right
check_exit "the right one" 0 at mx2 sync
cp mx2/conf good
sed -i 's,user=mx2,user=mx2 password=right,' mx2/conf
check_exit "a password in the configuration" 78 at mx2 sync
sed 's,user=mx2.*,user=mx1,' good >mx2/conf
check_exit "another host's role" 75 at mx2 sync
ok "is told so" grep -q 'joined as another role' err
cp good mx2/conf
mv mx2/b.db.fleet key
check_exit "without a key" 78 at mx2 sync
at mx2 fleet keygen -q
check_exit "with another key" 75 at mx2 sync
ok "is told so" grep -q 'another key than the fleet' err
mv key mx2/b.db.fleet
ok "then all is well" alike

### Clocks

# What a host records is as late as its clock: the centre takes nothing to be later than it is.
right=$now
for skew in 3600 -3600 172800 -172800; do
  now=$(($(date +%s) + skew))
  failed "skew$skew@example.net" 5.1.1 '550 5.1.1 User unknown' | at mx1 deliver
  ok "recorded by a clock that is $skew s off" alike
  check_exit "it counts on the other host" 1 at mx2 check "skew$skew@example.net"
  now=$(date +%s)
  action=delivered
  failed "skew$skew@example.net" 2.0.0 '250 2.0.0 delivered' | at mx2 deliver
  action=failed
  alike
  check "and a delivery after that lifts it" \
    "$(at mx1 check "skew$skew@example.net" >checked; echo $?)" 0
done
check "no failure is in the future" "$(sql "SELECT count(*) FROM fleet.failure
  WHERE failed_at > extract(epoch FROM now())")" 0
now=$right
if command -v faketime >/dev/null; then
  for skew in 172800 -172800; do
    check_exit "a host whose clock is $skew s off" 75 faketime -f "$(printf %+d $skew)" "$BOUNCEDB" sync --config mx1/conf
    ok "is told so" grep -q 'the clocks of this host and of the fleet are' err
  done
  check_exit "an hour is little" 0 faketime -f +3600 "$BOUNCEDB" sync --config mx1/conf
  ok "fleet hosts says it" sh -c '"$@" | awk "\$1 == \"mx1\" && \$6 > 3500 { found = 1 } END { exit !found }"' - \
    "$BOUNCEDB" fleet hosts --config mx1/conf --connection "$admin"
  at mx1 sync -q
fi

### Backups

copy() { sqlite3 "$1/b.db" ".backup '$2'"; }
copy mx1 backup
fails mx1 lost@example.net
at mx1 allow mx2@example.net -q
alike
rm mx1/b.db-wal mx1/b.db-shm 2>/dev/null
cp backup mx1/b.db
fails mx1 later@example.net
check_exit "a host that was restored" 0 at mx1 sync
ok "joins again" grep -q '^joined; ' out
ok "and has the fleet's list" alike
check_exit "with what it had forgotten" 1 at mx1 check lost@example.net
check_exit "and what was allowed on it" 0 at mx1 check mx2@example.net
check "each failure is there and counted once" "$(count)" "10|10"

mkdir mx9
sed 's,/mx1/,/mx9/,; s,^name.*,name = mx9,' mx1/conf >mx9/conf
copy mx1 mx9/b.db
chmod 600 mx9/b.db
cp mx1/b.db.fleet mx9/
: >mx9/b.db.lock
chmod 600 mx9/b.db.lock
fails mx1 one@example.net
fails mx9 nine@example.net
for host in mx1 mx9 mx1 mx9; do at $host sync -q; done
check "a copy of a host is a host of its own" \
  "$(sql "SELECT count(*) FROM fleet.failure WHERE recipient ~ '^(one|nine)@'")" 2
ok "all are alike" alike
check "so is the copy" "$(list_of mx9)" "$(cat centre.list)"

pg_dump -n fleet >dump
fails mx2 gone@example.net
alike
sql 'DROP SCHEMA fleet CASCADE'
psql -Xq -f dump >/dev/null
ok "a centre that was restored gets what it lost" alike
check "once" "$(count)" "13|13"
check_exit "and hosts keep it" 1 at mx1 check gone@example.net
done_testing
