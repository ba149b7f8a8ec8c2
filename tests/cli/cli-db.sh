#!/bin/sh
# bouncedb db: init, check, snapshot, migrate; and a full disk.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
bounce=$top_srcdir/tests/samples/demo/gmail-full.eml

check_exit "init" 0 "$BOUNCEDB" db init --db new/b.db
check "init says what it did" "$(cat out err)" "created $tmp/new/b.db"
check "only its owner can read it" "$(ls -l new/b.db | cut -c1-10)" "-rw-------"
check_exit "init again" 0 "$BOUNCEDB" db init --db new/b.db
check_exit "deliver into it" 0 sh -c '"$1" deliver --db new/b.db <"$2"' - "$BOUNCEDB" "$bounce"
check_exit "init leaves it as it is" 0 "$BOUNCEDB" db init --db new/b.db
"$BOUNCEDB" list --db new/b.db --format csv >list
check "one failure" "$(sed 1d list | wc -l | tr -d ' ')" 1

check_exit "check" 0 "$BOUNCEDB" db check --db new/b.db
check "the database is intact" "$(cat out)" ok
chmod 644 new/b.db
check_exit "check sees that others may read it" 65 "$BOUNCEDB" db check --db new/b.db
ok "and says so" grep -q '^mode: 644' out
chmod 600 new/b.db

check_exit "snapshot" 0 "$BOUNCEDB" db snapshot --db new/b.db copy.db
"$BOUNCEDB" list --db copy.db --format csv >copied
check_file "the copy has the same content" copied list
ok "and has no log" test ! -e copy.db-wal
check_exit "snapshot over an older one" 0 "$BOUNCEDB" db snapshot --db new/b.db copy.db
check_exit "snapshot into a directory that does not exist" 75 "$BOUNCEDB" db snapshot --db new/b.db no/copy.db
check "the database is not to blame" "$(cat err)" "bouncedb: no/copy.db: there is no directory no"
check_exit "migrate" 0 "$BOUNCEDB" db migrate --db new/b.db

cp new/b.db bad.db
chmod 600 bad.db
dd if=/dev/urandom of=bad.db bs=4096 seek=8 count=6 conv=notrunc 2>/dev/null
ok "check finds damage" sh -c '! "$1" db check --db bad.db' - "$BOUNCEDB"

for usage in "" frobnicate "init more" snapshot "check x"; do
  # shellcheck disable=SC2086
  check_exit "usage: db $usage" 64 "$BOUNCEDB" db --db new/b.db $usage
done
check_exit "no database" 75 "$BOUNCEDB" db check --db nowhere.db
ok "the error names it" grep -q '^bouncedb: .*/nowhere\.db: there is no database' err
ok "and none was created" test ! -e nowhere.db

### A full disk: a file system of 400 KiB if we may mount one, otherwise a limit on file sizes.

fill() {
  i=0
  while [ $i -lt 400 ]; do
    sed "s/ada@/ada-$i@/g" "$bounce" >letter
    "$BOUNCEDB" deliver --db full/b.db <letter 2>err || return $?
    i=$((i + 1))
  done
}
mkdir full
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=400k,mode=755 none full 2>/dev/null; then
  "$BOUNCEDB" db init --db full/b.db
  fill
  check "on a full disk: try again" $? 75
  mount -o remount,size=8m full
else
  "$BOUNCEDB" db init --db full/b.db
  (ulimit -f 300; fill)
  check "at the limit of file sizes: try again" $? 75
fi
ok "the error begins with bouncedb:" grep -q '^bouncedb: ' err
recorded=$(sqlite3 full/b.db 'SELECT count(*) FROM message')
check_exit "the same message, with room again" 0 sh -c '"$1" deliver --db full/b.db <letter' - "$BOUNCEDB"
check "is recorded once" "$(sqlite3 full/b.db 'SELECT count(*) FROM message')" $((recorded + 1))
check "nothing was damaged" "$("$BOUNCEDB" db check --db full/b.db)" ok
umount full 2>/dev/null

for verb in "snapshot x nowhere" "init x" "check x" "migrate x"; do
  # shellcheck disable=SC2086
  check_exit "db $verb" 64 "$BOUNCEDB" db $verb --db b.db
  ok "db $verb: says what that verb takes" grep -q "^bouncedb: db ${verb%% *} \(takes no arguments\|needs the name of one file\)$" err
done
check_exit "no such verb" 64 "$BOUNCEDB" db frobnicate --db b.db
check "which are there" "$(cat err)" \
  "bouncedb: db has no subcommand frobnicate, only init, check, snapshot FILE, migrate, reweigh"
echo "no database" >text
check_exit "a file of another kind" 75 "$BOUNCEDB" list --db text
check "is not a database" "$(cat err)" "bouncedb: $tmp/text: not a database, or damaged at its beginning"
cp new/b.db torn.db
chmod 600 torn.db
dd if=/dev/zero of=torn.db bs=4096 seek=2 count=200 conv=notrunc status=none
check_exit "a database with torn pages" 75 "$BOUNCEDB" list --db torn.db
check "should be restored" "$(cat err)" \
  "bouncedb: $tmp/torn.db: the database is damaged; restore a copy, such as one of bouncedb db snapshot"
# The names that a slip of completion would give
for file in new/b.db new/b.db.lock; do
  cp $file saved
  check_exit "snapshot over $file" 64 "$BOUNCEDB" db snapshot --db new/b.db "$file"
  check_exit "export over $file" 64 "$BOUNCEDB" export --db new/b.db --output "$file"
  check_exit "report over $file" 64 "$BOUNCEDB" report --db new/b.db --output "$file"
  check "says why" "$(cat err)" "bouncedb: $file is in use by bouncedb itself: name another file"
  ok "$file is as it was" cmp saved "$file"
done
printf '[database]\nfile = %s/new/b.db\n[suppression]\nfile = %s/new/b.db\n' "$tmp" "$tmp" >both
check_exit "a list file of the same name" 78 "$BOUNCEDB" export --config both
printf '[delivery]\nsyslog = no\n' >own.conf
check_exit "export over the configuration" 64 "$BOUNCEDB" export --config own.conf --db new/b.db --output own.conf
check_exit "a snapshot in place of a directory" 64 "$BOUNCEDB" db snapshot --db new/b.db new
check "says what it is" "$(cat err)" "bouncedb: new is a directory"
check_exit "a snapshot needs a file" 64 "$BOUNCEDB" db snapshot - --db b.db
ok "of that name, there is no file" test ! -e ./-

done_testing
