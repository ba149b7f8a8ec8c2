#!/bin/sh
# bouncedb report: the same numbers as in the database, and nothing in them becomes markup. What a
# browser makes of the page is in tests/system/check-report.py (make check-report).
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
now=1790000000 # 2026-09-21
umask 077

report() { "$BOUNCEDB" report --db b.db --now $now "$@"; }
query() { sqlite3 -readonly b.db "$1"; }
json() { sqlite3 :memory: "SELECT json_extract(readfile('json'), '$1')"; }
sum() { sqlite3 :memory: "SELECT coalesce(sum($1), 0) FROM json_each(readfile('json'), '$2') AS one"; }
absent() { ! grep -qF -e "$1" "$2"; }

### An empty database has a report.

"$BOUNCEDB" db init --db b.db >out
check_exit "an empty database" 0 report -o empty.html
ok "nothing is wrong" grep -q 'There are no failures' empty.html
check "nobody has to act" "$(sed -n '/<article>/,/<\/article>/p' empty.html | grep -c '<th scope="row">')" 0
check_exit "nor in JSON" 0 report --format json
check "an empty database counts nothing" \
  "$(sqlite3 :memory: "SELECT json_extract(readfile('out'), '\$.failures.month')")" 0

### The numbers

sqlite3 b.db <"$top_srcdir/tests/lib/report-data.sql" || echo "# the data is wrong"
check_exit "JSON" 0 report --json
cp out json
check "one object on one line" "$(sqlite3 :memory: "SELECT json_valid(readfile('json'))") $(wc -l <json | tr -d ' ')" "1 1"
month="failed_at / 86400 BETWEEN $now / 86400 - 29 AND $now / 86400"
check "failures of today" "$(json '$.failures.today')" "$(query "SELECT count(*) FROM failure WHERE failed_at / 86400 = $now / 86400")"
check "failures of 30 days" "$(json '$.failures.month')" "$(query "SELECT count(*) FROM failure WHERE $month")"
check "by who has to act" "$(sum "json_extract(one.value, '\$.month')" '$.parties')" "$(json '$.failures.month')"

# expand: rows (class, reputation, provider, list, failures) of all series
expand="SELECT json_extract(kind.value, '\$.class') AS class, json_extract(kind.value, '\$.reputation') AS reputation,
  json_extract(series.value, '\$[0]') AS provider, json_extract(series.value, '\$[1]') AS list, number.value AS failures
  FROM json_each(readfile('json'), '\$.kinds') AS kind, json_each(kind.value, '\$.series') AS series,
    json_each(series.value) AS number WHERE number.key > 1 AND number.value > 0"
year="failed_at / 86400 BETWEEN $now / 86400 - 364 AND $now / 86400"
sqlite3 :memory: "SELECT class, sum(failures) FROM ($expand) GROUP BY 1 ORDER BY 1" >got
query "SELECT class, count(*) FROM failure WHERE $year GROUP BY 1 ORDER BY 1" >want
check_file "a year by class" got want
sqlite3 :memory: "SELECT reputation, sum(failures) FROM ($expand) WHERE reputation IS NOT NULL GROUP BY 1 ORDER BY 1" >got
query "SELECT CASE reason WHEN 'rate_limited' THEN 'rate' WHEN 'no_ptr' THEN 'ptr' WHEN 'auth_failed' THEN 'auth'
  ELSE reason END AS name, count(*) FROM failure WHERE $year
  AND reason IN ('blocked', 'spam', 'rate_limited', 'spf', 'dkim', 'dmarc', 'auth_failed', 'no_ptr')
  GROUP BY 1 ORDER BY 1" >want
check_file "a year by reputation" got want
sqlite3 :memory: "SELECT coalesce(json_extract(readfile('json'), '\$.providers[' || provider || '].provider'), ''), sum(failures)
  FROM ($expand) GROUP BY 1 ORDER BY 1" >got
query "SELECT coalesce(provider, ''), count(*) FROM failure WHERE $year GROUP BY 1 ORDER BY 1" >want
check_file "a year by provider" got want
check "what is new" "$(json '$.news[0].reason') $(json '$.news[0].provider') $(json '$.news[0].yesterday') $(json '$.news[0].usual')" \
  "spf gmail 60 0"
