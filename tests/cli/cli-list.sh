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
"$BOUNCEDB" db reweigh --quiet --db b.db # counts what sqlite3 has inserted

# rows OPTION...: the numbers of the failures, in order
rows() { "$BOUNCEDB" list --db b.db --now $now "$@" | awk '/^f[0-9]+ *2/ { printf "%s ", substr($1, 2) }'; }
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
check "times are local" "$(TZ=Asia/Tokyo "$BOUNCEDB" list --db b.db --since 2020-01-01T20:00 | sed -n 2p | cut -c10-25)" \
  "2020-01-01 21:00"
check "several at once" "$(rows --since 1d --class policy --domain campus.example)" "2 "
check "several classes" "$(rows --class policy,quota)" "2 1 "
check "several --class" "$(rows --class POLICY --class quota)" "2 1 "
check "several domains and reasons" "$(rows --domain campus.example,school.example --reason blocked,mailbox_full)" "2 1 "
check "a provider by its name" "$(rows --provider Gmail)" "1 "
check "--address, any case" "$(rows --address ADA@school.example)" "1 "
check "--limit" "$(rows --limit 2)" "2 3 "
check "--limit 0 is all" "$(rows --limit 0)" "2 3 1 "
check "--reverse" "$(rows --reverse)" "1 3 2 "
check "--reverse of the newest" "$(rows --reverse --limit 2)" "3 2 "
sqlite3 -bail b.db "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, provider,
  class, reason, party) SELECT 1, 1500000000 + 86400 * value, 'eve@odd.example', 'odd.example', 'qq',
  'policy', 'spam', 'message' FROM generate_series(1, 3)"
check "what is not summed up yet" "$(rows --reason spam)" "6 5 4 "
check "the newest of what matches" "$(rows --class policy --limit 2) $(rows --provider qq --limit 1)" "2 6  6 "
check "of some days" "$(rows --reason spam --until 2017-07-16 --limit 1)" "5 "
sqlite3 -bail b.db "DELETE FROM failure WHERE failure_id > 3"
check "a percent sign is no pattern" "$(rows --domain %)" ""
check_exit "nothing found" 1 "$BOUNCEDB" list --db b.db --domain nowhere.example
check "says so, but not to a program" "$(cat out err)" "bouncedb: nothing is recorded that matches"
check_exit "something found" 0 "$BOUNCEDB" list --db b.db

# errors WANT OPTION...: a usage error, which says
errors() {
  _message=$1
  shift
  check_exit "$*" 64 "$BOUNCEDB" list --db b.db "$@"
  check "$*: says" "$(cat err)" "bouncedb: $_message"
}
errors "unknown provider: Gmial; did you mean gmail?" --provider Gmial
errors "unknown provider: outlook; did you mean microsoft?" --provider outlook
errors "unknown provider: x' OR '1'='1; bouncedb rules list names them" --provider "x' OR '1'='1"
errors '--domain takes a domain, not "@campus.example"; did you mean campus.example?' --domain @campus.example
errors '--domain takes a domain such as example.org, not ""' --domain ''
errors "--class: no such name: polcy; did you mean policy?" --class spf,polcy
errors '--class takes permanent, transient, policy, spf, quota or auth, not "x"' --class x
errors "--reason: no such name: unknown; did you mean user_unknown or host_unknown?" --reason unknown
errors "--kind: no such name: delays; did you mean delay?" --kind delays
errors '--kind takes failure, bounce, delay, success, complaint, auto_reply, challenge, other or unreadable, not "x"' \
  --kind x
errors "--class does not apply to messages of the kind complaint" --kind complaint --class spf
errors "--limit must not be negative" --limit -2
errors "--limit must not be negative" --limit -1
errors "list takes no arguments: ada@school.example (did you mean --address?)" ada@school.example
errors "list takes no arguments: ada" ada
errors '--limit takes a number, not "x y"' --limit 'x y'
errors '--limit takes a number, not "99999999999999999999"' --limit=99999999999999999999
errors '--now takes a number, not "-"' --now -
errors '--class needs a value' --class
errors '-c needs a value' -c
errors 'unknown option: -y' -y
errors '--color takes auto, always or never, not "red"' --color red
errors "not an address: foo bar" --address 'foo bar'

