#!/bin/sh
# What other users can write is not trusted: a delivery is deferred, doctor says the same, and both
# name the command that repairs it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

mkdir home
cat >conf <<END
[database]
file = $tmp/home/b.db
[delivery]
syslog = no
[rules]
file = $tmp/own.rules
END
: >own.rules
run() { "$BOUNCEDB" "$@" --config conf; }
deliver() { echo 'Subject: hello' | run deliver; }
run db init

# shut NAME FILE MODE: with this mode it is refused, until the command in the message has run
shut() {
  chmod "$3" "$2"
  check_exit "$1 with mode $3" 75 deliver
  _mend=$(sed -n 's/.*(\(chmod [0-7]* [^ ]*\)).*/\1/p' err)
  ok "$1 with mode $3: the message names a command" test -n "$_mend"
  run doctor >out 2>err
  ok "$1 with mode $3: so does doctor" grep -qF "$_mend" out err
  $_mend
  check_exit "$1 with mode $3: which repairs it" 0 deliver
}
shut "the configuration" conf 666
shut "the configuration" conf 664
shut "the rules" own.rules 662
shut "the rules" own.rules 660
shut "the database" home/b.db 606
shut "the database" home/b.db 660
shut "its directory" home 777
shut "its directory" home 770
chmod 1777 home
check_exit "a directory in which everyone can make files" 75 deliver
chmod 700 home
shut "the Maildir" home/keep 777

# A lock that others can open is shut, not refused.
chmod 644 home/b.db.lock
check_exit "a lock that others can read" 0 deliver
check "is made private" "$(ls -l home/b.db.lock | cut -c1-10)" "-rw-------"

# Files that never end, or on which the program would wait
refused() {
  check_exit "$1 as the rules" 75 deliver
  ok "$1 as the rules: the message says so" grep -q "$2" err
}
rm own.rules
mkfifo own.rules
refused "a pipe" 'not a regular file'
rm own.rules
ln -s /dev/zero own.rules
refused "a device" 'not a regular file'
rm own.rules
dd if=/dev/zero of=own.rules bs=1 count=0 seek=10485760 2>/dev/null
refused "a very long file" 'longer than 8388608 bytes'
rm own.rules
: >elsewhere.rules
ln -s elsewhere.rules own.rules
check_exit "a link that we made leads to the rules" 0 deliver

# What somebody put in place of a list or its draft
mkdir lists
cat >>conf <<END
[suppression]
file = $tmp/lists/list
END
ln -s "$tmp/home/b.db" lists/list.new
check_exit "a link in place of the draft of a list" 0 deliver
ok "is not followed" test ! -s lists/list -a -s home/b.db
run doctor >out
ok "doctor tells" grep -q '^warning: list: .*/lists/list.new: not a regular file' out
rm lists/list.new
check_exit "without it" 0 deliver
ok "the list is written" test -e lists/list

# Names that were there before
ln home/b.db second.db
check_exit "a database with a second name" 75 deliver
ok "is refused for that" grep -q '2 hard links' err
rm second.db
check_exit "and without it, not" 0 deliver

done_testing
