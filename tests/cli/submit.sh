#!/bin/sh
# bouncedb-submit: what the service gets is what bouncedb would have, and in every doubt the mail
# server keeps the message.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
chmod 700 .
configure "$tmp"
mkdir -p .config/bouncedb
ln -s ../../conf .config/bouncedb/bouncedb.conf
unset SENDER RECIPIENT ORIGINAL_RECIPIENT LOCAL EXTENSION
"$BOUNCEDB" db init >/dev/null
sql() { sqlite3 -readonly "${2:-x.db}" "$1"; }

# The one that runs has a program beside it that shows how it was called.
mkdir bin
cp "$top_builddir/bouncedb-submit" bin
cat >bin/bouncedb <<'END'
#!/bin/sh
printf 'bouncedb %s: ' "$*"
cat
exit 9
END
chmod +x bin/bouncedb
submit() { bin/bouncedb-submit --socket="$tmp/socket" "$@"; }
from_postfix() { SENDER='' RECIPIENT=bounces@example.org ORIGINAL_RECIPIENT=b+1@example.org submit; }

### The service takes the message

ok "the service starts" start_service
bounce 1 >letter
check_exit "a message goes to the service" 0 from_postfix <letter
check "and is recorded with its envelope" \
  "$(sql 'SELECT kind, envelope_sender, envelope_recipient, recipient FROM message JOIN failure USING (message_id)')" \
  "bounce||b+1@example.org|r1@example.net"
check "nothing is printed" "$(cat out err)" ""
bounce 2 >letter
check_exit "options give the envelope, too" 0 submit --sender=a@example.com --recipient=b@example.org <letter
check "which is recorded" \
  "$(sql 'SELECT envelope_sender, envelope_recipient FROM message WHERE message_id = 2')" "a@example.com|b@example.org"
check_exit "a message that comes again" 0 from_postfix <letter
check "is known" "$(sql 'SELECT count(*) FROM message')" 2

### Every octet of it

# odd NAME: a message that is no report, so that it is kept
odd() { printf 'From: ann@example.com\nSubject: %s\nMessage-ID: <%s@example.com>\n\n' "$1" "$1"; }
mkdir odd
{ odd dots; printf '.\n..\nx\n. \n.x.\n\n.\n'; } >odd/dots
{ odd end; printf 'no newline at the end'; } >odd/end
{ odd last; printf '.'; } >odd/last
{ odd cr; printf 'a\rb\r\r\nc\n\r.\n\r'; } >odd/cr
{ odd nul; printf 'a\0b\n\0\n.\0\n\377\376\n'; } >odd/nul
{ odd empty; } >odd/empty
{ odd long; head -c 300000 /dev/zero | tr '\0' .; printf '\n'; head -c 70000 /dev/zero | tr '\0' '\n'; } >odd/long
odd crlf | sed 's/$/\r/' >odd/crlf
printf 'From ann@example.com Sat Nov 21 10:00:00 2026\n' | cat - odd/dots | sed 's/dots/from/' >odd/from
sed 's/x\.db/pipe.db/; s/list$/pipe.list/' conf >pipe.conf
"$BOUNCEDB" db init --config pipe.conf >/dev/null
for file in odd/*; do
  check_exit "$file by the service" 0 from_postfix <"$file"
  SENDER='' RECIPIENT=bounces@example.org ORIGINAL_RECIPIENT=b+1@example.org \
    "$BOUNCEDB" deliver --config pipe.conf <"$file" || echo failed
  same="SELECT hex(digest), kind, envelope_sender, envelope_recipient, subject FROM message ORDER BY message_id DESC LIMIT 1"
  check "is the same as through the pipe" "$(sql "$same")" "$(sql "$same" pipe.db)"
done

### The service does not get it

bounce 9 >letter
rows=$(sql 'SELECT count(*) FROM message')
sender='--sender=a@example.com' recipient='--recipient=b@example.org'
check_exit "no envelope is known" 9 submit <letter
check_exit "no recipient is known" 9 submit $sender <letter
check_exit "no sender is known" 9 submit $recipient <letter
check_exit "an option that bouncedb knows" 9 submit $sender $recipient --config=x <letter
check "goes to bouncedb, and the socket does not" "$(head -n 1 out)" "bouncedb $sender $recipient --config=x: $(head -n 1 letter)"
for address in 'a b@example.org' 'a>@example.org' 'a\@example.org' 'ä@example.org' "$(printf 'a\r\nDATA\r\n')" \
  "$(head -c 400 /dev/zero | tr '\0' a)@example.org"; do
  check_exit "it does not pass on: $(printf %.20s "$address" | tr '\r\n' '  ')" 9 submit "$sender" "--recipient=$address" <letter
done
stop_service
check_exit "no service" 9 submit $sender $recipient <letter
cat letter >want
sed '1s/^bouncedb [^:]*: //' out >got
check_file "bouncedb gets all of the message" got want
check_exit "a path that is too long" 9 bin/bouncedb-submit "--socket=/$(head -c 200 /dev/zero | tr '\0' a)" $sender $recipient <letter
check "nothing was recorded" "$(sql 'SELECT count(*) FROM message')" "$rows"
cp "$BOUNCEDB" bin/bouncedb
check_exit "bouncedb itself records it" 0 submit $sender $recipient <letter
check "once" "$(sql 'SELECT count(*) FROM message')" $((rows + 1))
rm bin/bouncedb
check_exit "no bouncedb either" 75 submit $sender $recipient <letter
ok "which is told" grep -q "cannot run $tmp/bin/bouncedb: No such file" err

### A service that fails

printf '#!/bin/sh\ncat >/dev/null\nexit 9\n' >bin/bouncedb
chmod +x bin/bouncedb

# answers NAME STATUS REPLY...: with two recipients
answers() {
  _name=$1 _status=$2
  shift 2
  rm -f socket
  perl "$top_srcdir/tests/lib/lmtp-peer.pl" socket 60 "$@" >heard &
  peer=$!
  wait_for test -S socket
  check_exit "$_name" "$_status" from_postfix <letter
  wait $peer
}
answers "the greeting is an error" 9 '421 4.3.2 no'
answers "the connection ends at once" 9
answers "LHLO is refused" 9 '220 x' '500 no'
answers "the sender is refused" 9 '220 x' '250 x' '451 no\n250 ok\n250 ok\n354 go'
answers "a recipient is refused" 9 '220 x' '250-x\n250 y' '250 ok\n250 ok\n550 no\n354 go'
answers "DATA is refused" 9 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n451 no'
answers "half a reply" 9 '220 x' '25'
ok "no part of the message was sent" sh -c '! grep -q Subject heard'
answers "the message is acknowledged" 0 '220 x' '250-x\n250 y' '250 ok\n250 ok\n250 ok\n354 go' '250 a\n250 b'
answers "for one recipient alone" 75 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n354 go' '250 a'
ok "which is told" grep -q 'did not acknowledge' err
answers "the message is deferred" 75 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n354 go' '451 a\n451 b'
answers "for one recipient" 75 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n354 go' '250 a\n451 b'
answers "and if it is refused for good" 75 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n354 go' '550 a\n550 b'
{ bounce 9; head -c 3000000 /dev/zero; } >letter
answers "the service dies in the middle" 75 '220 x' '250 x' '250 ok\n250 ok\n250 ok\n354 go'

done_testing
