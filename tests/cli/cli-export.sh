#!/bin/sh
# bouncedb export: selections, files, hashes, cursors, and hostile addresses.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
command -v sqlite3 >/dev/null || { echo "1..0 # SKIP no sqlite3 shell"; exit 0; }
now=1767355200 # 2026-01-02 12:00 UTC

# shellcheck source=tests/lib/hostile-addresses.sh
(. "$top_srcdir/tests/lib/hostile-addresses.sh") || exit 99
mv x.db hostile.db

cat "$top_srcdir"/schema/*.sql | sqlite3 -bail b.db
sqlite3 -bail b.db <<'END_SQL'
INSERT INTO message (digest, kind, received_at, list_id, size, notes, recipients, repeated) VALUES
  (randomblob(32), 'bounce', 0, 'news.example.org', 0, 0, 0, 0),
  (randomblob(32), 'complaint', 0, 'offers.example.org', 0, 0, 0, 0);
INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, status, reply_code,
                     diagnostic, class, reason, party) VALUES
  (1, 1767182400, 'Cyd@school.example', 'school.example', '5.1.1', 550, '550 "Cyd", no', 'permanent',
   'user_unknown', 'recipient'),
  (1, 1767268800, 'ada@campus.example', 'campus.example', NULL, NULL, NULL, 'permanent',
   'host_unknown', 'recipient'),
  (1, 1767268800, 'eve@campus.example', 'campus.example', NULL, NULL, NULL, 'policy', 'blocked',
   'sender');
INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain) VALUES
  (2, 1767268801, 'bob@campus.example', 'campus.example');
INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at) VALUES
  ('dan@school.example', 'dan@school.example', 'school.example', 'suppress', 0, 1767268802);
END_SQL
chmod 600 b.db
"$BOUNCEDB" db reweigh --db b.db >out

export_b() { "$BOUNCEDB" export --db b.db --now $now "$@"; }
words() { export_b "$@" | sed 's/@.*//' | tr '\n' ' '; }

### Selections

check "all, sorted by address, one per line" "$(words)" "ada bob cyd dan "
check "addresses are in lower case" "$(export_b | sed -n 3p)" "cyd@school.example"
check "--class" "$(words --class permanent)" "ada cyd "
check "--class of something that is not a failure" "$(words --class complaint,manual)" "bob dan "
check "--reason" "$(words --reason host_unknown)" "ada "
check "--domain, any case" "$(words --domain School.EXAMPLE)" "cyd dan "
check "--list" "$(words --list news.example.org)" "ada cyd "
check "--since" "$(words --since 2026-01-01)" "ada bob dan "
check "several at once" "$(words --class permanent --since 1d)" "ada "
check "nobody" "$(words --domain nowhere.example)" ""

### Files

check_exit "--output" 0 export_b --output list.txt
check "its mode" "$(stat -c %a list.txt)" 600
chmod 640 list.txt
check_exit "again" 0 export_b --output list.txt --class permanent
check "it is replaced, and keeps its mode" "$(stat -c %a list.txt) $(wc -l <list.txt)" "640 2"
check "no temporary file is left" "$(ls -- *.new 2>/dev/null)" ""
export_b --format ses --chunk 2 --output ses.csv
check "--chunk makes files" "$(cat ses.csv ses-2.csv | cut -d, -f2 | tr '\n' ' ')" \
  "BOUNCE COMPLAINT BOUNCE BOUNCE "
check "with that many rows" "$(wc -l <ses.csv) $(wc -l <ses-2.csv)" "2 2"
export_b --format ses --chunk 2 --output ses.csv --class permanent
ok "files of a longer list are removed" test ! -e ses-2.csv
export_b --format mautic --chunk 3 --output m.csv
check "every file has the header" "$(head -1 m.csv) $(head -1 m-2.csv)" "email,doNotEmail email,doNotEmail"
check "bodies with that many addresses" "$(export_b --format sendgrid --chunk 3)" \
  '{"recipient_emails":["ada@campus.example","bob@campus.example","cyd@school.example"]}
{"recipient_emails":["dan@school.example"]}'
check "no body for an empty list" "$(export_b --format sendgrid --domain nowhere.example)" ""
check "an empty array" "$(export_b --format json --domain nowhere.example)" "[]"
export_b --format sqlite --output copy.db
check "a copy for lookups" \
  "$(sqlite3 copy.db "SELECT reason, since FROM suppression WHERE address = 'bob@campus.example'")" \
  "complaint|1767268801"
