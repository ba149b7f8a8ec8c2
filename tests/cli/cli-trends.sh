#!/bin/sh
# bouncedb trends: what has changed, in sentences, and who is told.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
day=86400 now=1790000000 # 2026-09-21 14:13 UTC, a Monday
config() { printf '[database]\nfile = %s/b.db\n[trends]\nsyslog = no\n' "$PWD"; }
config >conf
# flat: what it says, without line ends
trends() {
  "$BOUNCEDB" trends --config conf --now "${at:-$now}" "$@"
  _status=$?
  tr -s '\n ' ' ' <out >flat
  return $_status
}

# failures DAYS-AGO HOUR NUMBER REASON PROVIDER [LIST]: one every second; domains differ
failures() {
  cat <<END_OF_SQL
CREATE TEMP TABLE new AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $3)
  SELECT (SELECT coalesce(max(message_id), 0) FROM message) + i AS id, i,
    (20717 - $1) * $day + $2 * 3600 + i AS at FROM n;
INSERT INTO message (message_id, digest, kind, reader, received_at, list_id, size, notes, recipients, repeated)
  SELECT id, randomblob(32), 'bounce', 'rfc3464', at, nullif('${6:-news.example.org}', ''), 2000, 0, 1, 0 FROM new;
INSERT INTO failure (failure_id, message_id, failed_at, recipient, recipient_domain, action, status, reply_code,
    diagnostic, provider, class, reason, party, rule)
  SELECT id, id, at, 'u' || id || '@d' || i || '.example', 'd' || i || '.example', 'failed', '5.0.0', 550,
    '550 no', nullif('$5', ''), CASE party WHEN 'sender' THEN 'policy' ELSE 'permanent' END, reason, party,
    CASE reason WHEN 'spf' THEN 'gmail.spf' END
  FROM new JOIN reason ON reason = '$4';
DROP TABLE new;
END_OF_SQL
}
count() {
  cat <<END_OF_SQL
DELETE FROM daily;
INSERT INTO daily SELECT failed_at / 86400, class, reason, coalesce(provider, ''), coalesce(list_id, ''),
    coalesce(recipient_domain, ''), count(*), min(failure_id), max(failure_id)
  FROM failure JOIN message USING (message_id) GROUP BY 1, 2, 3, 4, 5, 6;
END_OF_SQL
}
fill() { { echo 'BEGIN;'; cat; count; echo 'COMMIT;'; } | sqlite3 b.db; "$BOUNCEDB" db reweigh --config conf >/dev/null; }
first() { sqlite3 -readonly b.db "SELECT min(failure_id) FROM failure WHERE reason = '$1' AND failed_at >= $2"; }

"$BOUNCEDB" db init --config conf >/dev/null
check_exit "an empty database" 0 trends
check "has nothing to tell" "$(cat out)" ""
ok "because it has no history" grep -q '8 days of history are needed' err

# Sixty days: more on Mondays, a few SPF failures, and nothing from Microsoft.
d=61
while [ $d -gt 1 ]; do
  n=20
  [ $((d % 7)) -ne 0 ] || n=60
  failures $d 9 $n user_unknown gmail
  failures $d 10 $n user_unknown ''
  failures $d 11 2 spf gmail
  d=$((d - 1))
done | fill
check_exit "a history, and nothing else" 0 trends
check "needs no sentence" "$(cat out) $(cat err)" "nothing unusual has begun since 2026-09-20 "
at=$((now - 5 * day))
check_exit "nor was there ever anything" 0 trends --since 30d
at=$now

report() { "$BOUNCEDB" report --json --config conf --now "$at" >page; sqlite3 :memory: "SELECT json_extract(readfile('page'), '$1')"; }
at=$((now - 7 * day))
check "nor is a Monday unusual in the report" "$(report '$.unusual'), $(report '$.news')" "0, []"
at=$now

{ failures 0 7 20 user_unknown gmail winter.example.org; failures 0 7 12 user_unknown '' winter.example.org; } | fill
check_exit "a new list has bad addresses like any other" 0 trends --since today

failures 1 15 212 spf gmail | fill
f=$(first spf $((20716 * day + 15 * 3600)))
check_exit "SPF fails since yesterday" 1 trends
check "the report says so too" \
  "$(report '$.unusual') $(report '$.news[0].reason') $(report '$.news[0].yesterday') $(report '$.news[0].usual')" "1 spf 212 2"
