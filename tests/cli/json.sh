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
mkdir stub
printf '#!/bin/sh\n' >stub/smtpd
chmod 755 stub/smtpd
echo 'match from any for any action "x"' >smtpd.conf
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

# unusual: a history of two weeks, and a day that is not like it
unusual() {
  sqlite3 b.db <<END_OF_SQL
WITH RECURSIVE n (age) AS (SELECT 1 UNION ALL SELECT age + 1 FROM n WHERE age < 20)
  INSERT INTO list_sum SELECT 1, strftime('%s', 'now') / 86400 - age, 'spf', 'spf', 'gmail', '',
    CASE age WHEN 1 THEN 99 ELSE 1 END, 1 FROM n;
END_OF_SQL
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
agrees report 1 report --json
agrees check 1 check --json edsger@campus.example
agrees import 1 import --json "$samples"
agrees export 1 export --json --output list
agrees export 2 export --list-formats --json
agrees allow 1 allow --json --dry-run ann@home.example
agrees allow 1 suppress --json --dry-run --domain home.example
agrees release 1 release --json --domain home.example --since 1d
agrees release 1 release --json --undo --domain home.example --since 1d
agrees confirm 1 confirm --json ann@home.example
agrees forget 1 forget --json --dry-run edsger@campus.example
agrees prune 1 prune --json --older-than 2y
PATH=$tmp/stub:$PATH agrees setup 1 setup --json opensmtpd --server-config smtpd.conf
agrees doctor 1 doctor --json
agrees config 1 config --json
agrees rules 1 rules list --json
agrees rules 2 rules check --json
agrees rules 3 rules test --json '550 5.1.1 no such user'
agrees reclassify 1 reclassify --json
agrees reclassify 2 reclassify --unreadable --json
agrees verp 3 verp keygen --json "$tmp/key"
agrees verp 1 verp make --json --key key --base bounces@news.example ann@home.example
agrees verp 2 verp check --json --key key bounces+x@news.example
echo ann@home.example >sent
agrees sent 1 sent --json --plain sent
agrees db 1 db check --json
agrees db 2 db init --json
agrees db 3 db migrate --json
agrees db 4 db snapshot --json copy
agrees db 5 db reweigh --json
agrees sync 2 sync --status --json
agrees fleet 1 fleet keygen --json
unusual
agrees trends 1 trends --json
agrees parse 1 parse "$samples/gmail-full.eml"
cp got parsed
run parse --json "$samples/gmail-full.eml" >got
check_file "parse --json is the same" got parsed

described="$described suppress " # for which the page refers to allow
check "no section of the page is left out" \
  "$(sed -n 's/^\.Ss //p' "$page" | while read -r section; do
    case $described in *" $section "*) ;; *) echo "$section" ;; esac
  done)" ""
# The commands; verbs COMMAND: its verbs, of which each has options of its own
commands() { "$BOUNCEDB" --help </dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'; }
verbs() { "$BOUNCEDB" help "$1" </dev/null | sed -n 's/^  bouncedb.*\] \([a-z]*|[a-z|]*\)$/\1/p' | tr '|' ' '; }
check "every command is on the page, but those that are silent" "$(
  for command in $(commands); do
    case $described in *" $command "*) ;; *) echo "$command" ;; esac
  done)" "deliver
lmtp"
check "every command has --json, but these" "$(
  for command in $(commands); do
    _verbs=$(verbs "$command")
    for verb in $_verbs; do
      # shellcheck disable=SC2086
      "$BOUNCEDB" help "$command" $verb </dev/null | grep -q -e ' --json ' || echo $command $verb
    done
    [ "$_verbs" ] || "$BOUNCEDB" help "$command" </dev/null | grep -q -e ' --json ' || echo "$command"
  done)" "deliver
lmtp
rules draft"

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

### What commands have done

sed -i '$d' conf # the rules
object() { sqlite3 -nullvalue null :memory: "SELECT json_extract(readfile('out'), '$1')"; }
run allow --quiet --json --undo edsger@campus.example >out
check "allow --undo: even if quiet" "$(object '$.changed') $(object '$.verdict') $(object '$.reason')" \
  "1 suppressed user_unknown"
run suppress --json --domain home.example >out
check "suppress: a domain" "$(object '$.address') $(object '$.verdict')" "@home.example suppressed"
run suppress --json --domain home.example >out
check "again" "$(object '$.changed')" 0
printf '%s\n' ann@far.example eve@far.example | run suppress --json - >out
check "suppress: an object for each address" "$(grep -c '"changed":true,"verdict":"suppressed"' out)" 2
run release --json --domain campus.example --since 7d >out
check "release" "$(object '$.dry_run') $(object '$.domain') $(object '$.lifted')" "0 campus.example 1"
run release --json --undo --domain campus.example --since 8d >out
check "release --undo" "$(object '$.withdrawn') $(object '$.restored')" "1 1"
run forget --json edsger@campus.example nobody@campus.example >out
check "forget" "$(object '$.addresses[0].reports') $(object '$.addresses[0].suppressed') $(object '$.addresses[1].known')" \
  "1 1 0"
run export --json --output list >out
check "export: a domain is left out" "$(object '$.format') $(object '$.left_out')" "plain 1"
check_exit "export --json without a file" 64 run export --json
echo nonsense | run rules check --json - >out
check "rules check" "$(object '$.ok') $(object '$.findings[0]')" \
  '0 standard input:1: neither a section nor "key: value" nor a comment'
check_exit "verp check" 1 run verp check --json --key key bounces+x@news.example
check "an unsigned return path" "$(object '$.trust') $(object '$.recipient')" "unsigned null"
run sent --json --plain sent >out
check "sent" "$(object '$.lines') $(object '$.recorded') $(object '$.accepted')" "1 1 0"
run db init --json >out
check "db init" "$(object '$.created')" 0

done_testing
