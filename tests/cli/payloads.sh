#!/bin/sh
# What strangers write stays text, for the database and for the files; and a delivery does nothing
# but record: it runs no program and talks to no other machine.
# shellcheck source=tests/lib/tap.sh disable=SC2016
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
chmod 700 .
mkdir -m 700 home
printf '[database]\nfile = %s/home/b.db\n[delivery]\nsyslog = no\n[suppression]\nfile = %s/home/list\n' \
  "$tmp" "$tmp" >conf
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 -readonly home/b.db "$1"; }
files() { find . -type f ! -path './.ok' ! -name out ! -name err | sort; }
run db init >/dev/null

### SQL: each payload is a recipient, a host, a Message-ID and a reply.
cat >payloads <<'END_OF_LIST'
'
''
"
`
\
';DROP/**/TABLE/**/failure;--
"';DELETE/**/FROM/**/message;--
'||(SELECT/**/hex(randomblob(9)))||'
')/**/OR/**/1=1--
'/**/UNION/**/SELECT/**/*/**/FROM/**/sqlite_schema--
%
_
*
[a-z]
?1
:address
@x
$x
0x27
char(39)
END_OF_LIST
payloads=0
while IFS= read -r payload; do
  payloads=$((payloads + 1))
  PAYLOAD=$payload awk -v n=$payloads '{ gsub(/PAYLOAD/, ENVIRON["PAYLOAD"]); gsub(/NUMBER/, n); print }' >letter <<'END_OF_LETTER'
From: MAILER-DAEMON@mx.example
Subject: PAYLOAD
Message-ID: <NUMBERPAYLOAD@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; PAYLOAD

Final-Recipient: rfc822; "uNUMBER"@s.example
Original-Recipient: rfc822; PAYLOAD@s.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; PAYLOAD
Diagnostic-Code: smtp; 550 5.1.1 PAYLOAD no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <PAYLOAD>
List-Id: <PAYLOAD>
Subject: PAYLOAD
--b--
END_OF_LETTER
  ok "payload $payloads is recorded" run deliver --sender "$payload@s.example" --recipient "$payload@news.example" <letter
  run check "$payload" >/dev/null 2>&1
  run list --domain "$payload" --format json >listed 2>/dev/null
  ok "payload $payloads selects nothing" sh -c '! grep -q s.example listed'
done <payloads
check "each message is there" "$(sql 'SELECT count(*) FROM message')" "$payloads"
check "and each failure" "$(sql 'SELECT count(*) FROM failure')" "$payloads"
check "with its text" "$(sql "SELECT count(*) FROM failure WHERE instr(diagnostic, 'DROP/**/TABLE') > 0")" 1
check_exit "the database is sound" 0 run db check
ok "one address per line" sh -c '! grep -v "^[^ ]*@[^ ]*$" home/list'

### The environment that a mail server makes from what strangers say.
ordinary 1 >letter
run deliver <letter
files >before
ordinary 2 >letter
for value in ../../x /etc/x 'a/b' '() { :;}; touch x' '$(touch x)' '%n%n%n' "$(head -c 20000 /dev/zero | tr '\0' x)"; do
  env SENDER="$value" RECIPIENT="$value" ORIGINAL_RECIPIENT="$value" LOCAL="$value" USER="$value" \
    EXTENSION="$value" DOMAIN="$value" HOST="$value" LOGNAME="$value" \
    "$BOUNCEDB" --config "$tmp/conf" <letter || echo "status $?"
done >out 2>&1
check "is accepted" "$(cat out)" ""
check "names no file" "$(files | grep -v /keep/)" "$(grep -v /keep/ before)"
check "nor a copy outside of the folder" "$(find home/keep -type f | grep -vc '^home/keep/new/[0-9a-f]*$')" 0

### It records, and does nothing else.
if strace -o /dev/null true 2>/dev/null && ! nm "$BOUNCEDB" 2>/dev/null | grep -q __asan_init; then
  bounce 3 >letter
  strace -f -o trace -e trace=execve,execveat,connect,bind,listen,sendto "$BOUNCEDB" --config conf <letter
  check "one program runs" "$(grep -c 'execve' trace)" 1
  check "nothing is sent to another machine" "$(grep -c 'AF_INET' trace)" 0
fi
done_testing
