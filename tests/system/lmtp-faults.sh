#!/bin/sh
# System calls of the service that fail: one call of one run at a time, with each error that fits it.
# A client delivers until every message is acknowledged; if the service ends, it is started again.
# Then each message is on disk, once.
#
# CASES = how many faults, evenly spread over all that there are: a few in make check, more in make
# soak.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
: "${CASES:=12}"
# shellcheck source=tests/lib/faults.sh
. "$top_srcdir/tests/lib/faults.sh"

chmod 700 .
configure "$tmp/run"
mkdir run
"$BOUNCEDB" db init --config conf >/dev/null
mv run base
messages=4
ordinary 999 >letter

# serve [COMMAND...]: the service, started by that command; once it has ended, started again until
# there is a file "enough"
serve() {
  "$@" "$BOUNCEDB" lmtp --config conf --listen "$socket" 2>>log &
  echo $! >pid
  wait $!
  [ -e enough ] || serve
}
ended() { kill "$(cat pid)"; ! kill -0 "$server"; }

# run_with [COMMAND...]: returns whether everything was acknowledged
run_with() {
  rm -rf run socket enough
  cp -R base run
  : >log
  serve "$@" &
  server=$!
  timeout 120 "$client" "$socket" load 1 $messages >out 2>&1
  _delivered=$?
  touch enough
  wait_for ended 2>/dev/null
  wait "$server"
  return $_delivered
}

rows() {
  sqlite3 run/x.db "SELECT count(*), count(DISTINCT digest),
    (SELECT group_concat(recipient, ' ') FROM (SELECT recipient FROM failure ORDER BY 1)) FROM message"
}

problem() {
  echo "$name $number $error: $*"
  sed 's/^/  /' out log
  grep INJECTED trace
}

try_faults() {
  while read -r name number error; do
    run_with strace -D -o trace -e "inject=$name:error=$error:when=$number" </dev/null ||
      problem "not everything is acknowledged"
    grep -q INJECTED trace || continue
    echo >>injected
    [ "$(rows)" = "$want" ] || problem "there is $(rows)"
    "$BOUNCEDB" db check --config conf >out 2>&1 || problem "db check says $(cat out)"
    "$BOUNCEDB" --config conf <letter # with the next delivery, list files follow
    [ "$(sort run/list)" = "$listed" ] || problem "the list has $(sort run/list | tr '\n' ' ')"
  done
}

: >injected
ok "the service, undisturbed" run_with strace -D -o calm
want=$(rows)
listed=$(sort run/list)
check "has recorded all" "${want%%|r*}" "$messages|$messages"
faults calm >all
# and always these: SQLite opens the database for reading, and says nothing; there is no greeting
{
  awk '/^openat/ { n++ } /^openat.*x\.db",/ { print "openat", n, "EACCES"; exit }' calm
  echo sendto 1 ENOMEM
  spread all
} >chosen
try_faults <chosen >problems
ok "$(wc -l <injected) of $(wc -l <all) faults" cmp -s problems /dev/null
sed 's/^/# /' problems
# not all calls come in each run: it depends on who is faster
ok "most were injected" [ $(($(wc -l <injected) * 10)) -ge $(($(wc -l <chosen) * 6)) ]

done_testing
