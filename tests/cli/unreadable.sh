#!/bin/sh
# bouncedb reclassify --unreadable: what could not be read is read again from its copy, and nothing is
# lost or doubled, whenever that is interrupted.
# shellcheck source=tests/lib/tap.sh disable=SC2119,SC2120
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
chmod 700 .
cat >conf <<END
[database]
file = $tmp/b.db
[delivery]
syslog = no
keep = $tmp/keep
[suppression]
file = $tmp/list
END
printf '[database]\nfile = %s/other.db\n[delivery]\nsyslog = no\nkeep = %s/other\n' "$tmp" "$tmp" >other.conf
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 b.db "$1"; }
reread() { run reclassify --unreadable "$@"; }
copies() { find keep/new keep/cur -type f 2>/dev/null | wc -l | tr -d ' '; }
column() { sql "SELECT $1 FROM message WHERE message_id = $id"; }
run db init >/dev/null

# unread FILE: records the message as if the process that parses had used up its CPU time; sets id
unread() {
  rm -rf other.db* other
  "$BOUNCEDB" db init --config other.conf >/dev/null
  "$BOUNCEDB" deliver --config other.conf --now 1790000000 <"$1"
  name=$(sqlite3 other.db 'SELECT lower(hex(digest)) FROM message')
  sql "ATTACH 'other.db' AS other;
    INSERT INTO message (digest, kind, received_at, envelope_sender, envelope_recipient, size, notes,
      kept, recipients, repeated)
    SELECT digest, 'unreadable', received_at, envelope_sender, envelope_recipient, size, 128,
      '$tmp/keep/new/$name', 0, 0 FROM other.message"
  id=$(sql 'SELECT max(message_id) FROM message')
  mkdir -p keep/new keep/cur keep/tmp
  chmod -R go= keep
  cp "$1" "keep/new/$name"
}

check_exit "nothing is unreadable" 0 reread
check "says so" "$(cat out)" "0 of 0 unreadable messages read; 0 addresses suppressed, 0 lifted"

bounce 1 >letter
unread letter
size=$(column size)
check_exit "doctor" 0 run doctor --now 1790000000
ok "counts it" grep -q '^kept: since 20.*, 1 that could not be read (unreadable)' out
ok "and names the command" grep -qx 'kept: to read the unreadable ones again: bouncedb reclassify --unreadable' out
sqlite3 b.db .dump >before
cat >want <<END
  m$id  bounce, recipients: 1
  + r1@example.net  user_unknown
dry run: 1 of 1 unreadable message read; 1 address would be suppressed, 0 would be lifted
END
check_exit "a dry run" 0 reread --dry-run
check_file "says what would change" out want
sqlite3 b.db .dump >after
check_file "and changes nothing" after before
check "nor the copy" "$(copies)" 1
check_exit "JSON" 0 reread --dry-run --json
check "is one object" "$(cat out)" '{"dry_run":true,"messages":1,"missing":0,"stopped":0,"read":[{"message_id":'"$id"',"kind":"bounce","recipients":1}],"suppressions":[{"address":"r1@example.net","before":null,"after":"user_unknown"}]}'
check_exit "later ones only" 0 reread --since 2026-12-31
ok "do not exist" grep -q '^0 of 0' out

check_exit "for good" 0 reread
sed 's/^dry run: //; s/would be //g' want >want.now
check_file "says what has changed" out want.now
check "the record" "$(column 'kind, received_at, envelope_recipient, size, kept')" \
  "bounce|1790000000|bounces@example.org|$size|"
check "its failure" "$(sql 'SELECT message_id, failed_at, address FROM failure')" \
  "$id|1790000000|r1@example.net"
check "the list" "$(cat list)" r1@example.net
check "the audit" "$(sql 'SELECT command, rows FROM audit')" "reclassify|1"
check "the copy is gone" "$(copies)" 0
check_exit "again" 0 reread
check "nothing is left to do" "$(cat out)" \
  "0 of 0 unreadable messages read; 0 addresses suppressed, 0 lifted"
check_exit "it comes again" 0 run deliver <letter
check "and is known" "$(sql 'SELECT count(*) FROM message'; sql 'SELECT count(*) FROM failure')" "1
1"
check_exit "the database is intact" 0 run db check