check "it has no log" "$(sqlite3 copy.db 'PRAGMA journal_mode')" delete
mkdir closed
check_exit "a directory in place of the file" 64 export_b --output closed
check_exit "a full disk" 75 sh -c '"$1" export --db b.db >/dev/full' - "$BOUNCEDB"
check_exit "--dry-run" 0 export_b --dry-run --output dry.txt
check "it counts" "$(cat out)" "4 to add, 0 to remove"
ok "it writes nothing" test ! -e dry.txt

### Hashes

md5() { printf %s "$1" | md5sum | cut -d' ' -f1; }
check "--hash md5" "$(export_b --hash md5 --reason user_unknown)" "$(md5 cyd@school.example)"
check "--hash sha256" "$(export_b --hash sha256 --reason user_unknown)" \
  "$(printf %s cyd@school.example | sha256sum | cut -d' ' -f1)"
echo 0123456789abcdef >key
chmod 600 key
check "--hash hmac" "$(export_b --hash hmac:key --reason user_unknown)" \
  750a5a905ec5db119fd66762a33778c721af2c4c81e100d56cfe99e38befe415
chmod 644 key
check_exit "a key that others may read" 78 export_b --hash hmac:key
check_exit "an unknown hash" 64 export_b --hash crc
check_exit "no hashes in other formats" 64 export_b --hash md5 --format csv

### Hostile addresses

