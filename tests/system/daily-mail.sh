#!/bin/sh
# The daily mail of contrib/systemd: its commands, run as the unit has them, against a mail server on
# loopback. units.sh looks at the rest of the unit.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
unit=$top_srcdir/contrib/systemd/bouncedb-stats.service

for program in curl perl; do
  command -v "$program" >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done
curl --version | grep -q '^Protocols:.* smtp' || { echo "1..0 # SKIP curl cannot send mail"; exit 0; }

: >replies
perl "$top_srcdir/tests/lib/smtp-peer.pl" replies port 300 messages &
peer=$!
trap 'kill $peer 2>/dev/null; cd / && rm -rf "$tmp"' EXIT
ok "the server listens" wait_for test -s port

mkdir bin
cat >bin/bouncedb <<END_OF_PROGRAM
#!/bin/sh
exec '$BOUNCEDB' "\$@" --db '$tmp/b.db'
END_OF_PROGRAM
chmod 755 bin/bouncedb
PATH=$tmp/bin:$PATH
"$BOUNCEDB" db init --quiet --db b.db

# What systemd makes of the unit: lines that end in a backslash continue, %H is the host, and $$ a $.
# Its quotes and its variables mean the same in a shell.
sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$unit" | sed -n 's/^ExecStart=//p' |
  sed -e 's/%H/sender.example/g; s/\$\$/$/g' >commands
check "the unit has two commands" "$(wc -l <commands | tr -d ' ')" 2
SERVER=smtp://127.0.0.1:$(cat port)
RECIPIENT=postmaster@sender.example
export SERVER RECIPIENT
check_exit "they succeed" 0 sh -e commands
check "without a word" "$(cat out err)" ""
check "every line ends in one CR and LF" "$(tr -dc '\r' <messages | wc -c | tr -d ' ') $(grep -c "$(printf '\r\r')" messages)" \
  "$(wc -l <messages | tr -d ' ') 0"
tr -d '\r' <messages >message
header() { sed '/^$/,$d' message | sed -n "s/^$1: //p"; }
check "a subject" "$(header Subject)" "Bounces of sender.example"
check "from" "$(header From)" "bouncedb@sender.example"
check "to" "$(header To)" "$RECIPIENT"
ok "a date" date -d "$(header Date)"
check "no program answers it" "$(header Auto-Submitted)" auto-generated
ok "the text is that of stats --mail" grep -qx 'Is something wrong since yesterday? There is too little history to tell.' message
ok "in UTF-8" grep -qi '^Content-Type: text/plain; charset=utf-8' message
ok "all of it" grep -q '^On the suppression list: 0 addresses' message

kill $peer
wait $peer 2>/dev/null
check_exit "a server that is down is an error, which systemd shows" 7 sh -e commands

done_testing
