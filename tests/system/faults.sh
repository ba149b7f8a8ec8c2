#!/bin/sh
# System calls that fail: one call of one run at a time, with each error that fits it. Exit status 0
# means that the work is done and on disk; any other that the next run does it, and only once.
#
# CASES = how many faults for each command, evenly spread over all that there are: a few in make
# check, all of them in make soak. COMMANDS = which of them.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${CASES:=12}"
: "${COMMANDS:=deliver keep import move export_ copy sent reclassify suppress forget init snapshot}"
# shellcheck source=tests/lib/faults.sh
. "$top_srcdir/tests/lib/faults.sh"

configure "$tmp/run"
bounce 1 >report
ordinary 2 >letter
mbox_of 3 4 5 >mbox
cat >log <<'END_OF_LOG'
Nov 20 10:00:00 mx postfix/cleanup[1]: 4Pk3Xq1: message-id=<original-1@example.org>
Nov 20 10:00:00 mx postfix/qmgr[1]: 4Pk3Xq1: from=<news@example.org>, size=1, nrcpt=1 (queue active)
Nov 20 10:00:01 mx postfix/smtp[1]: 4Pk3Xq1: to=<r1@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
END_OF_LOG
mkdir run
"$BOUNCEDB" db init --config conf >/dev/null
bounce 0 | "$BOUNCEDB" --config conf
mkdir -p run/full/new run/full/cur run/taken
for i in 3 4; do bounce $i >run/full/new/$i; done
bounce 5 >run/full/cur/5:2,S
mv run base

deliver() { "$@" "$BOUNCEDB" --config conf <report; }
keep() { "$@" "$BOUNCEDB" --config conf <letter; }
import() { "$@" "$BOUNCEDB" import --config conf mbox; }
move() { "$@" "$BOUNCEDB" import --config conf --move-to run/taken run/full; }
export_() { "$@" "$BOUNCEDB" export --config conf --format=csv --output run/out; }
copy() { "$@" "$BOUNCEDB" export --config conf --format=sqlite --output run/copy; }
sent() { "$@" "$BOUNCEDB" sent --config conf --now 1795251600 log; }
reclassify() { "$@" "$BOUNCEDB" reclassify --config conf; }
suppress() { "$@" "$BOUNCEDB" suppress --config conf r6@example.net; }
forget() { "$@" "$BOUNCEDB" forget --config conf r0@example.net; }
init() { "$@" "$BOUNCEDB" db init --config conf --db run/new.db; }
snapshot() { "$@" "$BOUNCEDB" db snapshot --config conf run/snapshot; }
as_it_is() { "$@"; }

reset() { rm -rf run && cp -R base run; }

# What there is after a command. List files follow with the next delivery.
state() {
  sqlite3 run/x.db "SELECT kind, count(*) FROM message GROUP BY 1; SELECT count(*) FROM failure;
    SELECT count(*) FROM sent; SELECT address FROM suppression ORDER BY 1"
  case $1 in
    keep) find run/keep/new -type f 2>/dev/null | wc -l ;;
    move) find run/full run/taken -type f | sort ;;
    export_) cat run/out ;;
    copy) sqlite3 run/copy 'SELECT address, since FROM suppression' ;;
    forget) grep -a -l r0@example.net run/* ;; # in the lists that other commands write
    init) sqlite3 run/new.db 'PRAGMA user_version; PRAGMA integrity_check' ;;
    snapshot) sqlite3 run/snapshot 'SELECT count(*) FROM message; PRAGMA integrity_check' ;;
  esac
}

problem() {
  echo "$command $name $number $error: $*"
  sed 's/^/  /' err
  grep INJECTED trace
}

# What a run with a fault left behind: status, out, err
judge() {
  case $command:$status in
    deliver:0 | deliver:75 | keep:0 | keep:75) ;;
    deliver:* | keep:*) problem "exit status $status" ;;
    *:0 | *:65 | *:75 | *:78) ;;
    *) problem "exit status $status" ;;
  esac
  [ $status -ne 0 ] || [ "$(state "$command")" = "$want" ] || problem "exit status 0, but $(state "$command")"
  [ $status -eq 0 ] || [ -s err ] || grep -q '^write(2,.*INJECTED' trace || problem "says nothing"
  ! grep -v '^bouncedb: ' err | grep . || problem "does not say who says it"
  case $command in deliver | keep) [ ! -s out ] || problem "prints" ;; esac
}

# A clean run after that
judge_next() {
  case $command:$status in
    *:0 | forget:1) ;; # 1: there is nothing left to forget
    *) problem "the next run exits with $status" ;;
  esac
  [ "$(state "$command")" = "$want" ] || problem "after the next run $(state "$command")"
  "$BOUNCEDB" db check --config conf >out 2>&1 || problem "db check says $(cat out)"
  case $command in
    deliver | keep) sort run/list | cmp -s - listed || problem "the list has $(sort run/list | tr '\n' ' ')" ;;
  esac
}

try_faults() {
  while read -r name number error; do
    reset
    $command strace -o trace -e "inject=$name:error=$error:when=$number" >out 2>err </dev/null
    status=$?
    grep -q INJECTED trace || continue
    echo >>injected
    judge
    $command as_it_is >out 2>err </dev/null
    status=$?
    judge_next
  done
}

for command in $COMMANDS; do
  : >injected
  reset
  check_exit "$command, undisturbed" 0 $command strace -o calm
  want=$(state $command)
  sort run/list >listed
  faults calm >all
  spread all >chosen
  try_faults <chosen >problems
  ok "$command: $(wc -l <injected) of $(wc -l <all) faults" cmp -s problems /dev/null
  sed 's/^/# /' problems
  # not all calls come in each run: how often the worker is asked depends on who is faster
  ok "nearly all were injected" [ $(($(wc -l <injected) * 10)) -ge $(($(wc -l <chosen) * 9)) ]
done

done_testing