"$BOUNCEDB" list --db b.db >text
check "a header, and two lines per failure" "$(head -3 text)" \
  "ID       TIME              CLASS       REASON             RECIPIENT
f2       2020-01-01 12:00  policy      blocked            =cmd@campus.example
         (unknown) \\x1b]0;x\\x07, 2"
ok "no colour in a pipe" sh -c '! grep -q "$(printf "\\033")" text'
"$BOUNCEDB" list --db b.db --color always >colored
ok "--color always" grep -q "$(printf '\033')\\[35mpolicy    $(printf '\033')\\[0m" colored
ok "in 80 columns" sh -c '! grep -q "^.\{81\}" text'
ok "control characters do not reach the terminal" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" text'
ok "the text shows it escaped" grep -q '\\x1b]0;x\\x07, 2$' text

"$BOUNCEDB" list --db b.db --format csv >csv
check "csv: a header and a line each" "$(tr -d '\r' <csv | wc -l | tr -d ' ')" 4
check "csv: the header" "$(head -1 csv | tr -d '\r')" "failure_id,message_id,failed_at,recipient,\
recipient_domain,final_recipient,original_recipient,action,status,reply_code,stage,diagnostic,\
remote_mta,provider,class,reason,party,rule,trust,proof,counts,subscriber"
check "csv: quotes doubled" "$(sed -n 4p csv | tr -d '\r')" '1,1,1577000000,"ada@school.example",'\
'"school.example",,,,"5.2.2",552,,"it is ""full""",,"gmail","quota","mailbox_full","recipient",,"unsigned",,1,'
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

"$BOUNCEDB" list --db b.db --format jsonl --reverse >jsonl
check "jsonl: an object per line" "$(wc -l <jsonl | tr -d ' ')" 3
line() { sqlite3 -nullvalue null :memory: "SELECT json_extract('$(sed -n "$1p" jsonl | sed "s/'/''/g")', '$2')"; }
check "jsonl: an id that other commands take" "$(line 1 '$.id')" f1
check "jsonl: a time" "$(line 1 '$.failed_at')" 2019-12-22T07:33:20Z
check "jsonl: a truth value" "$(line 1 '$.counts')" 1
"$BOUNCEDB" list --db b.db --json --reverse >json.option
check_file "--json is the same" json.option jsonl

sqlite3 -bail b.db <<'END'
INSERT INTO message (digest, kind, received_at, envelope_sender, subject, size, notes, recipients, repeated)
  VALUES (randomblob(32), 'auto_reply', 1577880000, 'bob@home.example', 'Away', 10, 0, 0, 0);
INSERT INTO delay (message_id, failed_at, recipient, recipient_domain, diagnostic, class, reason, party)
  VALUES (1, 1577880000, 'cyd@slow.example', 'slow.example', 'timed out', 'transient', 'network_error',
          'receiver');
INSERT INTO delivery (message_id, delivered_at, recipient, recipient_domain, action)
  VALUES (1, 1577880000, 'dan@home.example', 'home.example', 'delivered');
INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain)
  VALUES (1, 1577880000, 'eve@home.example', 'home.example');
END
kind() { "$BOUNCEDB" list --db b.db --kind "$@" | sed 1d; }
check "--kind delay" "$(kind delay --class transient)" \
  "m1       2020-01-01 12:00  transient   network_error      cyd@slow.example
         (unknown) timed out"
check "--kind success" "$(kind success --domain home.example | head -1)" \
  "m1       2020-01-01 12:00  -           delivered          dan@home.example"
check "--kind complaint" "$(kind complaint --address eve@home.example | head -1)" \
  "m1       2020-01-01 12:00  -           -                  eve@home.example"
check "--kind auto_reply" "$(kind auto_reply)" \
  "m2       2020-01-01 12:00  auto_reply  -                  bob@home.example
         -         Away"

### On a terminal

