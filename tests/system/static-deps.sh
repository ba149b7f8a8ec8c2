#!/bin/sh
# The program that contains its libraries (--enable-static-deps) does the same as the other.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"
static=$top_builddir/tests/system/bouncedb-static

if [ ! -x "$static" ]; then
  echo "1..0 # SKIP the libraries are not installed as archives"
  exit 0
fi

if command -v readelf >/dev/null; then
  check "it needs the C library alone" \
    "$(readelf -W -d "$static" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^lib[cm]\.\|^ld-')" ""
fi
find "$top_srcdir/tests/samples" -type f ! -name '*.want' | sort >samples
ok "there are samples" test "$(wc -l <samples)" -gt 20
while read -r sample; do
  check "${sample#"$top_srcdir"/tests/samples/}" "$("$static" parse "$sample" 2>&1)" "$("$BOUNCEDB" parse "$sample" 2>&1)"
done <samples

# encrypted TYPE PARAMETERS: what GMime has classes for that are not linked
encrypted() {
  printf 'From: ann@example.com\nSubject: x\nMIME-Version: 1.0\nContent-Type: %s; %s; boundary=b\n\n' "$1" "$2"
  printf -- '--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: %s\n\n-----BEGIN PGP MESSAGE-----\n\n--b--\n' "$3"
}
encrypted multipart/encrypted protocol=application/pgp-encrypted application/octet-stream >./1
encrypted multipart/signed 'protocol=application/pgp-signature; micalg=pgp-sha256' application/pgp-signature >./2
encrypted multipart/signed protocol=application/pkcs7-signature application/pkcs7-signature >./3
printf 'From: a@example.com\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIAG\n' >./4
for message in 1 2 3 4; do
  check "encrypted or signed, $message" "$("$static" parse <$message 2>&1)" "$("$BOUNCEDB" parse <$message)"
done

chmod 700 .
configure "$tmp"
check_exit "it makes a database" 0 "$static" db init --config conf
bounce 1 >letter
check_exit "it delivers" 0 "$static" --config conf --sender= <letter
check_exit "the other one finds the message there" 0 "$BOUNCEDB" --config conf --sender= <letter
check "once" "$(sqlite3 x.db 'SELECT count(*), max(recipient) FROM failure')" '1|r1@example.net'

done_testing