# Every format writes exactly the addresses that it accepts, unchanged.
# hostile [FORMAT [OPTION...]]: such a list in that format, which is then counted as tested
hostile() {
  _format=${1:-plain}
  [ $# -eq 0 ] || shift
  echo "$_format" >>tried
  "$BOUNCEDB" export --db hostile.db --format "$_format" "$@" 2>/dev/null
}
safe="address NOT GLOB '*[^!-~]*' AND address NOT GLOB '*[\"(),:;<>\\[]*' AND address NOT LIKE '#%'
  AND instr(address, ']') = 0 AND address LIKE '_%@_%' AND address NOT LIKE '%@%@%'
  OR address = 'jürgen@schule.example'"
wanted() { sqlite3 hostile.db "SELECT address FROM suppression WHERE ($safe) AND ($1) ORDER BY 1"; }
count() { sqlite3 hostile.db "SELECT count(*) FROM suppression"; }
formula="address NOT LIKE '=%'"

wanted true >want
ok "there are some" test "$(wc -l <want)" -gt 15
hostile >got
check_file "plain" got want
"$BOUNCEDB" export --db hostile.db >/dev/null 2>err
check "the number left out is reported" "$(cat err)" \
  "bouncedb: $(($(count) - $(wc -l <want))) addresses left out, because plain would misread them (see --verbose)"
hostile sympa >got
check_file "sympa" got want
wanted "address NOT LIKE 'j_rgen%'" >want
hostile mailman >got
check_file "mailman" got want
wanted "instr(address, '''') = 0 AND instr(address, '\`') = 0" >want
hostile phplist >got
check_file "phplist" got want
wanted "instr(address, '/') = 0" >want
hostile rspamd >got
check_file "rspamd" got want
wanted "$formula" >want
for format in listmonk mautic; do
  hostile $format | sed -e 1d -e 's/,.*//' >got
  check_file "$format" got want
done
hostile mailjet >got
check_file "mailjet" got want
hostile brevo | sed 1d >got
check_file "brevo" got want
hostile sparkpost | sed -n -e 's/,transactional,.*//p' >got
check_file "sparkpost" got want
hostile mailgun | sed -e 1d -e 's/,550,,"Thu, 01 Jan 2026 12:00:00 +0000"$//' >got
check_file "mailgun" got want
wanted "$formula AND address NOT LIKE 'j_rgen%'" >want
hostile ses | sed 's/,BOUNCE$//' >got
check_file "ses" got want
wanted true >want
hostile postfix | sed 's/	error:5\.1\.1 .*: manual$//' >got
check_file "postfix" got want
wanted "instr(address, '*') = 0" >want.exim
hostile exim | sed 's/: on the suppression list since 2026-01-01: manual$//' >got
check_file "exim" got want.exim

# field FORMAT PATH: from each line, or from the elements of each line
field() { hostile "$1" | sqlite3 :memory: -cmd '.mode list' -cmd 'CREATE TABLE t (line)' \
  -cmd '.separator "\001"' -cmd '.import /dev/stdin t' "$2" | sort; }
LC_ALL=C.UTF-8 sort want >want.sorted
for format in listmonk-webhook mailerlite; do
  field $format "SELECT json_extract(line, '\$.email') FROM t" >got
  check_file "$format" got want.sorted
done
field ses-json "SELECT json_extract(line, '\$.emailAddress') FROM t" >got
grep -v '^jürgen' want.sorted >want.ascii
check_file "ses-json" got want.ascii
field sendgrid "SELECT value FROM t, json_each(line, '\$.recipient_emails')" >got
check_file "sendgrid" got want.sorted
field postmark "SELECT json_extract(value, '\$.EmailAddress') FROM t, json_each(line, '\$.Suppressions')" >got
check_file "postmark" got want.sorted
field mautic-json "SELECT json_extract(value, '\$.email') FROM t, json_each(line)" >got
check_file "mautic-json" got want.sorted
field mailchimp "SELECT json_extract(value, '\$.email_address') FROM t, json_each(line, '\$.members')" >got
check_file "mailchimp" got want.sorted

# Formats that can hold any address write all of them except those with control characters.
any="address NOT GLOB '*[' || char(1) || '-' || char(31) || ']*' AND instr(address, char(0x85)) = 0"
sqlite3 hostile.db "SELECT address FROM suppression WHERE $any ORDER BY 1" >want
field jsonl "SELECT json_extract(line, '\$.address') FROM t" | sort >got
sort want >want.sorted
check_file "jsonl" got want.sorted
hostile json >list.json
sqlite3 :memory: "SELECT json_extract(value, '\$.address') FROM json_each(readfile('list.json'))" >got
check_file "json" got want
hostile sqlite --output hostile-copy.db
sqlite3 hostile-copy.db 'SELECT address FROM suppression ORDER BY 1' >got
check_file "sqlite" got want
hostile csv --csv-raw >list.csv
sqlite3 :memory: -cmd '.mode csv' -cmd '.import list.csv t' -cmd '.mode list' \
  'SELECT address FROM t' >got
check_file "csv, raw" got want
# shellcheck disable=SC2016
cells() { hostile csv "$@" | sqlite3 :memory: -cmd '.mode csv' -cmd '.import /dev/stdin t' \
  -cmd '.mode list' "SELECT count(*) FROM t WHERE address GLOB '$_glob'"; }
_glob='[=@]*'
check "csv: no address is a formula" "$(cells)" 0
_glob='[+-]*'
check "csv: + and - are legal" "$(cells)" 2
check "csv: unless they are not wanted" "$(cells --csv-safe)" 0
"$BOUNCEDB" export --list-formats | grep '^[a-z]' >formats
ok "--list-formats names them" grep -qx listmonk formats
sort formats >formats.sorted
sort -u tried >tried.sorted
check_file "every format was tried with these addresses" tried.sorted formats.sorted
sed -nE 's/^\.(It )?Cm ([a-z, -]+)$/\2/p' "$top_srcdir/doc/bouncedb-export.7" |
  tr -d ' ' | tr ',' '\n' | sort -u >described
check "bouncedb-export(7) describes every format" "$(comm -23 formats.sorted described)" ""
# bouncedb.conf(5) lists the formats that a list file can have: those whose rows can be appended.
list_file() { printf '[database]\nfile = %s/b.db\n[suppression]\nfile = %s/l\nformat = %s\n' "$PWD" "$PWD" "$1" \
  >list.conf; }
while read -r _format; do
  list_file "$_format"
  ! "$BOUNCEDB" list --config list.conf >/dev/null 2>&1 || echo "$_format"
done <formats >appended
awk '/^\.It Ic format/ { on = 1; next } /^\.It/ { on = 0 } on' "$top_srcdir/doc/bouncedb.conf.5" |
  sed -n 's/^\.Cm //p' | tr ', ' '[\n*]' | grep '[a-z]' | sort >listed
sort appended >appended.sorted
check_file "bouncedb.conf(5) lists the formats of a list file" listed appended.sorted

check_exit "other forms have no such cells" 64 export_b --format ses --csv-safe
check_exit "one of the two" 64 export_b --format csv --csv-safe --csv-raw

check_exit "--strict" 65 "$BOUNCEDB" export --db hostile.db --strict --output strict.txt
ok "it writes nothing then" test ! -e strict.txt
check_exit "--strict with nothing to leave out" 0 export_b --strict

### Cursors (test-store-cursor has the long run)

check_exit "the first export has everything" 0 export_b --cursor one --output c.txt
check "all of it" "$(wc -l <c.txt) $(wc -l <c-removed.txt)" "4 0"
export_b --cursor one --output c.txt
check "then nothing" "$(wc -l <c.txt) $(wc -l <c-removed.txt)" "0 0"
sqlite3 b.db "DELETE FROM suppression WHERE address = 'ada@campus.example';
  INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at) VALUES
  ('fay@school.example', 'fay@school.example', 'school.example', 'suppress', 0, 1767268803);
  INSERT INTO entry (address, recipient, recipient_domain, reason, since) VALUES
  ('fay@school.example', 'fay@school.example', 'school.example', 'manual', 1767268803)"
