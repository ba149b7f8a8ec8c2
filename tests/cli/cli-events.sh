#!/bin/sh
# Events of sending services: imported and delivered, once each, with the verdicts that a mail
# server's report of the same reply gets.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
samples=$top_srcdir/tests/samples

sql() { sqlite3 -readonly x.db "$1"; }
fresh() { rm -f x.db*; "$BOUNCEDB" db init --db x.db >/dev/null; }
import() { "$BOUNCEDB" import --db x.db "$@"; }
deliver() { "$BOUNCEDB" deliver --db x.db; }
count() { sql 'SELECT count(*) FROM message'; }

# event NAME ID: a bounce in the form of SendGrid
event() {
  printf '{"email":"%s@example.net","timestamp":1795161342,"event":"bounce","sg_event_id":"%s","reason":"550 5.1.1 User unknown"}' "$1" "$2"
}

### Once

fresh
{ printf '['; event r1 e1; printf ','; event r2 e2; printf ']'; } >batch
check_exit "a batch" 0 import batch
check "is two messages" "$(sql 'SELECT kind, reader, recipients FROM message')" 'bounce|sendgrid|1
bounce|sendgrid|1'
check "on the day of the event" "$(sql 'SELECT DISTINCT failed_at FROM failure')" 1795161342
check_exit "again, one by one" 0 import batch batch
ok "they are known" grep -q '^4 messages read, 0 recorded, 4 already known$' out
event r1 e1 >one
check_exit "the first, alone and delivered" 0 deliver <one
check "is known by its id" "$(count)" 2
{ event r3 e3; echo; event r1 e1; echo; } >lines
check_exit "a new one and a known one, one per line" 0 deliver <lines
check "one is new" "$(sql 'SELECT recipient FROM failure ORDER BY 1')" 'r1@example.net
r2@example.net
r3@example.net'
check_exit "the same address with another id" 0 import - <<END
$(event r1 e4)
END
check "is another event" "$(count)" 4

### The same verdict as of a report

fresh
bounce 1 | "$BOUNCEDB" deliver --db x.db
event r1 e1 | sed 's/User unknown/<r1@example.net>: User unknown/' | deliver
check "reason, class, rule and trust" \
  "$(sql 'SELECT count(*) FROM (SELECT DISTINCT class, reason, rule, status, reply_code, trust, counts FROM failure)')" 1
check "and on the list" "$(sql 'SELECT address FROM suppression')" r1@example.net

### What is no failure

