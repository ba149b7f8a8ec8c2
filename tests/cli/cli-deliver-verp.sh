#!/bin/sh
# Which reports can suppress: forged and signed ones, under every policy.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
unset SENDER RECIPIENT ORIGINAL_RECIPIENT LOCAL EXTENSION DOMAIN HOST
now=1795219200 # 2026-11-21
day=86400

"$BOUNCEDB" verp keygen key
"$BOUNCEDB" verp keygen stolen
settings() { # [POLICY]: writes the configuration
  printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n' "$tmp"
  printf '[verp]\nbase = bounces@example.org\nkey = %s/key\n' "$tmp"
  [ $# -eq 0 ] || echo "policy = $1"
}
settings >conf
fresh() { rm -rf b.db* keep; "$BOUNCEDB" -c conf db init; }
path() { "$BOUNCEDB" verp make -c conf --now $now "$@"; }
deliver() { "$BOUNCEDB" deliver -c conf --now $now "$@"; }
sql() { sqlite3 -readonly b.db "$1"; }
suppressed() { sql "SELECT group_concat(address, ' ') FROM (SELECT address FROM suppression ORDER BY 1)"; }
last() { sql "SELECT trust, coalesce(recipient, '-'), counts FROM failure ORDER BY failure_id DESC LIMIT 1"; }

# forge NUMBER ADDRESS: a report that names ADDRESS, whatever address it is sent to
forge() { bounce "$1" | sed "s/r$1@example.net/$2/g; /^Delivered-To/d"; }

### A thousand forgeries, and a genuine report.

fresh
# A thousand deliveries would take too long. The import uses the same code, and these reports have
# no dates that it could use.
i=0
while [ $i -lt 1000 ]; do
  i=$((i + 1))
  echo 'From MAILER-DAEMON  Sat Nov 21 10:00:00 2026'
  case $((i % 4)) in
    0) forge $i "v$i@example.net" ;; # nothing
    1) echo 'Delivered-To: bounces@example.org'; forge $i "v$i@example.net" ;;
    2) # a tag of nobody's
      echo "Delivered-To: bounces+1ujkaaaaaaaaaaaaaaaa-v$i=example.net@example.org"
      forge $i "v$i@example.net" ;;
    3) # plain variable envelope return path
      echo "Delivered-To: bounces+v$i=example.net@example.org"
      forge $i "v$i@example.net" ;;
  esac
  echo
done >forged.mbox
check_exit "1,000 forged reports" 0 "$BOUNCEDB" import -c conf --now $now forged.mbox
check "are recorded" "$(sql 'SELECT count(*) FROM failure')" 1000
check "suppress nobody" "$(suppressed)" ""
check "and say what they are" "$(sql 'SELECT trust, count(*) FROM failure GROUP BY 1')" 'bad_tag|250
unsigned|750'
forge 1001 victim@example.net >letter
deliver --recipient "$(path ann@example.net)" <letter
check "a signed report suppresses the recipient of its path, whatever address it names" "$(suppressed)" ann@example.net
check "the address that it named is recorded" \
  "$(sql "SELECT recipient, final_recipient, trust FROM failure ORDER BY failure_id DESC LIMIT 1")" \
  'ann@example.net|victim@example.net|verified'
check "so is the trust of the message" \
  "$(sql 'SELECT trust FROM message ORDER BY message_id DESC LIMIT 1')" verified

### Every way in which a token may arrive, and those in which it may not.

n=2000
# comes NAME WANT [COMMAND...]: delivers the message on standard input; the last row is WANT
comes() { _name=$1 _want=$2; shift 2; "${@:-deliver}" <letter; check "$_name" "$(last)" "$_want"; }
new() { n=$((n + 1)); forge $n victim@example.net >body; cat body >letter; }
with_field() { new; { printf '%s\n' "$@"; cat body; } >letter; }
token=$(path bob@example.net)
in_environment() { env "$@" "$BOUNCEDB" deliver -c conf --now "$now"; }