check_exit "--dry-run" 0 export_b --cursor one --output c.txt --dry-run
check "it counts both" "$(cat out)" "1 to add, 1 to remove"
export_b --cursor one --output c.txt
check "added addresses" "$(cat c.txt)" fay@school.example
check "removed addresses" "$(cat c-removed.txt)" ada@campus.example
check "the cursor's row" "$(sqlite3 b.db 'SELECT name, format, filter, rows, at, length(sha256) FROM cursor')" \
  "one|plain||2|$now|64"
check_exit "--rewind to a number, --changes" 0 export_b --cursor one --rewind 4 --changes
check "in one file" "$(cat out)" "remove	ada@campus.example
add	fay@school.example"
check_exit "--rewind to a time" 0 export_b --cursor one --rewind 2026-01-01 --changes --dry-run
check_exit "another format is refused" 64 export_b --cursor one --format csv --changes
ok "and says what to do" grep -q -e '--full' err
check_exit "another selection too" 64 export_b --cursor one --class permanent --changes
check_exit "not with --full" 0 export_b --cursor one --format jsonl --class permanent --changes --full
check "which exports all of it" "$(wc -l <out)" 1
check "removals in JSON" "$(sqlite3 b.db "DELETE FROM suppression WHERE address LIKE 'cyd@%'"
  export_b --cursor one --format jsonl --class permanent --changes | cut -d, -f1,2)" \
  '{"op":"remove","address":"cyd@school.example"'
check_exit "a file that cannot be written" 75 export_b --cursor two --output nowhere/c.txt
check "does not move the cursor" "$(sqlite3 b.db "SELECT count(*) FROM cursor WHERE name = 'two'")" 0
check_exit "nor does a strict refusal" 65 "$BOUNCEDB" export --db hostile.db --cursor x --strict --output x.txt
check "does not move the cursor" "$(sqlite3 hostile.db 'SELECT count(*) FROM cursor')" 0
check_exit "removed addresses need a file" 64 export_b --cursor three
check_exit "maps are read as a whole" 64 export_b --cursor three --format postfix --output map
check_exit "no such cursor" 64 export_b --cursor three --rewind 1 --changes
check_exit "beyond the cursor" 64 export_b --cursor one --format jsonl --class permanent --rewind 99 --changes

### Options

