#!/bin/sh
# bouncedb import --move-to, killed at each of its calls that change something, and started again: no
# message is lost, none is moved before it is recorded, and none is recorded twice.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
ASAN_OPTIONS=detect_leaks=0 # which needs ptrace for itself
export ASAN_OPTIONS

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v sqlite3 >/dev/null || skip "no sqlite3 shell"
command -v strace >/dev/null || skip "strace is not installed"
strace -o probe -e inject=getpid:error=EIO:when=1 true 2>/dev/null || skip "strace may not trace here"

messages=7
mkdir -p full/new full/cur full/tmp
for i in 1 2 3 4 5; do bounce $i >full/new/$i; done
ordinary 6 >full/new/6
bounce 7 >full/cur/7:2,S

# import OPTION...: of strace
import() {
  strace -o trace "$@" "$BOUNCEDB" import --quiet --workers 1 --db db/x.db --move-to taken Maildir 2>err
}
fresh() {
  rm -rf db Maildir taken
  mkdir db taken
  cp -R full Maildir
  "$BOUNCEDB" db init --quiet --db db/x.db
}
sql() { sqlite3 db/x.db "$1"; }
recorded() { sql 'SELECT count(*) FROM message'; }
moved() { find taken -type f | wc -l; }

# whole: each message has a name, and those that were moved are recorded
whole() {
  _names=$(find Maildir/new Maildir/cur taken -type f -exec basename {} \; | sort -u | wc -l)
  [ "$_names" -eq $messages ] && [ "$(moved)" -le "$(recorded)" ]
}

# finished: all are in the new place, and in the database once
finished() {
  [ "$(moved) $(recorded) $(find Maildir -type f | wc -l)" = "$messages $messages 0" ] &&
    [ "$(sql 'SELECT count(DISTINCT digest) FROM message')" = $messages ]
}

fresh
import -c -S name >/dev/null
ok "an import that is not killed" finished

killed=0 bad=
for call in link linkat unlink unlinkat fsync fdatasync pwrite64 ftruncate; do
  n=1
  while :; do
    fresh
    import -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" >/dev/null
    [ $? -eq 137 ] || break
    killed=$((killed + 1))
    whole || bad="$bad $call:$n"
    "$BOUNCEDB" import --quiet --workers 1 --db db/x.db --move-to taken Maildir 2>err || bad="$bad $call:$n:again"
    finished || bad="$bad $call:$n:end"
    n=$((n + 1))
  done
done
echo "# $killed kills"
ok "there were kills" test $killed -gt 20
check "none did harm" "$bad" ""

done_testing