check "what to do first" "$(json '$.remedies[0].reason') $(json '$.remedies[0].failures')" "spf $(query "SELECT count(*) FROM failure WHERE reason = 'spf' AND $month")"
check "how many recipients" "$(json '$.remedies[0].recipients')" \
  "$(query "SELECT count(DISTINCT address) FROM failure WHERE reason = 'spf' AND provider = 'gmail' AND $month")"
check "the domain with most failures" "$(json '$.domains[0].domain') $(json '$.domains[0].failures')" \
  "$(query "SELECT recipient_domain || ' ' || count(*) FROM failure WHERE $month GROUP BY recipient_domain ORDER BY count(*) DESC LIMIT 1")"
check "campaigns" "$(json '$.campaigns[0].feedback_id') $(json '$.campaigns[0].failures') $(json '$.campaigns[0].permanent')" \
  "$(query "SELECT feedback_id || ' ' || count(*) || ' ' || sum(class = 'permanent') FROM failure JOIN message USING (message_id)
    WHERE $month AND feedback_id IS NOT NULL GROUP BY feedback_id ORDER BY count(*) DESC LIMIT 1")"
check "return paths, of all failures" "$(sum "json_extract(one.value, '\$.failures')" '$.senders') $(json '$.recent')" \
  "$(json '$.failures.month') $(json '$.failures.month')"
query "SELECT group_concat(n, ' ') FROM (SELECT count(f.took) AS n FROM
  (SELECT value, lag(value, 1, -1) OVER (ORDER BY value) AS after
   FROM json_each('[60,300,3600,21600,86400,172800,432000,2592000]')) LEFT JOIN
  (SELECT failed_at - sent_at AS took FROM failure JOIN message USING (message_id) WHERE $month AND class = 'permanent'
   AND provider = 'gmail') AS f ON f.took > after AND f.took <= value GROUP BY value ORDER BY value)" >want
sqlite3 :memory: "SELECT group_concat(number.value, ' ') FROM json_each(readfile('json'), '\$.times') AS one,
  json_each(one.value, '\$.failures') AS number WHERE json_extract(one.value, '\$.class') = 'permanent'
  AND json_extract(readfile('json'), '\$.providers[' || json_extract(one.value, '\$.provider') || '].provider') = 'gmail'" >got
check_file "time to bounce" got want
ok "some at each time" sh -c '! grep -qE "^0 0| 0 0" got'
check "of all failures that tell" \
  "$(sqlite3 :memory: "SELECT sum(number.value) FROM json_each(readfile('json'), '\$.times') AS one,
    json_each(one.value, '\$.failures') AS number")" \
  "$(query "SELECT count(*) FROM failure JOIN message USING (message_id) WHERE $month AND sent_at IS NOT NULL")"
check "unknown replies" "$(sum "json_extract(one.value, '\$.failures')" '$.unknown')" \
  "$(query "SELECT count(*) FROM failure WHERE masked IS NOT NULL AND failed_at / 86400 > $now / 86400 - 90")"
check "suppressed, and held" "$(json '$.suppressed') $(json '$.held')" \
  "$(query "SELECT (SELECT count(*) FROM suppression) || ' ' || (SELECT count(*) FROM held)")"
check "by day" "$(sum "json_extract(one.value, '\$.suppressed') + json_extract(one.value, '\$.held')" '$.list')" \
  "$(query "SELECT count(*) FROM entry")"
check "complaints" "$(sum "json_extract(one.value, '\$.month')" '$.complaints')" \
  "$(query "SELECT count(*) FROM complaint WHERE complained_at / 86400 > $now / 86400 - 30")"
check "what was kept" "$(sum "json_extract(one.value, '\$.kept')" '$.messages')" \
  "$(query "SELECT count(kept) FROM message WHERE received_at / 86400 > $now / 86400 - 30")"

### The page: hostile names are text.

check_exit "the page" 0 report -o page.html
check "for its owner only" "$(find page.html -perm 600)" page.html
check_exit "standard output" 0 report -o -
check_file "the same" out page.html
ok "not more than 400 kB" test "$(wc -c <page.html)" -le 400000
sed -n 's,^<script type="application/json" id="data">\(.*\)</script>$,\1,p' page.html >block
check "the data is one valid block" "$(sqlite3 :memory: "SELECT json_valid(readfile('block'))")" 1
check "which says the same" \
  "$(sqlite3 :memory: "SELECT json(readfile('block')) = json(replace(replace(replace(readfile('json'), '<', '\\u003c'), '>', '\\u003e'), '&', '\\u0026'))")" 1