ok "which is a sentence" grep -q "^spf at Gmail: usually 2 a day, 212 since 2026-09-20 15:00, 212 recipient domains; first: f$f " flat
ok "with the cause" grep -q 'The SPF record of the MAIL FROM domain does not list the sending server. Add' flat
ok "and what to do" grep -q 'Add the sending server to that SPF record' flat
ok "and the first failure" grep -qx "    bouncedb explain f$f" out
ok "which can be explained" "$BOUNCEDB" explain --config conf "f$f"
ok "in 72 columns" sh -c '! grep "^.\{73\}" out'
check_exit "quietly" 1 trends --quiet
check "without a word" "$(cat out err)" ""
check_exit "JSON" 1 trends --json
json() { sqlite3 :memory: "SELECT json_extract(readfile('out'), '$1')"; }
check "says the same" "$(json '$.reason') $(json '$.providers') $(json '$.usual') $(json '$.failures') $(json '$.new') $(json '$.since') $(json '$.failure_id')" \
  "spf [\"gmail\"] 2 212 0 2026-09-20T15:00:01Z $f"
check "on one line" "$(wc -l <out | tr -d ' ')" 1
at=$((now + day))
check_exit "what was told is not told again" 0 trends
check_exit "unless somebody asks" 1 trends --since 7d
ok "when it began" grep -q 'since 2026-09-20 15:00' out
at=$now
check_exit "before it began, there was nothing" 0 trends --until 2026-09-19
check_exit "it had not begun this morning" 0 trends --since today

# Two providers and one reason are one change; a new list, a wave, and hostile names.
{ failures 0 8 40 blocked microsoft; failures 0 8 30 blocked yahoo; } | fill
check_exit "blocked" 1 trends --since today
ok "at two providers is one sentence" grep -q 'blocked at Microsoft .*, Yahoo .*: never before, 70 since 2026-09-21 08:00' flat
check "and one only" "$(grep -c 'bouncedb explain' out)" 1
failures 0 9 300 user_unknown gmail | fill
check_exit "a wave of unknown users" 1 trends --since today
ok "may be the provider's fault" grep -q 'the provider may be at fault. bouncedb release' flat
failures 0 9 30 undefined '' | fill
check_exit "an unknown reply for thirty domains" 1 trends --since today
ok "is about the sender" grep -q 'probably the sender is refused, not the recipients' flat
bad=$(printf 'a\033[31mb\302\205c;$(touch pwned)`touch pwned`%%s')
failures 0 10 25 dkim gmail "$bad" | fill
check_exit "a list with a hostile name" 1 trends --since today
ok "is shown without control characters" sh -c '! LC_ALL=C tr -d "\n" <out | LC_ALL=C grep -q "[[:cntrl:]]"'
check_exit "and in JSON" 1 trends --since today --json
ok "without any, too" sh -c '! LC_ALL=C tr -d "\n" <out | LC_ALL=C grep -q "[[:cntrl:]]"'

# The hook: each change once, at most once a day, without a shell.
cat >hook <<'END_OF_HOOK'
#!/bin/sh
cat >>"$1"
printf '%s\n' "$2" >>arguments
END_OF_HOOK
chmod +x hook
{ config; printf "hook = %s/hook %s/got '; touch pwned \$HOME *'\n" "$PWD" "$PWD"; } >conf
check_exit "the hook is told" 0 trends --notify
ok "all of it" sh -c 'grep -q "^spf at Gmail" got && grep -q "^blocked at" got && grep -q "^dkim at Gmail" got'
check_file "as it is printed" got out
check "its arguments are words" "$(cat arguments)" "; touch pwned \$HOME *"
ok "no shell has read anything" sh -c '! test -e pwned'
: >got
at=$((now + 3600)) check_exit "an hour later" 0 trends --notify
check "nobody is told" "$(cat out got)" ""
failures 0 13 50 dmarc gmail | fill
at=$((now + 3 * 3600))
check_exit "something else, three hours later" 0 trends --notify
check "has to wait" "$(cat out got)" ""
at=$((now + 21 * 3600))
check_exit "a day later" 0 trends --notify
check "it is told, and nothing else" "$(grep -o '^[a-z_]* at [^:]*' got)" "dmarc at Gmail"
at=$now

# A hook that fails is run again.
sqlite3 b.db "DELETE FROM setting WHERE name GLOB 'told/*'"
{ config; printf 'hook = /bin/false\n'; } >conf
check_exit "a hook that fails" 75 trends --notify
ok "is an error" grep -q 'bouncedb: /bin/false failed (exit status 1)' err
{ config; printf 'hook = /nowhere/hook\n'; } >conf
check_exit "so is one that is not there" 75 trends --notify
config >conf
check_exit "the next one" 0 trends --notify --json
ok "tells what was not told" grep -q '"reason":"spf"' out
check_exit "and then no more" 0 trends --notify
check "" "$(cat out)" ""
for hook in 'mail root' '"' ''; do
  { config; printf 'hook = %s\n' "$hook"; } >conf
  check_exit "[trends] hook = $hook" 78 trends
done
config >conf

check_exit "no operand" 64 trends now
check_exit "--since is a time" 64 trends --since nonsense
check_exit "in order" 64 trends --since today --until yesterday
check_exit "what was not told has no period" 64 trends --notify --since 7d

done_testing
