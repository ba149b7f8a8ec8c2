#!/bin/sh
# What people pipe into bouncedb by mistake: an mbox, and nothing.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

unset SENDER RECIPIENT ORIGINAL_RECIPIENT LOCAL EXTENSION LOCAL_PART AGENT
chmod 700 .
mkdir db
chmod 700 db
printf '[database]\nfile = %s/db/x.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
"$BOUNCEDB" db init --config conf >out
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 -readonly db/x.db "$1"; }
kinds() { sql 'SELECT group_concat(kind) FROM (SELECT kind FROM message ORDER BY message_id)'; }
from='From MAILER-DAEMON  Sat Nov 21 10:00:00 2026'
for i in 1 2 3; do
  echo "$from"
  bounce $i
  echo
done >mbox

### An mbox.

deliver() { run deliver <"$1"; }
check_exit "an mbox" 0 deliver mbox
check "is not recorded as one bounce" "$(kinds)" unreadable
kept=$(sql 'SELECT kept FROM message')
check_file "but kept as it came" "$kept" mbox
check "how to record it is said" "$(cat err)" \
  "bouncedb: several messages (an mbox) are kept unread; record them with: bouncedb import $kept"
check_exit "again" 0 deliver mbox
check "it is the same" "$(kinds)" unreadable
check_exit "doctor" 1 run doctor
ok "says so too" grep -q "^warning: input: several messages came as one (an mbox); .*: bouncedb import $kept, and then remove the file" out
check_exit "which works" 0 run import "$kept"
check "all messages are recorded" "$(kinds)" unreadable,bounce,bounce,bounce
rm "$kept"
check_exit "and doctor is content" 0 run doctor

{ echo "$from"; bounce 4; } >one
check_exit "a single message with a From_ line" 0 deliver one
check "is a message" "$(sql 'SELECT kind FROM message ORDER BY message_id DESC LIMIT 1')" bounce
{ echo "$from"; bounce 5 | sed "s/^Message-ID: <original/$from\\
&/"; } >inner
check_exit "a returned message that begins with a From_ line" 0 deliver inner
check "is part of its bounce" "$(sql 'SELECT kind FROM message ORDER BY message_id DESC LIMIT 1')" bounce
sed s/example.net/example.com/ mbox >other
check_exit "what a mail server delivers is one message" 0 env RECIPIENT=b@example.org "$BOUNCEDB" --config conf <other
check "whatever it looks like" "$(sql 'SELECT kind FROM message ORDER BY message_id DESC LIMIT 1')" bounce

parse() { run parse <"$1"; }
check_exit "parse" 0 parse mbox
check "splits an mbox" "$(grep -o '"recipient":"[^"]*"' out | tr '\n' ' ')" \
  '"recipient":"r1@example.net" "recipient":"r2@example.net" "recipient":"r3@example.net" '
check_exit "a file too" 0 run parse mbox
check "into its messages" "$(wc -l <out | tr -d ' ')" 3
gzip -c mbox >mbox.gz
check_exit "if it is compressed too" 0 run parse mbox.gz
check "into the same" "$(wc -l <out | tr -d ' ')" 3
check_exit "a single message" 0 parse inner
check "is not split" "$(wc -l <out | tr -d ' ')" 1

### Nothing.

before=$(kinds)
check_exit "no message, from a script" 0 deliver /dev/null
check "records nothing" "$(kinds)" "$before"
check_exit "doctor" 1 run doctor
ok "tells" grep -q '^warning: input: something other than a mail server ran bouncedb .* without a message on 20' out
check_exit "for a week" 0 run doctor --now $(($(date +%s) + 8 * 86400))
check_exit "no message, from a mail server" 0 env SENDER= "$BOUNCEDB" --config conf </dev/null
check "is recorded" "$(kinds)" "$before,other"

done_testing
