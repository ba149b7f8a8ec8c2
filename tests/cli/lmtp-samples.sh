#!/bin/sh
# bouncedb lmtp: the same message gives the same rows as through the pipe.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
now=1790000000
chmod 700 .

# configuration NAME: a database of that name, with the same key for both
configuration() {
  cat <<END
[database]
file = $tmp/$1/x.db
[delivery]
syslog = no
subject = yes
[suppression]
file = $tmp/$1/list
unsigned = at-once
[verp]
base = bounces@example.org
key = $tmp/key
policy = prefer
END
}
"$BOUNCEDB" verp keygen key
for way in pipe lmtp; do
  mkdir -m 700 $way
  configuration $way >$way.conf
  "$BOUNCEDB" db init --config $way.conf >/dev/null
done
cp lmtp.conf conf

### Samples, messages of every other shape, and some to a signed return path. The messages of LMTP
### have an end of their last line. EVERY=1 takes all samples, not a third of them.

: "${EVERY:=3}"
find "$top_srcdir/tests/samples" -name '*.eml' | sort | awk "NR % $EVERY == 0" >files
bounce 1 >signed
bounce 2 >forged
big 300000 >big
big 3000000 >huge
{ bounce 3; big 2000000; } >bounce-and-more
: >empty
echo >blank
printf 'No header\n.\n..\n.x\n\n' >dots
printf 'From: a@example.com\nSubject: \000\001\n\nNUL \000 and\rCR\n' >binary
for name in big huge bounce-and-more empty blank dots binary signed forged; do echo "$tmp/$name"; done >>files
path=$("$BOUNCEDB" verp make --config pipe.conf --now $now r1@example.net)

# with_lines FILE: with LF at the end of every line, also of the last
with_lines() { LC_ALL=C sed 's/\r*$//' "$1"; [ -z "$(tail -c 1 "$1" | tr -d '\n')" ] || echo; }
recipient() {
  case $1 in
    */signed) echo "$path" ;;
    */forged) echo "${path%-*}-r2=example.net@example.org" ;;
    *) echo bounces@example.org ;;
  esac
}
by_pipe() {
  while read -r file; do
    with_lines "$file" | "$BOUNCEDB" deliver --config pipe.conf --now $now --sender '' \
      --recipient "$(recipient "$file")" || { echo "$file"; return 1; }
  done <files
}
by_lmtp() {
  while read -r file; do
    with_lines "$file" | message '' "$(recipient "$file")"
  done <files | talk
  [ "$(grep -c '^250 2.0.0 message=' replies)" = "$(wc -l <files)" ] || { grep '^[45]' replies; return 1; }
}
ok "the pipe takes every message" by_pipe
start_service --now $now
ok "so does the service" by_lmtp
stop_service
echo "# $(wc -l <files) messages"

# When an entry was removed is by the clock.
rows() {
  sqlite3 "$1/x.db" ".dump message failure delay complaint acceptance entry change" |
    sed "s,$tmp/$1/,,g; /^INSERT INTO change VALUES([0-9]*,'remove'/s/,[0-9]*);\$/);/"
}
rows pipe >want
rows lmtp >got
ok "there are rows" grep -q 'INSERT INTO failure' want
check_file "the rows are the same" got want
check "a signed return path was believed" \
  "$(sqlite3 lmtp/x.db "SELECT trust FROM message WHERE envelope_recipient = '$path'")" verified
check_file "so are the list files" lmtp/list pipe/list
ok "and the messages that are kept" diff -r pipe/keep/new lmtp/keep/new

done_testing
