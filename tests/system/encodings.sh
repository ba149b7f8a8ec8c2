#!/bin/sh
# The same message in another encoding is understood in the same way: its lines may end in LF, CR LF
# or CR, and its texts may be sent as they are, in base64 or in quoted-printable.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"
mkdir plain changed

# The reports about all messages in a folder, without what depends on the bytes of a message
describe() {
  (cd "$1" && "$BOUNCEDB" parse ./*) | sed 's/"digest":"[^"]*",//; s/"size":[0-9]*,//
    s/,"/,\n"/g; s/},{/},\n{/g'
}

lf() { tr -d '\r' <"$1"; }
crlf() { tr -d '\r' <"$1" | LC_ALL=C sed 's/$/\r/'; }
cr() { tr -d '\r' <"$1" | tr '\n' '\r'; }

same() {
  describe changed >got
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

done_testing
