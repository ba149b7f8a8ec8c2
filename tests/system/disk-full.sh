#!/bin/sh
# A disk that is full, from the first write of a run to its last: one page more is free each time.
# What does not fit is deferred, and recorded once there is room again; nothing is recorded twice.
[ "${apart:-}" = yes ] || for how in --mount --map-root-user\ --mount; do
  # shellcheck disable=SC2086 # words
  unshare $how true 2>/dev/null && apart=yes exec unshare $how "${SHELL:-/bin/sh}" "$0"
done
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v sqlite3 >/dev/null || skip "no sqlite3 shell"
[ "${apart:-}" = yes ] || skip "no mount namespace"
mkdir disk base
mount -t tmpfs -o size=4m,mode=700 tmpfs disk 2>/dev/null || skip "may not mount a file system"
# it goes with the namespace, but the directory can only be removed after that
trap 'cd / && umount "$tmp/disk" && rm -rf "$tmp"' EXIT

configure "$tmp/disk"
bounce 1 >report
ordinary 2 >letter
mbox_of 3 4 5 >mbox
"$BOUNCEDB" db init --config conf >/dev/null
bounce 0 | "$BOUNCEDB" --config conf
cp -R disk/. base

deliver() { "$BOUNCEDB" --config conf <report; }
keep() { "$BOUNCEDB" --config conf <letter; }
import() { "$BOUNCEDB" import --quiet --config conf mbox; }
copy() { "$BOUNCEDB" export --quiet --config conf --format=sqlite --output disk/copy; }

# fill PAGES: leaves so many pages of 4096 octets free
fill() {
  rm -rf disk/*
  cp -R base/. disk
  cat /dev/zero >disk/filler 2>/dev/null
  truncate -s "-$(($1 * 4096))" disk/filler
}

state() {
  sqlite3 disk/x.db 'SELECT kind, count(*) FROM message GROUP BY 1; SELECT address FROM suppression ORDER BY 1'
  find disk/keep/new -type f 2>/dev/null | wc -l
  [ ! -e disk/copy ] || sqlite3 disk/copy 'SELECT address FROM suppression; PRAGMA integrity_check'
}

problem() {
  echo "$command with $free pages: $*"
  sed 's/^/  /' err
}

judge() {
  case $status in
    0) [ "$(state)" = "$want" ] || problem "exit status 0, but $(state)" ;;
    75)
      echo >>deferred
      grep -q '^bouncedb: ' err || problem "says nothing"
      [ ! -e disk/copy ] || problem "leaves half a copy"
      ;;
    *) problem "exit status $status" ;;
  esac
  [ ! -s out ] || problem "prints"
}

judge_next() {
  [ $status -eq 0 ] || problem "the next run exits with $status"
  [ "$(state)" = "$want" ] || problem "after the next run $(state)"
  sort disk/list | cmp -s - listed || problem "the list has $(sort disk/list | tr '\n' ' ')"
  "$BOUNCEDB" db check --config conf >out 2>&1 || problem "db check says $(cat out)"
}

for command in deliver keep import copy; do
  fill 0
  rm disk/filler
  check_exit "$command, with room" 0 $command
  want=$(state)
  sort disk/list >listed
  : >deferred
  free=0 last=
  # until it fits, list file and all
  while [ $free -lt 64 ] && [ "$last" != fits ]; do
    fill $free
    $command >out 2>err
    status=$?
    judge
    [ $status -eq 0 ] && sort disk/list | cmp -s - listed && last=fits
    rm disk/filler
    $command >out 2>err
    status=$?
    judge_next
    free=$((free + 1))
  done >problems
  ok "loses nothing with up to $free pages" cmp -s problems /dev/null
  sed 's/^/# /' problems
  check "fits in the end" "$last" fits
  ok "was deferred before" [ "$(wc -l <deferred)" -gt 1 ]
done

fill 0
check_exit "doctor" 1 "$BOUNCEDB" doctor --config conf
ok "warns of a disk that is nearly full" grep -q '^warning: disk: 0 MiB are left for ' out

done_testing
