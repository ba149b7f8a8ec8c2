#!/bin/sh
# The pages are clean mdoc and agree with the program; the examples in them and in README work.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
BOUNCEDB=${BOUNCEDB:-$top_srcdir/build/bouncedb}

if ! command -v mandoc >/dev/null; then
  echo "1..0 # SKIP mandoc is not installed"
  exit 0
fi

for page in "$top_srcdir"/doc/*.[1-8]; do
  name=${page##*/}
  check_exit "$name is clean" 0 mandoc -Tlint -Wwarning "$page"
  if command -v groff >/dev/null; then
    check_exit "$name: groff formats it" 0 groff -mandoc -Tutf8 -ww "$page"
    check "$name: groff does not warn" "$(cat err)" ""
  fi
  check "$name has its own name in .Dt" \
    "$(sed -n 's/^\.Dt \([^ ]*\) \([1-8]\)$/\1.\2/p' "$page" | tr '[:upper:]' '[:lower:]')" "$name"
done

# Our own pages that others refer to exist.
references() {
  sed -n 's/^\.Xr \(bouncedb[^ ]*\) \([1-8]\).*/\1.\2/p' "$top_srcdir"/doc/*.[1-8] | sort -u
}
missing() { references | while read -r _page; do [ -f "$top_srcdir/doc/$_page" ] || echo "$_page"; done; }
check "pages that others refer to exist" "$(missing)" ""

# Exit statuses: those of exits.h, and that of doctor.
{ sed -n 's/^ *EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' "$top_srcdir/src/cmd/exits.h"; echo 2; } | sort -n >statuses
awk '/^\.Sh / { inside = ($2 == "EXIT") } inside && /^\.It [0-9]/ { print $2 }' "$top_srcdir/doc/bouncedb.1" >described
check_file "bouncedb(1) describes exactly the exit statuses that exist" described statuses

### Settings: bouncedb.conf(5) and the table in settings-table.c have the same ones in the same order.

sed -n 's/^ *{"\([a-z-]*\)", "\([a-zA-Z-]*\)", TYPE_.*/\1 \2/p' "$top_srcdir/src/settings/settings-table.c" >table
awk '/^\.Ss \[/ { group = $2; gsub(/[][]/, "", group) } /^\.It Ic / { print group, $3 }' \
  "$top_srcdir/doc/bouncedb.conf.5" >described
ok "settings-table.c has settings" test -s table
check_file "bouncedb.conf(5) describes exactly the settings that exist" described table

### Examples, with an archive of our own messages

mkdir bin
ln -s "$BOUNCEDB" bin/bouncedb
PATH=$tmp/bin:$PATH
for letter in "$top_srcdir"/tests/samples/demo/*.eml; do
  grep -q '^From ' "$letter" || echo 'From MAILER-DAEMON  Fri Nov 20 08:00:00 2026'
  cat "$letter"
  echo
done >old-bounces.mbox

# "$ command" lines of a page, continued where they end in a backslash
awk '/^\.Sh / { inside = ($2 == "EXAMPLES") } !inside { next }
  /^\$ / || more { line = $0; sub(/^\$ /, "", line); more = sub(/\\e$/, "", line);
                   printf "%s%s", line, more ? "" : "\n" }' "$top_srcdir/doc/bouncedb.1" >examples
ok "bouncedb(1) has examples" test -s examples
while read -r example; do
  ok "example: $example" sh -c "$example" </dev/null
done <examples

# Queries in README: indented, from SELECT to a semicolon. They ask about this week, so the messages
# are delivered, not imported.
HOME=$tmp/reader
mkdir "$HOME"
for letter in "$top_srcdir"/tests/samples/demo/*.eml; do
  bouncedb <"$letter" || echo "not delivered: $letter"
done
awk '/^    SELECT/ { query = "" } /^    SELECT/, /;$/ { query = query " " $0; if (/;$/) print query }' \
  "$top_srcdir/README" >queries
check "README has three queries" "$(wc -l <queries)" 3
while read -r query; do
  ok "README: $query" sh -c 'sqlite3 -readonly ~/.local/share/bouncedb/bounces.db "$1" | grep .' - "$query"
done <queries

done_testing
