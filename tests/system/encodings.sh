#!/bin/sh
# The same message in another encoding is understood in the same way: its lines may end in LF, CR LF
# or CR, and its texts may be sent as they are, in base64 or in quoted-printable. The same is true if
# it only just fits into what is parsed of a message, and if that ends within the returned message.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"
mkdir plain changed

# The reports about all messages in a folder, without what depends on the bytes of a message
describe() {
  (cd "$1" && shift && "$BOUNCEDB" parse "$@" ./*) | sed 's/"digest":"[^"]*",//; s/"size":[0-9]*,//
    s/,"/,\n"/g; s/},{/},\n{/g'
}

lf() { tr -d '\r' <"$1"; }
crlf() { tr -d '\r' <"$1" | LC_ALL=C sed 's/$/\r/'; }
cr() { tr -d '\r' <"$1" | tr '\n' '\r'; }

same() {
  describe changed "$@" >got
  diff -U 30 want got
}

for letter in "$top_srcdir"/tests/samples/*/*.eml; do
  name=${letter#"$top_srcdir"/tests/samples/}
  cp "$letter" "plain/$(echo "$name" | tr / -)"
done
describe plain >want

for way in lf crlf cr; do
  for letter in plain/*; do
    $way "$letter" >"changed/${letter#plain/}"
  done
  ok "lines that end in $way" same
done
for way in 8bit base64 quoted-printable; do
  check_exit "written in $way" 0 "$top_builddir/tests/system/reencode" $way changed plain/*
  ok "texts in $way" same
done

# lengthen FILE: inserts 70,000 octets before the line that ends the returned message or its first
# part; fails if there is no such line
filler=$(head -c 70000 /dev/zero | tr '\0' x | fold -w 76)
lengthen() {
  awk -v filler="$filler" '
    { line[NR] = $0 }
    tolower($0) ~ /^content-type: *(message\/(rfc822|global)|text\/rfc822-headers)/ { part = 1; end = 0 }
    /^--/ && part && !end { end = NR }
    END {
      for (i = 1; i <= NR; i++) { if (i == end) print filler; print line[i] }
      exit !end
    }' "$1"
}
window() { printf '[delivery]\nmax-parse = %s\n' "$1" >conf; }

rm changed/*
for letter in plain/*; do
  lengthen "$letter" >"changed/${letter#plain/}" || rm "changed/${letter#plain/}"
done
ok "many samples return the message" [ "$(find changed -type f | wc -l)" -gt 50 ]
window 16M
describe changed --config "$tmp/conf" >want
largest=$(wc -c changed/* | awk '$2 != "total" && $1 > n { n = $1 } END { print n }')
window $((largest + 1))
ok "a window that is just large enough" same --config "$tmp/conf"
window 64K
ok "a window that ends within the returned message" same --config "$tmp/conf"
awk -v filler="$filler" '{ print } /^$/ && !n++ { print filler }' plain/demo-gmail-full.eml >late
check "is too small for what comes after it" \
  "$("$BOUNCEDB" parse --config conf late | sed 's/.*"reader":"\([^"]*\)".*/\1/')" general

done_testing