ok "no markup in the data" sh -c '! grep -q "[<>&]" block'
ok "no line separators in the data" sh -c '! LC_ALL=C grep -q "$(printf "\342\200[\250\251]")" block'
tags() { LC_ALL=C grep -o "<$1[ >]" page.html | wc -l | tr -d ' '; }
ends() { LC_ALL=C grep -o "</$1>" page.html | wc -l | tr -d ' '; }
charts=$(LC_ALL=C grep -c 'Chart\.js v' page.html)
check "as many scripts as are ours" "$(tags script) $(ends script)" "$((2 + charts)) $((2 + charts))"
check "one style" "$(tags style) $(ends style)" "1 1"
check "no comments, no images, no frames" "$(sed '/^<script/,$d' page.html | grep -ciE '<!--|<img|<iframe|<object')" 0
check "no handlers" "$(sed '/^<script/,$d' page.html | grep -ciE '<[^>]* on[a-z]*=')" 0
for name in '</script><script>alert(3)' '<!--<script>' '"><img src=x' ']]>--></style>' "' onmouseover='"; do
  sed '/^<style>/,/^<\/style>/d; /^<script/,$d' page.html >own
  ok "not as it is: $name" absent "$name" own
done
ok "but escaped" grep -qF '&lt;/script&gt;&lt;script&gt;alert(3)&lt;/script&gt;' page.html
ok "nothing is loaded by policy" grep -qF "content=\"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src 'sha256-" page.html
check "no address of a server" "$(sed '/^<script/,$d' page.html | grep -cE '(src|href)="?(https?:)?//')" 0
sed -n '/<article>/,/<\/article>/p' page.html >answers
ok "when it began" grep -q 'It began on 2026-09-20 14:13 UTC' answers
ok "whether it goes on" grep -q 'The last one came on 2026-09-' answers
ok "usual on which day" grep -qE 'usual on a whole (Sunday|Monday): [0-9]+' answers
ok "whose domain" grep -q 'MAIL FROM domain: <bdi>[a-z]*\.example</bdi>' answers
ok "what the receiver says, without the recipient" grep -q 'The last reply: .*550 5.7.1 \[ADDRESS\] refused' answers
ok "nobody is suppressed for it" grep -q 'No address is suppressed for this' answers
check "who has to act" "$(grep -o '<th scope="row">' answers | wc -l | tr -d ' ')" \
  "$(query "SELECT count(DISTINCT party) FROM failure WHERE $month")"
ok "tables are there without the script" grep -q 'id="providers-table"' page.html

### What of people is shown

ok "no address by default" sh -c '! grep -qE "user[0-9]+@" page.html json'
check_exit "with addresses" 0 report --addresses --format json
ok "addresses are there" grep -qE '"recipient":"user[0-9]+@' out
ok "and replies as they came" grep -qF '<user' out
check_exit "a page with addresses" 0 report --addresses -o addresses.html
ok "it has them" grep -qE 'user[0-9]+@' addresses.html
check_exit "anonymised" 0 report --anonymise --format json
ok "no address" sh -c '! grep -qE "user[0-9]+@" out'
ok "no list" absent 'news.example.org' out
ok "no campaign" absent 'spring:acme' out
ok "no reply" absent '5.7.1' out
ok "domains stay" grep -q '"domain":"gmail.com"' out
check_exit "both exclude each other" 64 report --addresses --anonymise

### Files

check_exit "an unknown format" 64 report --format pdf
ok "the formats are named" grep -q 'html' err
check_exit "one format" 64 report --json --format html
check_exit "no operand" 64 report now
echo old >page.html && chmod 644 page.html
check_exit "a file is replaced" 0 report -o page.html
check "it keeps its mode" "$(find page.html -perm 644)" page.html
ok "nothing is left next to it" test ! -e page.html.new
check_exit "a directory that is not there" 75 report -o no/page.html

done_testing