# What happened to the copy.
ordinary 2 >letter
unread letter
mv "keep/new/$name" "keep/cur/$name:2,S"
check_exit "a copy that a mail reader has moved" 0 reread
check "is found" "$(column kind)" other
check "and stays, for it is no report" "$(copies)" 1
rm keep/cur/*
bounce 3 >letter
unread letter
rm "keep/new/$name"
check_exit "a copy that is gone" 0 reread
ok "is counted" grep -qx 'no longer kept: 1' out
check "and its record stays" "$(column 'kind, notes')" 'unreadable|128'
bounce 4 >"keep/new/$name"
check_exit "another message under its name" 0 reread
check "does not take its place" "$(column kind)" unreadable
rm "keep/new/$name"
ln -s "$tmp/letter" "keep/new/$name"
check_exit "a link" 0 reread
check "is not followed" "$(column kind)" unreadable
rm "keep/new/$name"
run deliver <letter
check "the message itself, when it comes again, does" "$(column 'kind, kept')" \
  "bounce|$tmp/keep/new/$name"

# A long message was cut when it was kept.
bounce 5 >letter
{ cat letter; head -c 600000 /dev/zero | tr '\0' x | fold -w 76; } >long
unread long
{ head -c 190000 long; printf '\n[bouncedb: 1 octets are not kept]\n'; tail -c 60000 long; } >"keep/new/$name"
check_exit "a message that was cut" 0 reread
check "is read as far as it goes" "$(column 'kind, size, notes & 1')" "bounce|$(wc -c <long | tr -d ' ')|1"
check "an import has left a copy; it goes too" "$(copies)" 0

# The return path counts as on the day that the message came.
run verp keygen key >/dev/null
printf '[verp]\nkey = %s/key\nbase = bounces@example.org\n' "$tmp" >>conf
path=$(run verp make --now 1790000000 r6@example.net)
bounce 6 | sed "s/^Delivered-To: .*/Delivered-To: $path/" >letter
unread letter
RECIPIENT=$path
export RECIPIENT
bounce 7 >letter7
unread letter7
sql "INSERT INTO setting VALUES ('erasing', 'yes');
  UPDATE message SET envelope_recipient = NULL WHERE message_id = $id;
  DELETE FROM setting WHERE name = 'erasing'"
check_exit "a signed return path, a year later" 0 reread --now 1822000000
unset RECIPIENT
check "verifies the report" "$(sql "SELECT address, trust FROM failure WHERE failed_at = 1790000000
  AND address IN ('r6@example.net', 'r7@example.net')")" "r6@example.net|verified
r7@example.net|unsigned"

# An mbox is for import.
bounce 8 >letter
unread letter
sql "INSERT INTO setting VALUES ('erasing', 'yes');
  UPDATE message SET notes = 512 WHERE message_id = $id;
  DELETE FROM setting WHERE name = 'erasing'"
check_exit "an mbox" 0 reread
ok "is left to import" grep -q '^0 of 0' out
check_exit "doctor" 1 run doctor --now 1790000000
ok "says so" grep -q '^warning: input: several messages came as one' out
check "and does not name the other command" "$(grep -c unreadable' again' out)" 0

# The real thing: the kernel ends the process that parses, as it does at the limit of CPU time. Its
# parent cannot be traced meanwhile, so only root sees when it has the message.
if [ "$(id -u)" -eq 0 ] && [ -d /proc/self/fd ] && command -v pgrep >/dev/null; then
  bounce 9 >letter
  mkfifo pipe
  "$BOUNCEDB" --config conf <pipe &
  parent=$!
  exec 7>pipe
  wait_for pgrep -P $parent >worker
  kill -STOP "$(cat worker)"
  cat letter >&7
  exec 7>&-
  # shellcheck disable=SC2016 # for the inner shell
  wait_for sh -c 'ls -l /proc/$1/fd | grep -q b.db' sh $parent
  kill -XCPU "$(cat worker)"
  kill -CONT "$(cat worker)"
  wait $parent
  check "a message that uses up its CPU time" $? 0
  id=$(sql 'SELECT max(message_id) FROM message')
  check "is recorded as this test makes it" "$(column 'kind, notes, recipients, kept IS NOT NULL')" \
    "unreadable|128|0|1"
  check_exit "it is read again" 0 reread
  check "and can be" "$(column 'kind, kept')" "bounce|"
fi

# Killed at each of its writes, syncs and removals: what is there is always complete, and a second run
# finishes it.
kinds() { sql "SELECT kind, count(*) FROM message WHERE message_id = $id"; }
failures() { sql "SELECT count(*) FROM failure WHERE message_id = $id"; }
whole() {
  case $(kinds)/$(failures)/$(copies) in
    'unreadable|1/0/1' | 'bounce|1/1/1' | 'bounce|1/1/0') ;;
    *) echo "at $1: $(kinds), failures: $(failures), copies: $(copies)"; return 1 ;;
  esac
}
finished() { [ "$(kinds)/$(failures)/$(copies)/$(column kept)" = 'bounce|1/1/0/' ]; }
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  rm -rf keep
  stages='' kills=0 wrong=''
  for call in pwrite64 fdatasync unlink unlinkat; do
    n=0 survived=no
    while [ $survived = no ] && [ -z "$wrong" ]; do
      n=$((n + 1)) kills=$((kills + 1))
      bounce "$call-$n" >letter
      unread letter
      strace -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
        "$BOUNCEDB" reclassify --unreadable --config conf >/dev/null 2>&1 && survived=yes
      stages="$stages $(sql "SELECT kind FROM message WHERE message_id = $id")/$(copies)"
      wrong=$(whole "$call $n")
      reread >/dev/null
      finished || wrong="$wrong $call $n is not finished"
    done
  done
  check "killed at each write, it has lost and doubled nothing" "$wrong" ""
  echo "# killed $kills times"
  for stage in unreadable/1 bounce/1 bounce/0; do
    ok "also with $stage copies left" grep -q "$stage" <<END
$stages
END
  done
  check_exit "the database is intact" 0 run db check
fi

check_exit "no operand" 64 reread now
done_testing