fresh; new
comes "by the option" 'verified|bob@example.net|1' deliver --recipient "$token"
fresh; new
comes "by ORIGINAL_RECIPIENT" 'verified|bob@example.net|1' in_environment ORIGINAL_RECIPIENT="$token"
fresh; new
comes "by RECIPIENT" 'verified|bob@example.net|1' in_environment RECIPIENT="$token" ORIGINAL_RECIPIENT=bounces@example.org
fresh; new
comes "by LOCAL and EXTENSION" 'verified|bob@example.net|1' \
  in_environment LOCAL=bounces EXTENSION="$(echo "$token" | sed 's/^bounces+//; s/@.*//')"
fresh; new
comes "by LOCAL alone" 'verified|bob@example.net|1' \
  in_environment LOCAL="${token%@*}" EXTENSION="$(echo "$token" | sed 's/^bounces+//; s/@.*//')" DOMAIN=example.org
for field in Delivered-To X-Original-To Envelope-To; do
  fresh; with_field "$field: $token"
  comes "by $field" 'verified|bob@example.net|1'
done
fresh; with_field "Delivered-To: bounces@example.org" "X-Original-To: $token"
comes "by the one that has it" 'verified|bob@example.net|1'
fresh; with_field "Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000" "Delivered-To: $token"
comes "not below Received" 'unsigned|victim@example.net|0'
fresh; new; sed "s/^To: .*/To: $token/" body >letter
comes "not by To" 'unsigned|victim@example.net|0'
fresh; new; sed "s/^<.*/&\n$token/; s/^From: news.*/&\nReturn-Path: <$token>/" body >letter
comes "not by the text, nor by what is returned" 'unsigned|victim@example.net|0'
fresh; new
sed "s/^Reporting-MTA.*/&\nOriginal-Envelope-Id: $(echo "$token" | sed 's/+/+2B/g; s/=/+3D/g')/" body >letter
comes "by the envelope id, in xtext" 'verified|bob@example.net|1'
fresh; new; sed "s/^Reporting-MTA.*/&\nOriginal-Envelope-Id: $token/" body >letter
comes "by the envelope id as it is" 'verified|bob@example.net|1'
fresh; new
comes "in capitals" 'verified|BOB@example.net|1' deliver --recipient "$(echo "$token" | tr a-z A-Z)"
check "and suppresses the same" "$(suppressed)" bob@example.net

### Tampering

fresh; new
comes "another's tag" 'bad_tag|victim@example.net|0' deliver --recipient "$(echo "$token" | sed s/bob/victim/)"
fresh; new
comes "a tag by another key" 'bad_tag|victim@example.net|0' deliver --recipient \
  "$(sed "s,/key,/stolen," conf >other && "$BOUNCEDB" verp make -c other --now $now victim@example.net)"
fresh; new
comes "30 days later" 'verified|bob@example.net|1' deliver --now $((now + 30 * day)) --recipient "$token"
fresh; new
comes "31 days later" 'expired|victim@example.net|0' deliver --now $((now + 31 * day)) --recipient "$token"
fresh; new
comes "a day before" 'verified|bob@example.net|1' deliver --now $((now - day)) --recipient "$token"
fresh; new
comes "two days before" 'expired|victim@example.net|0' deliver --now $((now - 2 * day)) --recipient "$token"
check "they suppress nobody" "$(suppressed)" ""
fresh; new
comes "a forged one first" 'unsigned|victim@example.net|0'
{ sed 's/<report-[0-9]*@/<another@/' letter; } >signed
deliver --recipient "$(path victim@example.net)" <signed
check "do not shut out the signed report" "$(suppressed)" victim@example.net

### Replay

fresh
for i in 1 2 3 4 5 6 7 8 9 10; do
  new
  sed 's/^Message-ID: <original/&-again/' body >letter
  deliver --recipient "$token" <letter
