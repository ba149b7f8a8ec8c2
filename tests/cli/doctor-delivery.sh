#!/bin/sh
# bouncedb doctor says ok only if a delivery is not deferred, and names what repairs it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/older.sh
. "$top_srcdir/tests/lib/older.sh"
# shellcheck source=tests/lib/user.sh
. "$top_srcdir/tests/lib/user.sh"
db=home/b.db

deliver() { echo 'Subject: hello' | run deliver; }
well() { check_exit "$1" 0 run doctor; check "$1: ok" "$(tail -1 out)" "ok: nothing needs attention"; }

# defers NAME PATTERN: a delivery ends in 75, and doctor has a line with the reason
defers() {
  check_exit "$1: a delivery is deferred" 75 deliver
  check_exit "$1: doctor knows" 2 run doctor
  ok "$1: and why" grep -qE "^error: delivery: messages are deferred: .*$2" out
}

well "a new database"
ok "nothing has come yet" grep -qx 'deliveries: no message has been recorded yet' out
check_exit "a delivery" 0 deliver
well "after it"
ok "says when the last message came" grep -qE '^deliveries: the last message was recorded on 20' out
ok "and what was kept" grep -qE '^kept: since 20..-..-.., in .*/home/keep/new: 1 that are not reports \(other\), 0 ' out
mv home/keep/new/* home/keep/cur
well "a kept message that somebody has read"
ok "is not counted" sh -c '! grep -q ^kept: out'

cp conf conf.good
printf '[rules]\nfile = %s/rules\n' "$tmp" >>conf
defers "a missing rule file" '/rules.*; correct it, and check it with: bouncedb rules check .*/rules$'
echo 'rule: nonsense' >rules
defers "a broken rule file" 'rules:1: .*; correct it, and check it with: bouncedb rules check '
: >rules
well "an empty rule file"
cp conf.good conf
printf '[verp]\nkey = %s/home/key\n' "$tmp" >>conf
defers "a missing key" '/home/key: .*; restore it from a backup, or make a new one: bouncedb verp keygen .*/home/key$'
run verp keygen home/key >out
well "a key"
chmod 644 home/key
defers "a key that others can read" '/home/key: .*; chmod 600 .*/home/key$'
chmod 600 home/key
cp home/key saved
: >home/key
defers "an empty key" \
  '/home/key: .*; restore it from a backup, or make a new one: rm .*/home/key && bouncedb verp keygen .*/home/key$'
cp saved home/key
printf '[events]\nmailgun-key = %s/home/mailgun\n' "$tmp" >>conf
event() { echo '{}' | run deliver; }
events() {
  check_exit "$1: an event is deferred" 75 event
  check_exit "$1: doctor knows" 2 run doctor
  ok "$1: and why" grep -qE "^error: delivery: messages are deferred: events: .*$2" out
}
events "a missing key for events" '/home/mailgun: '
echo secret >home/mailgun
chown "$(stat -c %u home)" home/mailgun
chmod 644 home/mailgun
events "one that others can read" '/home/mailgun: .*chmod 600'
chmod 600 home/mailgun
well "a key for events"
sed -i '/^\[events\]/,$d' conf
echo 'delivery' >>conf
defers "a broken configuration" 'conf'
cp conf.good conf

: >$db-shm
chmod 000 $db-shm
defers "a log that cannot be used" '/b.db-shm has mode 000, .* \(chmod 600 .*/b.db-shm\)'
chmod 600 $db-shm
chmod 500 home/keep/tmp
defers "a Maildir that cannot be written" 'Maildir .*/home/keep: .* \(chmod 700 .*/home/keep/tmp\)'
chmod 700 home/keep/tmp
mv $db away
defers "a database that is gone" '/b.db: there is no database'
mv away $db
well "everything is in its place again"

check "doctor leaves nothing" "$(sqlite3 $db 'SELECT count(*) FROM message')" 1
before_unproven $db
sqlite3 $db 'PRAGMA user_version = 2; DROP VIEW event;
  DROP TABLE daily'
check_exit "an older schema" 1 run doctor
ok "is named" grep -q '^warning: database: .*older bouncedb (run bouncedb db migrate)' out
check "and not touched" "$(sqlite3 $db 'PRAGMA user_version')" 2
check_exit "the next delivery migrates it" 0 deliver

newsletter() { for i in $(seq 20); do echo "Subject: offer $i" | run deliver; done; }
newsletter
check_exit "mail that is not reports" 1 run doctor
ok "is it a newsletter?" grep -q '^warning: input: 2. of the 2. messages of the last 7 days are not reports: is a mailing list' out
check_exit "ten days later" 0 run doctor --now $(($(date +%s) + 864000))

check_exit "another user, unless root asks" 64 as_user ./program doctor --config conf --user root
check_exit "no such user" 64 "$BOUNCEDB" doctor --config conf --user no-such-user
if [ "$root" = yes ]; then
  chown 0 $db-wal $db-shm
  check_exit "root's doctor checks as the owner of the database" 2 "$BOUNCEDB" doctor --config conf
  ok "and finds what shuts out that user" grep -qE '^error: delivery: .*/b.db-[ws].* belongs to root, .* \(chown ' out
  chown 65534 $db-wal $db-shm
  check_exit "it leaves nothing that belongs to root" 0 "$BOUNCEDB" doctor --config conf --now $(($(date +%s) + 864000))
  check "not one file" "$(find home -user 0)" ""
fi

done_testing