fresh
check_exit "all events of the services" 0 import "$samples"/*/*.json
ok "opens and clicks are passed over" grep -q ' passed over: they tell nothing about a delivery$' out
check "no unsubscribed address is suppressed or a complaint" \
  "$(sql "SELECT (SELECT count(*) FROM suppression WHERE address LIKE 'dave@%'), (SELECT count(*) FROM complaint WHERE recipient LIKE 'dave@%')")" '0|0'
check "they are recorded as other" \
  "$(sql "SELECT count(*) >= 8 FROM message WHERE kind = 'other' AND reader IS NOT NULL")" 1
check "complaints are" "$(sql "SELECT reason FROM suppression WHERE address = 'carol@example.org'")" complaint
check "a fault of the sender suppresses nobody" \
  "$(sql "SELECT count(*) FROM suppression WHERE address = 'ann@example.org'")" 0
check "a suppressed address is" \
  "$(sql "SELECT reason FROM suppression WHERE address = 'gone@example.org'")" suppressed
check_exit "as JSON, again" 0 import --json "$samples/sendgrid/events.json"
ok "with the number of those passed over" grep -q '"passed_over":2,' out

### Files of exports

fresh
check_exit "CSV" 0 import --from sendgrid "$samples/sendgrid/bounces.csv"
check "its rows" "$(sql 'SELECT reason, recipient FROM failure ORDER BY 1')" 'mailbox_full|full@example.org
user_unknown|nobody@example.org'
check_exit "again" 0 import --from SendGrid "$samples/sendgrid/bounces.csv"
check "is known" "$(count)" 2
check_exit "a service that is not known" 64 import --from sendgird one
ok "with the name that was meant" grep -q 'sendgrid' err
check_exit "events of another service" 65 import --from brevo one
ok "are not recorded" grep -q '^bouncedb: 1 event was not recorded: brevo does not write such events$' err
check_exit "JSON of nobody" 65 import - <<'END'
[{"a":1},{"b":2}]
END
ok "and of no service" grep -q '^bouncedb: 2 events were not recorded: no known service writes such events$' err
check "nothing is" "$(count)" 2

### Delivered, nothing that is not understood is lost

fresh
check_exit "JSON of nobody" 0 deliver <<'END'
{"Type":"SubscriptionConfirmation","TopicArn":"t","SubscribeURL":"https://sns.example/"}
END
check "is kept" "$(sql "SELECT kind, kept IS NOT NULL FROM message")" 'other|1'
ok "as it came" grep -rq 'https://sns.example/' keep/new
printf '[{"sg_event_id":"x","event":"bounce","email":"a@example.net"},{"sg_event_id":' >cut
check_exit "a body that was cut" 0 deliver <cut
check "its whole event, and the rest" "$(sql "SELECT kind, kept IS NOT NULL FROM message WHERE message_id > 1")" 'bounce|0
other|1'
check_exit "opens only" 0 deliver <<'END'
[{"sg_event_id":"y","event":"open","email":"a@example.net"}]
END
check_exit "no event at all" 0 deliver <<'END'
[]
END
check "are not recorded" "$(count)" 3
printf 'database file is broken' >broken.db
check_exit "if nothing can be recorded" 75 "$BOUNCEDB" deliver --db broken.db <one

### As a CGI program

fresh
mkdir bin
ln -s "$(command -v "$BOUNCEDB")" bin/bouncedb
post() { # FILE DATABASE
  mkdir -p bouncedb
  printf '[database]\nfile = %s/%s\n' "$tmp" "$2" >bouncedb/bouncedb.conf
  XDG_CONFIG_HOME=$tmp PATH=$tmp/bin:$PATH REQUEST_METHOD=POST CONTENT_LENGTH=$(wc -c <"$1") \
    sh "$top_srcdir/contrib/events/bouncedb.cgi" <"$1" 2>&1 | tr -d '\r' | sed -n 's/^Status: //p'
}
check "what is posted is recorded" "$(post batch x.db), $(count)" '204 No Content, 2'
check "what cannot be recorded comes again" "$(post batch broken.db)" '503 Service Unavailable'
check "a visit changes nothing" \
  "$(REQUEST_METHOD=HEAD sh "$top_srcdir/contrib/events/bouncedb.cgi" | tr -d '\r' | head -1)" 'Status: 204 No Content'

### Trust: anyone can write to the address for bounces

mkdir etc
"$BOUNCEDB" verp keygen "$tmp/etc/key" >/dev/null
printf '[database]\nfile = %s/x.db\n[verp]\nkey = %s/etc/key\n' "$tmp" "$tmp" >conf
counts() { sql 'SELECT trust, counts FROM failure'; }
fresh
"$BOUNCEDB" deliver --config conf <one
check "with a key, an event does not count" "$(counts)" 'unsigned|0'
printf '[events]\ntrust = yes\n' >>conf
fresh
"$BOUNCEDB" deliver --config conf <one
check "unless the administrator vouches for events" "$(counts)" 'verified|1'
fresh
"$BOUNCEDB" import --quiet --config conf one
check "that are imported, too" "$(counts)" 'verified|1'
fresh
{ printf 'From: a@example.com\nContent-Type: application/json\n\n'; cat one; } >mail
"$BOUNCEDB" deliver --config conf <mail
check "but not for mail" "$(counts)" 'unsigned|0'
"$BOUNCEDB" deliver --config conf <one
check "whose event does not stand in the way of the real one" "$(sql 'SELECT trust FROM failure ORDER BY 1')" \
  'unsigned
verified'

### Hostile

fresh
deep() { awk 'BEGIN { for (i = 0; i < 200000; i++) printf "{\"a\":"; }'; }
{ deep; echo; event r1 e1; } >hostile
check_exit "nested too deeply" 0 deliver <hostile
check "is kept, not read" "$(sql 'SELECT kind FROM message')" other
{ printf '{"sg_event_id":"e9","email":"victim@example.net","email":"r1@example.net","event":"bounce"}'
  printf '{"sg_event_id":123456789012345678901234567890,"email":"r1@example.net","event":"bounce"}'
  printf '{"sg_event_id":"e9","email":"\377@example.net","event":"bounce"}'; } >hostile
check_exit "a name twice, a large number, and not UTF-8" 0 deliver <hostile
check "accuse nobody" "$(sql 'SELECT count(*) FROM failure')" 0
awk 'BEGIN { printf "[{\"sg_event_id\":\"big\",\"event\":\"bounce\",\"email\":\""; for (i = 0; i < 3000000; i++) printf "x"; printf "\"},"; }' >hostile
{ event r5 e5; printf ']'; } >>hostile
check_exit "an event of three megabytes, and another" 0 deliver <hostile
check "the other is read" "$(sql 'SELECT recipient FROM failure')" r5@example.net

done_testing