# terminal COMMAND: its output on a terminal of 12 lines and 70 columns, without the terminal's own
# sequences for a mode or an erased line
terminal() {
  script -qec "stty rows 12 cols 70; $1" /dev/null </dev/null | tr -d '\r' |
    sed "s/$(printf '\033')\\[[?0-9]*[A-Zhl]//g; s/$(printf '\033')[=>M]//g"
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
  for i in 1 2 3 4 5 6 7 8; do
    sqlite3 -bail b.db "INSERT INTO failure (message_id, failed_at, recipient, diagnostic, class, reason,
      party) VALUES (1, 1577880000 + $i, 'a-recipient-with-a-long-name-$i@far.example',
      '550 邮箱不存在邮箱不存在邮箱不存在邮箱不存在邮箱不存在邮箱不存在邮箱不存在', 'permanent', 'user_unknown', 'recipient')"
  done
  export PAGER=cat TERM=xterm
  terminal "NO_COLOR=1 $BOUNCEDB list --db b.db" >screen
  check "a screenful, and how many there are" "$(tail -1 screen)" "6 more; --limit 0 lists all"
  check "of five failures" "$(grep -c '^f' screen)" 5
  ok "in the width of the terminal" awk '/^f/ && length($0) > 70 { exit 1 }' screen
  ok "of which a wide character takes two" grep -q '^         (unknown) 550 .\{22\}\.\.\.$' screen
  ok "NO_COLOR: none" sh -c '! grep -q "$(printf "\\033")" screen'
  terminal "$BOUNCEDB list --db b.db" >screen
  ok "otherwise the class is coloured" grep -q "$(printf '\033')\\[31mpermanent" screen
  printf '#!/bin/sh\necho "pager $*"\ncat\n' >my-pager
  chmod 755 my-pager
  PAGER="$tmp/my-pager 'a b' \$(echo x)"
  terminal "$BOUNCEDB list --db b.db --limit 0" >screen
  check "the pager gets its arguments, but no shell sees them" "$(head -1 screen)" "pager a b \$(echo x)"
  check "and everything" "$(grep -c '^f' screen)" 11
  PAGER=true
  terminal "$BOUNCEDB list --db b.db --limit 0; echo status \$?" >screen
  check "a pager that ends early is no error" "$(cat screen)" "status 0"
  sqlite3 -bail b.db "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO failure (message_id, failed_at, recipient, class, reason, party)
    SELECT 1, 1577000000 - i, 'r' || i || '@far.example', 'permanent', 'user_unknown', 'recipient' FROM n"
  terminal "$BOUNCEDB list --db b.db --limit 0; echo status \$?" >screen
  check "nor if most of the output is left" "$(cat screen)" "status 0"
  sqlite3 -bail b.db "DELETE FROM failure WHERE failed_at < 1577000000"
  cp my-pager own-pager
  BOUNCEDB_PAGER="$tmp/own-pager mine"
  export BOUNCEDB_PAGER
  terminal "$BOUNCEDB list --db b.db --limit 1" >screen
  check "BOUNCEDB_PAGER comes before PAGER" "$(head -1 screen)" "pager mine"
  for command in "show f1" stats "explain f1" config "rules list --provider gmail" "export --list-formats"; do
    terminal "$BOUNCEDB $command --db b.db" >screen
    check "$command: in the pager" "$(head -1 screen)" "pager mine"
    terminal "$BOUNCEDB --no-pager $command --db b.db" >plain
    check_file "$command --no-pager: without" plain - <<END
$(sed 1d screen)
END
  done
  terminal "echo '550 no such user' | $BOUNCEDB explain -" >screen
  ok "explain -: without, since the terminal may be the input" sh -c '! grep -q pager screen'
  unset BOUNCEDB_PAGER
  PAGER=no-such-pager
  terminal "$BOUNCEDB list --db b.db --limit 1" >screen
  check "without a pager, the list is printed" "$(grep -c '^f' screen)" 1
fi

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
check_exit "a word that is not an address" 1 "$BOUNCEDB" list --db b.db --address nobody-there
check "says what it lacks" "$(cat err)" \
  "bouncedb: nothing is recorded that matches; an address has a domain (@...)"
check_exit "an option that is nothing like another" 64 "$BOUNCEDB" list --foo
check "has no suggestion" "$(cat err)" "bouncedb: unknown option: --foo"
check_exit "no operands" 64 "$BOUNCEDB" list --db b.db ada@school.example
check_exit "no database" 75 "$BOUNCEDB" list --db nowhere.db
check_exit "a full output" 75 sh -c '"$1" list --db b.db >/dev/full' - "$BOUNCEDB"

done_testing
