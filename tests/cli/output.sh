#!/bin/sh
# What commands say when they are done, and where "-" stands for a file.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
chmod 700 .
printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
run() { "$BOUNCEDB" "$@" --config conf; }

# tells NAME WANT COMMAND...: the command prints this line, and nothing with --quiet
tells() {
  _name=$1 _line=$2
  shift 2
  check_exit "$_name" 0 run "$@"
  check "$_name: one line of what was done" "$(tail -1 out)" "$_line"
}
quiet() {
  check_exit "$* --quiet" 0 run "$@" --quiet
  check "$* --quiet: silent" "$(cat out err)" ""
}

tells "db init" "created $tmp/b.db" db init
tells "db init again" "$tmp/b.db exists and keeps its contents" db init
quiet db init
tells "db snapshot" "copied $tmp/b.db to copy.db" db snapshot copy.db
quiet db snapshot copy.db
tells "db migrate" "$tmp/b.db has the current schema" db migrate
tells "verp keygen" "wrote a new key to key; name it in bouncedb.conf: key, in the group [verp]" verp keygen key
quiet verp keygen key2
check_exit "rules check" 0 run rules check
ok "rules check: one line" grep -q '^[0-9]* rules checked$' out
quiet rules check
tells "sent" "2 lines read: 2 addresses" \
  sent --plain - <<'END'
a@example.net
b@example.net
END
ok "sent --quiet" sh -c 'echo c@example.net | "$1" sent --plain --config conf --quiet >out 2>err && [ ! -s out ]' - "$BOUNCEDB"
tells "reclassify" "0 of 0 failures judged differently; 0 addresses suppressed, 0 lifted" reclassify
quiet reclassify

quiet allow x@elsewhere.example
quiet suppress y@elsewhere.example
tells "db reweigh" "0 addresses suppressed, 0 lifted" db reweigh
quiet db reweigh
tells "export" "list.txt: 1 address" export --output list.txt
quiet export --output list.txt
tells "export with a new cursor" "list.txt: 1 address" export --output list.txt --cursor c
tells "export of what has changed" "list.txt: 0 added, 0 removed" export --output list.txt --cursor c
quiet release --domain elsewhere.example --since 1d
quiet confirm --domain elsewhere.example
quiet forget y@elsewhere.example

for i in 1 2 3; do bounce $i >letter.$i; done
mkdir letters
mv letter.1 letter.2 letters
tells "import" "2 addresses suppressed, 0 lifted; the guard holds 0" import letters
bounce 4 >letters/4
quiet import letters
check_exit "import --json" 0 run import --json letters
check "the same in JSON" "$(cat out)" '{"messages":3,"recorded":0,"already_known":3,"passed_over":0,"unreadable_files":0,"kinds":{"bounce":0,"delay":0,"success":0,"complaint":0,"auto_reply":0,"challenge":0,"other":0,"unreadable":0},"classes":{"permanent":0,"transient":0,"policy":0,"spf":0,"quota":0,"auth":0},"repeated":0,"suppressed":0,"lifted":0,"held":0}'

### A hyphen

check_exit "import -" 0 run import - <letter.3
check "import - from a file" "$(head -1 out)" "1 message read, 1 recorded, 0 already known"
for i in 5 6; do
  echo 'From MAILER-DAEMON  Fri Nov 20 08:00:00 2026'
  bounce $i
  echo
done >mbox
# shellcheck disable=SC2002 # a pipe is what is tested
piped() { cat "$1" | { shift; run "$@"; }; }
check_exit "import - from a pipe" 0 piped mbox import -
check "import - of an mbox" "$(head -1 out)" "2 messages read, 2 recorded, 0 already known"
check_exit "export -o -" 0 run export -o -
check "writes to standard output" "$(wc -l <out | tr -d ' ')" 6
ok "and to no file of that name" test ! -e -
check_exit "verp check -" 1 sh -c 'echo bounces@example.org | "$1" verp check --key key - --config conf' - "$BOUNCEDB"
check "reads return paths" "$(cut -f1 out)" unsigned
check_exit "check -" 1 sh -c 'echo r1@example.net | "$1" check - --config conf' - "$BOUNCEDB"

check_exit "verp make --base foo" 64 run verp make --key key --base foo a@example.net
check "blames the base" "$(cat err)" \
  "bouncedb: the base is not an address such as bounces@example.org: foo (--base)"

### export --strict, --verbose

run suppress '"odd one"@example.net' >out
check_exit "export --strict" 65 run export --format mailman --strict
check "writes nothing" "$(cat out)" ""
check_exit "export --verbose" 0 run export --format mailman --verbose
check "tells which address is left out" "$(head -1 err)" 'bouncedb: left out: "odd one"@example.net'
run allow '"odd one"@example.net' >out
check_exit "export --strict of what can be written" 0 run export --format mailman --strict
check "writes it" "$(wc -l <out | tr -d ' ')" 6

### A reader that has seen enough

i=0
while [ $i -lt 5000 ]; do
  echo "a-recipient-with-a-rather-long-local-part-$i@example.net"
  i=$((i + 1))
done >many
run suppress - <many >out
sqlite3 b.db "INSERT INTO failure (message_id, failed_at, recipient, class, reason, party)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  SELECT 1, i, 'r' || i || '@example.net', 'policy', 'blocked', 'sender' FROM n"
# closes COMMAND...: the reader of the output closes the pipe after a line
closes() {
  { run "$@" 2>err; } | head -1 >out
  check "$* | head -1: no error" "$(cat err)" ""
}
for command in export "export --strict" "export --format csv" list "list --format csv" "list --json" \
  "rules list" "rules list --json"; do
  # shellcheck disable=SC2086
  closes $command
done
{ yes '550 5.1.1 no such user' 2>/dev/null | head -500 | run explain - 2>err; } | head -1 >out
check "explain - | head -1: no error" "$(cat err)" ""
{ run check - <many 2>err; } | head -1 >out
check "check - | head -1: no error" "$(cat err)" ""

done_testing