check_exit "no such format" 64 export_b --format xml
check_exit "no such class" 64 export_b --class temporary
check_exit "no such reason" 64 export_b --reason full
check_exit "no such time" 64 export_b --since tomorrow
check_exit "a misspelt format" 64 export_b --format listmnk
check "is named" "$(cat err)" "bouncedb: --format: no such name: listmnk; did you mean listmonk?"
check_exit "a domain with an @" 64 export_b --domain @school.example
check "is named" "$(cat err)" 'bouncedb: --domain takes a domain, not "@school.example"; did you mean school.example?'
check "several --class, in any case" "$(export_b --class Permanent --class QUOTA --class manual | wc -l)" \
  "$(export_b --class permanent,quota,manual | wc -l)"
ok "which are all of these classes" test "$(export_b --class permanent,quota,manual | wc -l)" -gt \
  "$(export_b --class permanent | wc -l)"
check_exit "several files need --output" 64 export_b --format ses --chunk 2
check_exit "so does a database" 64 export_b --format sqlite
check_exit "--full needs a cursor" 64 export_b --full
check_exit "--changes needs a format that can show them" 64 export_b --cursor x --format ses --changes
check_exit "no operands" 64 export_b ada@campus.example
check_exit "no database" 75 "$BOUNCEDB" export --db nowhere.db

### List files

cat >conf <<END_CONF
[database]
file = $tmp/a.db
[delivery]
syslog = no
[suppression]
file = $tmp/all.txt
[export one]
file = $tmp/one.csv
format = listmonk
domain = school.example
[export two]
file = $tmp/nowhere/two.txt
END_CONF
"$BOUNCEDB" db init --config conf >out 2>err
check "a list file that cannot be written is named as one" "$(cat err)" \
  "bouncedb: a list file is not up to date: $tmp/nowhere/two.txt: there is no directory $tmp/nowhere"
deliver() {
  printf 'From: MAILER-DAEMON@mx.example.org\nContent-Type: multipart/report; boundary=b\n\n--b
Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n
Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n\n--b--\n' "$1" |
    "$BOUNCEDB" --config conf
}
deliver zoe@school.example && deliver eve@campus.example && deliver ada@school.example
check "by every delivery" "$(tr '\n' ' ' <all.txt)" "zoe@school.example eve@campus.example ada@school.example "
check "each in its format and with its selection" "$(cut -d, -f1 one.csv | tr '\n' ' ')" \
  "email zoe@school.example ada@school.example "
"$BOUNCEDB" doctor --config conf >out
ok "doctor finds nothing" sh -c '! grep -q all.txt out'
echo mallory@school.example >>all.txt
"$BOUNCEDB" doctor --config conf >out
ok "but reports a line added by hand" grep -q '^warning: list: .*/all.txt: does not match the database' out
deliver ada@school.example
check "which the next delivery removes" "$(tr '\n' ' ' <all.txt)" "ada@school.example eve@campus.example zoe@school.example "
ln -s all.txt link.txt
sed 's/all\.txt/link.txt/' conf >link.conf
"$BOUNCEDB" deliver --config link.conf </dev/null
ok "a list file is never a link" test ! -h link.txt
# refused CONF-LINES WORD: refused, and the word says why
refused() { printf '%b' "$1" >bad.conf; check_exit "refused: $2" 78 "$BOUNCEDB" check --config bad.conf a@b.example; ok "... which is named" grep -q -- "$2" err; }
refused '[export]\nfile = /x\n' 'export'
refused '[export a]\nformat = csv\n' 'has no file'
refused '[export a]\nfile = /x\n[export b]\nfile = /x\n' 'another list'
refused '[export a]\nfile = /x\nformat = ses\n' 'mautic'
refused '[suppression]\nfile = /x\nclass = hard\n' 'permanent'
refused '[export a]\nfile = /x\nsince = 7d\n' 'since'

check_exit "a directory that does not exist" 75 "$BOUNCEDB" export --config conf -o no/list
check "is named" "$(cat err)" "bouncedb: no/list: there is no directory no"
if [ "$(id -u)" -ne 0 ]; then
  mkdir -m 500 shut
  check_exit "a directory that cannot be written" 75 "$BOUNCEDB" export --config conf -o shut/list
  ok "is named too" grep -q 'shut/list: user .* cannot create files in shut: Permission denied$' err
fi

done_testing