done
check "the same token ten times is one failure" \
  "$(sql 'SELECT (SELECT count(*) FROM failure), count(*), sum(repeated) FROM message')" '1|10|9'

### Several recipients, only one of them proved

fresh; new
awk '{ print } /^Diagnostic-Code/ { print "\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1" }' body >letter
deliver --recipient "$token" <letter
check "only that one counts" "$(sql 'SELECT recipient, trust, counts FROM failure ORDER BY 1')" \
  'bob@example.net|verified|1
victim@example.net|unsigned|0'
check "only that one is suppressed" "$(suppressed)" bob@example.net

### Nobody is named

fresh; new
sed '/^Final-Recipient/d; s/^<.*@example.net>: //; s/<victim@example.net>: //; s/^To: victim.*/To: undisclosed-recipients:;/' body >letter
deliver --recipient bounces@example.org <letter
check "no address, no failure" "$(sql 'SELECT count(*) FROM failure')" 0
printf 'X-Other: 1\n' | cat - letter >again
deliver --recipient "$token" <again
check "the token tells which recipient" "$(sql 'SELECT recipient, trust, reason FROM failure')" 'bob@example.net|verified|user_unknown'
printf 'X-Other: 2\n' | cat - letter >again
deliver --recipient bounces+cyd=example.net@example.org <again
check "so does a plain return path, which proves nothing" \
  "$(sql "SELECT recipient, trust, counts, reason FROM failure WHERE recipient <> 'bob@example.net'")" \
  'cyd@example.net|unsigned|0|user_unknown'
check "and suppresses nobody" "$(suppressed)" bob@example.net

### Numbers

fresh
long=a.name.that.is.so.long.that.no.return.path.can.hold.it@example.net
number=$(path --opaque $long)
new
comes "an opaque one" "verified|$long|1" deliver --recipient "$number"
check "suppresses the recipient with that number" "$(suppressed)" $long
fresh; new
comes "a number that nobody has" 'expired|victim@example.net|0' deliver --recipient "$number"

### Complaints

complaint() {
  printf 'From: fbl@isp.example\nMIME-Version: 1.0\nMessage-ID: <c%s@isp.example>\n' "$1"
  printf 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n\nSpam.\n--b\n'
  printf 'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\n'
  printf 'Original-Mail-From: <%s>\n' "$2"
  [ -z "$3" ] || printf 'Original-Rcpt-To: <%s>\n' "$3"
  printf '\n--b\nContent-Type: message/rfc822\n\nFrom: news@example.org\nMessage-ID: <m@example.org>\n\nx\n--b--\n'
}
fresh
complaint 1 news@example.org victim@example.net | deliver
check "a forged complaint suppresses nobody" "$(suppressed)" ""
complaint 2 "$(path victim@example.net)" victim@example.net | deliver
check "one that quotes the signed return path suppresses" "$(suppressed)" victim@example.net
complaint 3 "$token" "" | deliver
check "even if the address was blacked out" "$(suppressed)" "bob@example.net victim@example.net"

### Policies

for policy in require sent prefer off; do
  settings $policy >conf
  fresh; new; deliver <letter
  check "$policy: unsigned" "$(last)" "unsigned|victim@example.net|$(case $policy in prefer | off) echo 1 ;; *) echo 0 ;; esac)"
  fresh; new; deliver --recipient "$(echo "$token" | sed s/bob/eve/)" <letter
  check "$policy: bad_tag" "$(last)" "bad_tag|victim@example.net|$(case $policy in off) echo 1 ;; *) echo 0 ;; esac)"
  fresh; new; deliver --recipient "$token" <letter
  check "$policy: verified" "$(last)" 'verified|bob@example.net|1'
  fresh; echo victim@example.net | "$BOUNCEDB" sent -c conf --now $now --plain
  new; deliver <letter
  check "$policy: sent" "$(last)" "sent|victim@example.net|$(case $policy in require) echo 0 ;; *) echo 1 ;; esac)"
done

