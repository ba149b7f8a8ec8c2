#!/bin/sh
# bouncedb list: filters and formats.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
now=1577880000 # 2020-01-01 12:00 UTC

cat "$top_srcdir"/schema/*.sql | sqlite3 -bail b.db
sqlite3 -bail b.db <<'END'
INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)
  VALUES (randomblob(32), 'bounce', 0, 0, 0, 0, 0);
INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, status, reply_code,
                     diagnostic, provider, class, reason, party) VALUES
  (1, 1577000000, 'ada@school.example', 'school.example', '5.2.2', 552, 'it is "full"', 'gmail',
   'quota', 'mailbox_full', 'recipient'),
  (1, 1577880000, '=cmd@campus.example', 'campus.example', NULL, NULL, char(27) || ']0;x' || char(7)
   || ', 2', NULL, 'policy', 'blocked', 'sender'),
  (1, 1577870000, NULL, NULL, NULL, 550, NULL, NULL, 'permanent', 'user_unknown', 'recipient');
END

# rows OPTION...: the numbers of the failures, in order
rows() { "$BOUNCEDB" list --db b.db --now $now "$@" | awk '/^ *[0-9]+  2/ { printf "%s ", $1 }'; }
check "all, newest first" "$(rows)" "2 3 1 "
check "--class" "$(rows --class quota)" "1 "
check "--reason" "$(rows --reason blocked)" "2 "
check "--domain, any case" "$(rows --domain Campus.EXAMPLE)" "2 "
check "--provider" "$(rows --provider gmail)" "1 "
check "--since a span" "$(rows --since 1d)" "2 3 "
check "--since hours" "$(rows --since 1h)" "2 "
check "--since a date" "$(rows --since 2020-01-01)" "2 3 "
check "--since seconds" "$(rows --since 1577000001)" "2 3 "
check "--since a word" "$(rows --since yesterday)" "2 3 "
check "--since a time of the day" "$(rows --since 2020-01-01T11:00Z)" "2 "
check "--until a day includes it" "$(rows --until 2020-01-01)" "2 3 1 "
check "--until a time" "$(rows --until 2020-01-01T11:00)" "3 1 "
check "--since and --until" "$(rows --since 2019-12-31 --until 2019-12-31)" ""
check "times are local" "$(TZ=Asia/Tokyo "$BOUNCEDB" list --db b.db --since 2020-01-01T20:00 | head -1 | cut -c9-24)" \
  "2020-01-01 21:00"
check "several at once" "$(rows --since 1d --class policy --domain campus.example)" "2 "
check "nothing is not an error" "$(rows --domain nowhere.example)" ""
check "a quote is a value, not SQL" "$(rows --provider "x' OR '1'='1")" ""
check "a percent sign too" "$(rows --domain %)" ""

"$BOUNCEDB" list --db b.db >text
check "two lines per failure" "$(head -2 text)" "     2  2020-01-01 12:00  policy     blocked            =cmd@campus.example
        -          \\x1b]0;x\\x07, 2"
ok "in 80 columns" sh -c '! grep -q "^.\{81\}" text'
ok "control characters do not reach the terminal" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" text'
ok "the text shows it escaped" grep -q '\\x1b]0;x\\x07, 2$' text

"$BOUNCEDB" list --db b.db --format csv >csv
check "csv: a header and a line each" "$(tr -d '\r' <csv | wc -l | tr -d ' ')" 4
check "csv: the header" "$(head -1 csv | tr -d '\r')" "failure_id,message_id,failed_at,recipient,\
recipient_domain,final_recipient,original_recipient,action,status,reply_code,stage,diagnostic,\
remote_mta,provider,class,reason,party,rule,trust,counts"
check "csv: quotes doubled" "$(sed -n 4p csv | tr -d '\r')" '1,1,1577000000,"ada@school.example",'\
'"school.example",,,,"5.2.2",552,,"it is ""full""",,"gmail","quota","mailbox_full","recipient",,"unsigned",1'
ok "csv: nor does a control reach whoever reads it" sh -c '! tr -d "\r\n" <csv | LC_ALL=C grep -q "[[:cntrl:]]"'
ok "csv: no cell is a formula" grep -q "\"'=cmd@campus.example\"" csv

"$BOUNCEDB" list --db b.db --format json >json
check "json: one valid array" "$(sqlite3 :memory: "SELECT json_array_length(readfile('json'))")" 3
field() { sqlite3 -nullvalue null :memory: "SELECT json_extract(readfile('json'), '$1')"; }
check "json: numbers are numbers" "$(sqlite3 :memory: \
  "SELECT json_type(readfile('json'), '\$[2].reply_code')")" integer
check "json: text" "$(field '$[2].diagnostic')" 'it is "full"'
check "json: absent is null" "$(field '$[1].recipient')" null
ok "json: control characters escaped" grep -q '\\u001b' json
"$BOUNCEDB" list --db b.db --format json --class auth >none
check "json: nothing is an empty array" "$(cat none)" "[]"

check_exit "no such class" 64 "$BOUNCEDB" list --db b.db --class temporary
check_exit "no such reason" 64 "$BOUNCEDB" list --db b.db --reason full
check_exit "no such format" 64 "$BOUNCEDB" list --db b.db --format xml
check_exit "no such time" 64 "$BOUNCEDB" list --db b.db --since tomorrow
for command in list export reclassify "release --provider gmail"; do
  # shellcheck disable=SC2086
  check_exit "$command: no such time" 64 "$BOUNCEDB" $command --db b.db --since 2020-13-01
  cp err since.err
  # shellcheck disable=SC2086
  check_exit "$command: no such end" 64 "$BOUNCEDB" $command --db b.db --since 1d --until 2020-13-01
  check "$command: one message for all" "$(cat since.err err)" "$(for option in since until; do
    echo "bouncedb: --$option takes a time (now, today, yesterday, 12h, 7d, 3w, 1m, 1y, 2026-11-30," \
      "2026-11-30T12:00, 2026-11-30T12:00Z, or Unix seconds), not \"2020-13-01\""
  done)"
done
check_exit "no operands" 64 "$BOUNCEDB" list --db b.db ada@school.example
check_exit "no database" 75 "$BOUNCEDB" list --db nowhere.db
check_exit "a full output" 75 sh -c '"$1" list --db b.db >/dev/full' - "$BOUNCEDB"

done_testing
