#!/bin/sh
# System calls of a sync that fail: one call of one run at a time, with each error that fits it. Exit
# status 0 means that the host and the centre agree; any other that the next sync does it, and only
# once.
#
# CASES = how many faults, evenly spread over all that there are: a few in make check, more in make
# soak.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
: "${CASES:=12}"
# shellcheck source=tests/lib/faults.sh
. "$top_srcdir/tests/lib/faults.sh"
now=1790000000

start_postgres
make_hosts mx1 mx2

# Every time, there is something to send and something to fetch.
prepare() {
  now=$((now + 1))
  for _host in mx1 mx2; do
    failed "$_host.$now@example.net" 5.1.1 '550 5.1.1 User unknown' | at $_host deliver || problem "deliver: $?"
  done
  at mx2 sync -q || problem "the other host: $?"
}

# difference: between the host and the centre, and what was counted twice or not at all
difference() {
  sqlite3 -readonly mx1/b.db 'SELECT address FROM suppression ORDER BY 1' >here
  sql 'SELECT address FROM fleet.suppression ORDER BY 1' | diff here -
  sqlite3 -readonly mx1/b.db "SELECT 2 * count(*), 2 * count(*) FROM failure" >here
  sql "SELECT count(*), (SELECT sum(failures) FROM fleet.daily) FROM fleet.failure" | diff here -
}

problem() {
  echo "$name $number $error: $*"
  sed 's/^/  /' err
  grep -a INJECTED trace
}

try_faults() {
  while read -r name number error; do
    prepare
    at mx1 sync -q >out 2>err </dev/null || problem "undisturbed, a sync exits with $?" # and knows the other's
    prepare
    strace -o trace -e "inject=$name:error=$error:when=$number" "$BOUNCEDB" sync -q --config mx1/conf --now "$now" \
      >out 2>err </dev/null
    status=$?
    grep -q INJECTED trace && echo >>injected
    case $status in
      0) difference >differs || problem "exit status 0, but $(cat differs)" ;;
      75 | 78) [ -s err ] || grep -q '^write(2,.*INJECTED' trace || problem "says nothing" ;;
      *) problem "exit status $status" ;;
    esac
    at mx1 sync -q >out 2>err </dev/null || problem "the next one exits with $?"
    difference >differs || problem "after the next one, $(cat differs)"
    "$BOUNCEDB" db check --config mx1/conf >out 2>&1 || problem "db check says $(cat out)"
  done
}

name='' number='' error=''
: >trace
prepare
check_exit "undisturbed" 0 strace -o calm "$BOUNCEDB" sync -q --config mx1/conf --now "$now"
check "the host and the centre agree" "$(difference)" ""
faults calm >all
spread all >chosen
: >injected
try_faults <chosen >problems
ok "$(wc -l <injected) of $(wc -l <all) faults" cmp -s problems /dev/null
sed 's/^/# /' problems
ok "most were injected" [ $(($(wc -l <injected) * 10)) -ge $(($(wc -l <chosen) * 6)) ]

done_testing
