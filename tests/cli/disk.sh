#!/bin/sh
# How much of the disk strangers can take.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

chmod 700 .
settings() {
  printf '[database]\nfile = %s/b.db\n%s[delivery]\nsyslog = no\nkeep = %s/keep\n' "$tmp" "$1" "$tmp"
}
settings '' >conf
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 b.db "$1"; }
octets() { cat keep/new/* | wc -c | tr -d ' '; }
kept() { sql "SELECT count(*) FROM message WHERE kind = '$1' AND kept IS NOT NULL"; }
run db init >/dev/null

{ big 3000000; echo; echo "the end"; } >letter
check_exit "a large message that is not a report" 0 run deliver <letter
ok "is cut" [ "$(octets)" -le 262144 ]
check "keeps its beginning" "$(head -1 keep/new/*)" "$(head -1 letter)"
check "and its end" "$(tail -1 keep/new/*)" "the end"
check "with one line that says so" "$(grep -c '^\[bouncedb: [0-9]* octets are not kept\]$' keep/new/*)" 1
check "the record has its whole size" "$(sql 'SELECT size FROM message')" "$(wc -c <letter | tr -d ' ')"
rm keep/new/*
big 250000 >letter
check_exit "one that is just short enough" 0 run deliver <letter
ok "is kept as it is" cmp letter keep/new/*

# Ten messages fit; of the older ones, the unreadable stay.
settings '' >conf
printf 'keep-total = 20K\nkeep-size = 4K\n' >>conf
rm -rf keep b.db*
run db init >/dev/null
i=0
while [ $i -lt 12 ]; do
  i=$((i + 1))
  { ordinary $i; head -c 3000 /dev/zero | tr '\0' x; } | run deliver
done
ok "the folder stays within its limit" [ "$(octets)" -le 20480 ]
check "all are recorded" "$(sql "SELECT count(*) FROM message WHERE kind = 'other'")" 12
check "the database says which are kept" "$(kept other)" "$(find keep/new -type f | wc -l | tr -d ' ')"
check "the last one is" "$(sql 'SELECT kept IS NOT NULL FROM message ORDER BY message_id DESC LIMIT 1')" 1
check_exit "the database is sound" 0 run db check
sql "UPDATE setting SET value = 0 WHERE name = 'kept-octets'"
rm keep/new/*
sql "INSERT INTO setting VALUES ('kept-octets', 99999999) ON CONFLICT DO UPDATE SET value = excluded.value"
ordinary 100 | run deliver
check "what somebody has removed makes room" "$(find keep/new -type f | wc -l | tr -d ' ')" 1

# Files that killed deliveries have left.
touch keep/tmp/left keep/tmp/used keep/tmp/young
touch -d '2 minutes ago' keep/tmp/left keep/tmp/used
exec 9<keep/tmp/used
flock 9
ordinary 101 | run deliver
check "what a killed delivery left is removed, what is in use is not" "$(ls keep/tmp)" "used
young"
exec 9<&-

settings 'max-size = 64K
' >conf
bounce 1 >letter
check_exit "a database that has reached its limit" 75 run deliver <letter
ok "defers, and says why" grep -q 'b.db: the database has reached its limit of 65536 octets: raise' err
check_exit "takes no import either" 75 run import letter
ok "which says why, too" grep -q 'b.db: the database has reached its limit of 65536 octets: raise' err
check "and records nothing" "$(sql "SELECT count(*) FROM message WHERE kind = 'bounce'")" 0
check_exit "which doctor calls critical" 2 run doctor
ok "in the words of the delivery" grep -q '^error: delivery: .*b.db: the database has reached its limit' out
settings 'max-size = 400K
' >conf
check_exit "with a higher limit, the import goes on" 0 run import letter
full=$(stat -c %s b.db)
settings "max-size = $((full * 115 / 100))
" >conf
check_exit "one that has almost reached it" 1 run doctor
ok "is told by doctor" grep -q '^warning: database: [0-9]* of [0-9]* octets are used (\[database\] max-size)' out
done_testing
