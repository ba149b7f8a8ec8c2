#!/bin/sh
# bouncedb import: mbox files, Maildirs, directories; interrupted and repeated; nothing twice.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

import() { "$BOUNCEDB" import --db x.db "$@"; }
sql() { sqlite3 -readonly x.db "$1"; }
fresh() { rm -f x.db*; "$BOUNCEDB" db init --db x.db >/dev/null; }
count() { sql 'SELECT count(*) FROM message'; }

mkdir -p folder/deep Maildir/cur Maildir/new Maildir/tmp Maildir/.Sub/cur Maildir/.Sub/new Maildir/.Sub/tmp
for i in 1 2 3; do bounce $i >folder/$i.eml; done
ordinary 4 >folder/deep/4
bounce 98 >folder/.hidden
ln -s "$tmp/folder" folder/deep/loop
bounce 11 >Maildir/cur/a:2,S
bounce 12 >Maildir/new/b
bounce 97 >Maildir/tmp/c
bounce 13 >Maildir/.Sub/cur/d
{ echo "From x Sat Nov 21 10:00:00 2026"; bounce 14; echo; echo "From y Sat Nov 21 10:00:00 2026"; } >Maildir/new/e
for i in 21 22 23 24; do
  echo "From MAILER-DAEMON  Sat Nov 21 10:00:00 2026"
  if [ $i = 24 ]; then ordinary $i; else bounce $i; fi
  echo
done >mbox
sed 's/$/\r/' mbox >mbox-crlf

### Which messages are found.

fresh
check_exit "a directory" 0 import folder
check "its files, without hidden ones and loops" "$(sql 'SELECT kind, count(*) FROM message GROUP BY 1 ORDER BY 1')" \
  'bounce|3
other|1'
ok "a summary says how many" grep -q '^4 messages read, 4 recorded, 0 already known$' out
ok "by kind" grep -q '^  bounce  *3$' out
ok "and by class" grep -q '^  permanent  *3$' out
check "nothing on standard error" "$(cat err)" ""

fresh
check_exit "a Maildir" 0 import Maildir
check "cur, new, subdirectories, and each file one message" "$(count)" 4

fresh
check_exit "an mbox" 0 import mbox
check "its messages" "$(sql "SELECT count(*), count(DISTINCT digest) FROM message")" '4|4'
check_exit "the same with CRLF" 0 import mbox-crlf
check "is the same" "$(count)" 4
bounce 21 | "$BOUNCEDB" deliver --db x.db
check "and it is the same when delivered" "$(count)" 4

fresh
check_exit "all of them, with one worker" 0 import --workers 1 folder Maildir mbox
check "all" "$(count)" 12
check_exit "all of them again" 0 import folder Maildir mbox
ok "are known" grep -q '^12 messages read, 0 recorded, 12 already known$' out

# The same failure, forwarded: another message, whose only failure is known
fresh
cp folder/1.eml first.eml
{ echo 'X-Forwarded: yes'; cat folder/1.eml; } >second.eml
check_exit "a failure that two messages report" 0 import first.eml second.eml
check "is recorded once" "$(sql 'SELECT count(*) FROM failure')" 1
ok "and the summary says so" grep -q '^1 of these was already recorded from another message$' out

### An archive counts for the dates of its reports, and its messages stay where they are.

sed 's/^Subject:/Date: Fri, 2 Jan 2026 03:04:05 +0000\n&/' folder/1.eml >dated
fresh
check_exit "a dated report" 0 import --now 1790000000 dated
check "counts for its day" "$(sql 'SELECT failed_at FROM failure')" 1767323045
check "nothing is kept of an archive" "$(find . -name 'keep*')" ""

### Errors.

fresh
check_exit "no argument" 64 import
check_exit "a negative number" 64 import --workers -1 mbox
check_exit "a missing file" 65 import absent folder
check "does not stop the others" "$(count)" 4
ok "it is named" grep -q '^bouncedb: absent: ' err
check_exit "no database" 75 "$BOUNCEDB" import --db absent.db folder

### Compressed files, and files that are not mail.

mkdir odd
printf '%%PDF-1.4\nSubject: x\n' >odd/a.pdf
printf 'PK\003\004' >odd/b.zip
printf 'root:x:0:0:root:/root:/bin/bash\nbin:x:2:2:bin:/bin:/bin/sh\n' >odd/passwd
cp x.db odd/x.db
bounce 5 >odd/5.eml
fresh
check_exit "a directory with other things" 65 import odd
check "the mail in it" "$(count)" 1
check "each of the others is named, with what it is" "$(sort err)" \
  "bouncedb: odd/a.pdf: a PDF document
