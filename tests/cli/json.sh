#!/bin/sh
# bouncedb-json(7) is a contract: what commands print has the names on the page, in their order, and
# nothing else.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
page=$top_srcdir/doc/bouncedb-json.7
samples=$top_srcdir/tests/samples/demo
umask 077
printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\nkeep = %s/keep\n' "$tmp" "$tmp" >conf
run() { "$BOUNCEDB" "$@" --config conf; }
run db init >out
for letter in "$samples"/*.eml; do run deliver <"$letter"; done
run allow edsger@campus.example --note 'he called' >out

# on_page SECTION [LIST]: the names in a section, or in its second list
on_page() {
  awk -v want="$1" -v list="${2:-1}" '
    /^\.S[sh] / { inside = ($2 == want); lists = 0 }
    inside && /^\.Bl / { lists++ }
    inside && lists == list && /^\.It / { sub(/^\.It /, ""); gsub(/ , /, "\n"); print }' "$page"
}

# keys FILE: the names in the object on its first line, which has to be valid
keys() {
  head -1 "$1" >first
  sqlite3 :memory: "SELECT key FROM json_each(readfile('first'))"
}

# agrees SECTION LIST COMMAND...: the command prints objects with the names on the page
described=" "
agrees() {
  _section=$1 _list=$2 described="$described$1 "
  shift 2
  run "$@" >got 2>err
  keys got >names
  on_page "$_section" "$_list" >want
  check_file "$*: the names on the page" names want
  ok "$*: objects are on one line each" sh -c '! grep -qv "^{.*}\$" got'
  ok "$*: no control characters" sh -c '! LC_ALL=C tr -d "\n" <got | LC_ALL=C grep -q "[[:cntrl:]]"'
}

agrees list 1 list --json
agrees explain 1 explain --json '550 5.1.1 no such user'
agrees explain 1 explain --json -- '250 ok'
agrees show 1 show --json edsger@campus.example
agrees show 2 show --json m1
agrees show 2 show --json f1
agrees stats 1 stats --json
agrees check 1 check --json edsger@campus.example
agrees import 1 import --json "$samples"
agrees export 1 export --list-formats --json
agrees doctor 1 doctor --json
agrees config 1 config --json
agrees rules 1 rules list --json
agrees reclassify 1 reclassify --json
agrees db 1 db check --json
agrees parse 1 parse "$samples/gmail-full.eml"

check "no section of the page is left out" \
  "$(sed -n 's/^\.Ss //p' "$page" | while read -r section; do
    case $described in *" $section "*) ;; *) echo "$section" ;; esac
  done)" ""
check "every command with --json is on the page" "$(
  for command in $("$BOUNCEDB" --help </dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    "$BOUNCEDB" help "$command" </dev/null | grep -q -e '--json' || continue
    case $described in *" $command "*) ;; *) echo "$command" ;; esac
  done)" ""

### The style of the values

run list --json --reverse >got
ok "times are RFC 3339, in UTC" grep -q '"failed_at":"[0-9-]*T[0-9:]*Z"' got
ok "truth values are true and false" grep -q '"counts":true' got
ok "what is absent is null" grep -q '"final_recipient":\(null\|"\)' got
run show --json edsger@campus.example >got
object() { sqlite3 -nullvalue null :memory: "SELECT json_extract(readfile('got'), '$1')"; }
check "what people have decided" "$(object '$.override.verdict') $(object '$.override.note')" "allow he called"
check "events have ids that show takes" "$(object '$.events[0].id')" "f6"
ok "which it does" run show "$(object '$.events[0].id')"
check_exit "doctor --json" 0 run doctor --json
check "and its status" "$(sqlite3 :memory: "SELECT json_extract(readfile('out'), '$.status')")" ok
chmod 644 b.db
check_exit "doctor --json with a finding" 1 run doctor --json
check "and its status" "$(sqlite3 :memory: "SELECT json_extract(readfile('out'), '$.status')")" warning
printf '[rules]\nfile = /nonexistent/rules\n' >>conf
check_exit "doctor --json if messages are deferred" 2 run doctor --json
check "and its status" "$(sqlite3 :memory: "SELECT json_extract(readfile('out'), '$.status')")" deferred
ok "and its text" grep -q '"level":"finding","subject":"delivery","text":"messages are deferred: ' out

done_testing
