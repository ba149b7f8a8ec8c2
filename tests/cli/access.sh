#!/bin/sh
# Files that the user who delivers cannot use: the error names the file, its owner and what repairs it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/user.sh
. "$top_srcdir/tests/lib/user.sh"
db=home/b.db

deliver() { echo 'Subject: hello' | run deliver; }
says() { ok "$1" grep -qE "$2" err; }

check_exit "all is well" 0 deliver

# SQLite itself says "unable to open database file" for all of these.
: >$db-shm
for file in $db $db-shm $db.lock; do
  chmod 000 "$file"
  check_exit "$file with mode 000" 75 deliver
  says "is named, with the command" "/$file has mode 000, which shuts out its owner, .* \(chmod 600 .*/$file\)$"
  chmod 600 "$file"
done
rm -f $db-shm $db-wal
chmod 500 home
check_exit "a directory in which no file can be created" 75 deliver
says "is named" '/home has mode 500, .* \(chmod 700 .*/home\)$'
check_exit "nor can the database be read there" 75 run list
says "which is said too" '/home has mode 500, .*bouncedb db snapshot$'
chmod 000 home
check_exit "a directory that cannot be entered" 75 deliver
says "is named as well" '/home has mode 000, .* \(chmod 700 .*/home\)$'
chmod 700 home
check_exit "all is well again" 0 deliver

if [ $root = yes ]; then
  chown -R 65533 home
  check_exit "the database of a user whose directory is closed" 75 deliver
  says "belongs to that user" '/home/b.db belongs to 65533, and this is user .*: run bouncedb as 65533, or name .* \(conf names this one\)$'
  check_exit "doctor says the same" 2 run doctor
  ok "and does not advise to open the directory" sh -c '! grep -E "chmod|chown" out'
  check_exit "so does a command that reads" 75 run list
  says "in the same words" '/home/b.db belongs to 65533, and this is user '
  chown -R 65534 home
  chown 0 $db.lock
  chmod 600 $db.lock
  check_exit "a file that a run as root has left" 75 deliver
  says "is given back" '/b.db.lock belongs to root, mode 600, and this is user .* \(chown [^ ]* .*/b.db.lock\)$'
  chown 65534 $db.lock
  chown 0 $db
  check_exit "a database of another user" 75 deliver
  says "should be used by that user" '/b.db belongs to root, .*; or run bouncedb as root$'
fi

done_testing
