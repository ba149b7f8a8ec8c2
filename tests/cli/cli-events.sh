#!/bin/sh
# Events of sending services: imported and delivered, once each, with the verdicts that a mail
# server's report of the same reply gets.
# shellcheck disable=SC2238 # files have the names of commands
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

### What proves that the service wrote it: signatures and logins (bouncedb-events(7), SIGNATURES)

now=1795161400
printf 'a webhook signing key\n' >mailgun.key
printf 'events:s3cret\n' >login
chmod 600 mailgun.key login
signs() { # SETTING...: only these prove anything
  { printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n[events]\n' "$tmp"; printf '%s\n' "$@"; } >conf
  fresh
}
post() { "$BOUNCEDB" deliver --config conf --now "$now"; }
trust() { sql 'SELECT DISTINCT trust, counts FROM failure'; }
hmac() { perl -MDigest::SHA=hmac_sha256_hex -e 'print hmac_sha256_hex($ARGV[0], $ARGV[1])' "$1" "$2"; }

# mailgun TIMESTAMP TOKEN SIGNATURE: an event of Mailgun
mailgun() {
  printf '{"signature":{"timestamp":"%s","token":"%s","signature":"%s"},' "$1" "$2" "$3"
  printf '"event-data":{"event":"failed","severity":"permanent","id":"m1","log-level":"error",'
  printf '"timestamp":1795161342.5,"recipient":"r1@example.net",'
  printf '"delivery-status":{"code":550,"message":"5.1.1 User unknown"}}}'
}

if perl -MDigest::SHA -e 1 2>/dev/null; then
  signs "mailgun-key = $tmp/mailgun.key"
  good=$(hmac ${now}token 'a webhook signing key')
  mailgun $now token "$good" >signed
  check_exit "Mailgun: a signature" 0 post <signed
  check "is trust" "$(trust)" 'verified|1'
  check_exit "again" 0 post <signed
  check "is the same event" "$(count)" 1
  fresh
  mailgun $now token "$(hmac ${now}token 'another key')" >wrong
  check_exit "one of another key" 75 post <wrong
  ok "is refused in words" grep -q 'an event of mailgun has no valid signature or login' err
  mailgun $now other "$good" >wrong
  check_exit "one of another token" 75 post <wrong
  mailgun $((now + 1)) token "$good" >wrong
  check_exit "one of another time" 75 post <wrong
  mailgun $now token "" >wrong
  check_exit "an empty one" 75 post <wrong
  mailgun $now token "${good%?}" >wrong
  check_exit "a shorter one" 75 post <wrong
  mailgun $now token "${good}0" >wrong
  check_exit "a longer one" 75 post <wrong
  sed 's/"signature":{[^}]*},//' signed >wrong
  check_exit "none" 75 post <wrong
  mailgun $now token "$(printf %s "$good" | tr a-f A-F)" >upper
  old=$((now - 86401))
  mailgun $old token "$(hmac ${old}token 'a webhook signing key')" >wrong
  check_exit "a stale one" 75 post <wrong
  ahead=$((now + 301))
  mailgun $ahead token "$(hmac ${ahead}token 'a webhook signing key')" >wrong
  check_exit "one of the future" 75 post <wrong
  event r1 e1 >wrong
  check_exit "an event of a service without a key" 75 post <wrong
  check "nothing was recorded" "$(count)" 0
  check_exit "the case of the digits means nothing" 0 post <upper
  chmod 644 mailgun.key
  check_exit "a key that others can read" 75 post <signed
  chmod 600 mailgun.key
  bounce 5 >message
  check_exit "a message needs no signature" 0 post <message
  check "but counts as before" "$(sql "SELECT trust FROM failure WHERE recipient = 'r5@example.net'")" unsigned
  signs "mailgun-key = $tmp/mailgun.key" "signed-hours = 48"
  mailgun $old token "$(hmac ${old}token 'a webhook signing key')" >late
  check_exit "a longer time" 0 post <late
fi

signs "login = $tmp/login"
event r1 e1 >one
basic=$(printf events:s3cret | base64)
HTTP_AUTHORIZATION="Basic $basic" check_exit "a login" 0 post <one
check "is trust" "$(trust)" 'verified|1'
fresh
HTTP_AUTHORIZATION="Basic $(printf events:wrong | base64)" check_exit "a wrong password" 75 post <one
HTTP_AUTHORIZATION="Bearer s3cret" check_exit "another scheme" 75 post <one
check_exit "no login" 75 post <one
check "nothing was recorded" "$(count)" 0
echo a-token >login
HTTP_AUTHORIZATION="bearer a-token" check_exit "a bearer token" 0 post <one
: >login
HTTP_AUTHORIZATION="bearer " check_exit "an empty secret" 75 post <one

# sign FILE KEY TIMESTAMP: SendGrid's signature of the file
sign() { { printf %s "$3"; cat "$1"; } | openssl dgst -sha256 -sign "$2" | base64 | tr -d '\n'; }
sendgrid() { # SIGNATURE TIMESTAMP
  HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE=$1 HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP=$2 post
}
if command -v openssl >/dev/null && { ldconfig -p; /sbin/ldconfig -p; } 2>/dev/null | grep -q libgnutls.so.30; then
  openssl ecparam -name prime256v1 -genkey -noout -out private.pem
  openssl ecparam -name prime256v1 -genkey -noout -out other.pem
  openssl ec -in private.pem -pubout -outform DER 2>/dev/null | base64 | tr -d '\n' >sendgrid.key
  signs "sendgrid-key = $tmp/sendgrid.key"
  good=$(sign batch private.pem $now)
  check_exit "SendGrid: a signature" 0 sendgrid "$good" $now <batch
  check "is trust in all events of the body" "$(count) $(trust)" '2 verified|1'
  fresh
  check_exit "one of another key" 75 sendgrid "$(sign batch other.pem $now)" $now <batch
  check_exit "one of another body" 75 sendgrid "$good" $now <one
  check_exit "one of another time" 75 sendgrid "$good" $((now + 1)) <batch
  check_exit "a stale one" 75 sendgrid "$(sign batch private.pem $((now - 86401)))" $((now - 86401)) <batch
  check_exit "one that is no signature" 75 sendgrid "c2lnbmF0dXJl" $now <batch
  check_exit "none" 75 post <batch
  { cat "$samples/mailgun/failed.json"; } >mixed
  check_exit "an event of another service, signed by this one" 75 sendgrid "$(sign mixed private.pem $now)" $now <mixed
  check "nothing was recorded" "$(count)" 0
  { cat batch; head -c 1200000 /dev/zero | tr '\0' ' '; } >long
  check_exit "a body that is longer than what is parsed" 0 sendgrid "$(sign long private.pem $now)" $now <long
  check "is recorded" "$(count)" 2
  echo bm90IGEga2V5 >sendgrid.key
  check_exit "something that is not a key" 75 sendgrid "$good" $now <batch
  ok "is named" grep -q 'sendgrid.key: this is not a public key' err
fi

done_testing