### The id of the subscriber

subscriber() { sql 'SELECT quote(subscriber) FROM message ORDER BY message_id DESC LIMIT 1'; }
# tell NUMBER: a report whose returned message also has the fields in the file "fields"
tell() { bounce "$1" | sed '/^Message-ID: <original/r fields'; }
settings require >conf
echo 'subscriber-header = X-ListMember, X-Listmonk-Subscriber' >>conf
fresh
echo 'X-ListMember: 4711' >fields
tell 7001 >letter
deliver --recipient "$(path ann@example.net)" <letter
check "a verified report tells the id" "$(subscriber)" "'4711'"
ok "show shows it" sh -c '"$0" show -c conf m1 | grep -q "^subscriber  *4711$"' "$BOUNCEDB"
check "and list, as JSON" \
  "$("$BOUNCEDB" list -c conf --format jsonl | sed 's/.*"subscriber"/"subscriber"/')" '"subscriber":"4711"}'
tell 7002 >letter
deliver <letter
check "an unsigned report does not" "$(subscriber)" NULL
tell 7003 >letter
sed "s|/key|/stolen|" conf >other
deliver --recipient "$("$BOUNCEDB" verp make -c other --now $now bob@example.net)" <letter
check "nor one that is signed with another key" \
  "$(sql 'SELECT trust, subscriber FROM message ORDER BY message_id DESC LIMIT 1')" 'bad_tag|'
printf 'X-Other: 1\nx-listmonk-subscriber: 6f1c-77\n' >fields
tell 7004 >letter
deliver --recipient "$(path cem@example.net)" <letter
check "any of the fields that are named, in any case" "$(subscriber)" "'6f1c-77'"
echo 'X-Other: 1' >fields
tell 7005 >letter
deliver --recipient "$(path dan@example.net)" <letter
check "no field that is not named" "$(subscriber)" NULL
printf 'X-ListMember: a"); DROP TABLE message; --\t\033[31m"<b>\n folded\n' >fields
tell 7006 >letter
deliver --recipient "$(path eve@example.net)" <letter
check "a hostile value is text, without control characters" "$(subscriber)" \
  "'a\"); DROP TABLE message; --  [31m\"<b> folded'"
ok "which JSON escapes" sh -c '"$0" list -c conf --format jsonl | grep -qF "[31m\\\"<b>"' "$BOUNCEDB"
printf 'X-ListMember: %0300d\n' 1 >fields
tell 7007 >letter
deliver --recipient "$(path fay@example.net)" <letter
check "one that is too long is left out, not cut" "$(subscriber)" NULL
echo 'X-ListMember: 4718' >fields
tell 7008 >letter
deliver --recipient "$(path hal@example.net)" <letter
check "the id belongs to the recipient of the path" \
  "$("$BOUNCEDB" list -c conf --format jsonl | sed -n 's/.*"recipient":"\(hal[^"]*\)".*"subscriber"/\1/p')" \
  'hal@example.net:"4718"}'
check_exit "forget the address" 0 "$BOUNCEDB" forget -c conf hal@example.net
check "its id is erased too" "$(sql "SELECT count(*) FROM message WHERE subscriber = '4718'")" 0
settings >conf
fresh
tell 7009 >letter
deliver --recipient "$(path ann@example.net)" <letter
check "without the setting, nothing is taken" "$(subscriber)" NULL

### The key

settings >conf
fresh; new
chmod 644 key
check_exit "a key that others can read: try again" 75 deliver <letter
ok "says which file, and what corrects it" grep -q '^bouncedb: cannot read the key: .*/key: mode 644 .* (chmod 600 .*/key)$' err
check "and nothing is recorded" "$(sql 'SELECT count(*) FROM message')" 0
chmod 600 key
check_exit "with the mode corrected" 0 deliver <letter
hex=$(cat key)
ok "the key is nowhere in the database" sh -c '! grep -qaF "$0" b.db*' "$hex"

done_testing