bouncedb: odd/b.zip: a ZIP archive (unzip it first)
bouncedb: odd/passwd: neither a message nor an mbox: it has no header
bouncedb: odd/x.db: a database"
for program in gzip xz zstd; do
  command -v $program >/dev/null || continue
  $program -c mbox >mbox.$program
  fresh
  check_exit "an mbox, compressed with $program" 0 import mbox.$program
  check "$program: its messages" "$(count)" 4
  head -c 200 mbox.$program >cut.$program
  check_exit "$program: a file that is not complete" 65 import cut.$program
  ok "$program: is named" grep -q "^bouncedb: cut.$program: $program failed: the file is damaged" err
done
gzip -c mbox >odd/-d.gz
check_exit "a name like an option" 65 import odd
check "is only a name" "$(grep -c 'd.gz' err)" 0
check_exit "without the program" 65 env PATH=/nowhere "$BOUNCEDB" import --db x.db mbox.gzip
ok "says so" grep -q '^bouncedb: mbox.gzip: compressed, and gzip cannot be run' err

### Standard input.

fresh
check_exit "a hyphen" 0 sh -c '"$1" import --db x.db - <mbox' - "$BOUNCEDB"
all=$(count)
fresh
check_exit "a file" 0 import mbox
check "both are the same" "$all" "$(count)"

### Interrupted and started again.

i=0
while [ $i -lt 3000 ]; do
  i=$((i + 1))
  printf 'From MAILER-DAEMON  Sat Nov 21 10:00:00 2026\nTo: a@example.org\nSubject: %s\n\nx\n\n' $i
done >many
# interrupt SIGNAL: an import of the first half, from a pipe that stays open, ends in the middle
mkfifo pipe
has_recorded() { [ "$(count)" -gt 0 ]; }
interrupt() {
  fresh
  "$BOUNCEDB" import --db x.db pipe >out 2>err &
  pid=$!
  exec 9>pipe
  head -n 9000 many >&9
  ok "SIG$1: it has recorded some" wait_for has_recorded
  kill -s "$1" $pid
  exec 9>&-
  wait $pid 2>/dev/null
}

interrupt TERM
check "is stopped" $? 75
ok "says so" grep -q '^bouncedb: interrupted; ' err
check_exit "continues to the end" 0 import many
check "each once" "$(sql 'SELECT count(*), count(DISTINCT digest) FROM message')" '3000|3000'

fresh
nohup "$BOUNCEDB" import --db x.db pipe >out 2>err &
pid=$!
exec 9>pipe
head -n 9000 many >&9
ok "under nohup: it has recorded some" wait_for has_recorded
kill -s HUP $pid
tail -n +9001 many >&9
exec 9>&-
wait $pid
check "SIGHUP does not interrupt it" $? 0
check "all are recorded" "$(sql 'SELECT count(*) FROM message')" 3000

interrupt KILL
check_exit "after a kill it continues too" 0 import many
check "each once" "$(sql 'SELECT count(*), count(DISTINCT digest) FROM message')" '3000|3000'
check "the database is intact" "$(sql 'PRAGMA integrity_check')" ok

### Messages that are moved once they are recorded

fresh
cp -R Maildir Full
mkdir -p Done/new Done/cur Done/tmp plain
check_exit "--move-to" 0 import --move-to Done Full
check "everything is there" "$(cd Done && find . -type f | sort | tr '\n' ' ')" "./cur/a:2,S ./cur/d ./new/b ./new/e "
check "nothing is left but what is not delivered yet" "$(find Full -type f)" Full/tmp/c
check "and all is recorded" "$(count)" 4
cp -R Maildir Again
check_exit "what is known is moved as well" 0 import --move-to plain Again
check "to a plain directory" "$(ls plain | tr '\n' ' ')" "a:2,S b d e "
cp -R Maildir Third
check_exit "a name that is taken" 65 import --move-to plain Third
check "the messages stay" "$(find Third -type f | wc -l | tr -d ' ') $(find plain -type f | wc -l | tr -d ' ')" "5 4"
ok "and import tells" grep -q 'Third/new/b: recorded, but not moved: there is another message' err
ln Third/new/b Done/new/killed-here
mv Done/new/killed-here plain/f
ln plain/f Third/new/f
check_exit "a move that was begun" 65 import --move-to plain Third
ok "is ended" sh -c '[ ! -e Third/new/f ] && [ -e plain/f ]'
mkdir -p Third/.Done/cur Third/.Done/new
bounce 31 >Third/.Done/new/inside
check_exit "a Maildir in the Maildir" 0 import --move-to Third/.Done Third
check "takes all, and keeps what it has" "$(find Third -type f | wc -l | tr -d ' ') $(find Third/.Done -type f | wc -l | tr -d ' ')" "6 5"
check_exit "to the same Maildir" 64 import --move-to Third Third
check_exit "from an mbox" 64 import --move-to plain mbox
check_exit "from standard input" 64 import --move-to plain - <mbox
check_exit "to a directory that does not exist" 64 import --move-to nowhere Third
check_exit "with --from" 64 import --move-to plain --from ses Third

done_testing
