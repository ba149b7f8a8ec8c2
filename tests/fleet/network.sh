#!/bin/sh
# The network between a host and the centre breaks while the centre works on a batch: the sync gives
# up, the server keeps no lock, and nothing is lost or counted twice. The host is in a network
# namespace of its own, with a cable (veth) to the one of the server.
# shellcheck source=tests/lib/tap.sh disable=SC2317
if [ -z "${IN_NAMESPACE-}" ]; then
  for tool in ip nsenter unshare; do
    command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
  done
  unshare --net true 2>/dev/null || { echo '1..0 # SKIP network namespaces are not allowed here'; exit 0; }
  IN_NAMESPACE=yes exec unshare --net sh "$0"
fi
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1790000000

start_postgres
mkfifo never
unshare --net sh -c 'echo >there; exec cat never' & # a namespace lasts as long as a process in it
far=$!
trap 'kill $far; stop_postgres QUIT; cd / && rm -rf "$tmp"' EXIT
wait_for test -e there
ip link add near type veth peer name far && ip link set far netns $far || exit 99
ip address add 192.0.2.1/30 dev near
ip link set near up
nsenter --net -t $far ip address add 192.0.2.2/30 dev far
nsenter --net -t $far ip link set far up
stop_postgres INT
printf "listen_addresses = '192.0.2.1'\n" >>"$PGHOST/data/postgresql.conf"
echo 'host all all 192.0.2.2/32 trust' >>"$PGHOST/data/pg_hba.conf"
run_postgres
make_hosts mx1 mx2
sed -i 's,^connection.*,connection = host=192.0.2.1 dbname=bouncedb user=mx1 sslmode=disable,' mx1/conf
far_sync() { nsenter --net -t $far "$BOUNCEDB" sync --config "$tmp/mx1/conf" --now "$now"; }
fails() { now=$((now + 1)); failed "$1" 5.1.1 '550 5.1.1 User unknown' | at mx1 deliver; }
count() { sql "SELECT count(*), (SELECT sum(failures) FROM fleet.daily) FROM fleet.failure"; }

fails ada@example.net
check_exit "over the cable" 0 far_sync
check "a failure arrives" "$(count)" '1|1'

### Pulled out while a batch waits for a lock

hold() { # a transaction that holds the list until the file named here exists
  { printf 'BEGIN; SELECT seq FROM fleet.head FOR UPDATE;\n'; wait_for test -e "$1" >&2; echo 'ROLLBACK;'; } |
    psql -Xq -o held >/dev/null 2>&1 &
  holder=$!
  wait_for test -s held || :
}
waiting() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mx1' AND wait_event_type = 'Lock'")" = 1 ]; }
fails bob@example.net
hold release1
far_sync >out 2>err &
syncing=$!
ok "the centre works on a batch" wait_for waiting
ip link set near down
wait $syncing
check "the host gives up" $? 75
ok "and says that nothing came" grep -qiE 'timed out|no route|unreachable|closed' err
check_exit "what is known counts meanwhile" 1 at mx1 check bob@example.net
: >release1
wait $holder
idle() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mx1' AND state <> 'idle'")" = 0 ]; }
ok "the server is not left in a transaction" wait_for idle
check "and holds no lock" "$(sql "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE usename = 'mx1' AND locktype <> 'virtualxid'")" 0
check "what it had in hand it has taken" "$(count)" '2|2'
fails cyd@example.net
ip link set near up
ok "in again" wait_for far_sync
check "nothing is counted twice, or lost" "$(count)" '3|3'
at mx2 sync -q
check_exit "the other host knows" 1 at mx2 check bob@example.net

### Pulled out before anything was sent

fails dan@example.net
ip link set near down
check_exit "without a network" 75 far_sync
ip link set near up
ok "in again" wait_for far_sync
check "all is there" "$(count)" '4|4'
done_testing
