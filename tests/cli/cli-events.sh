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

### The page names the fields that are read

page=$top_srcdir/doc/bouncedb-events.7
# fields SERVICE: all paths in its row of services.c
fields() {
  awk -v start=".name = \"$1\"," 'index($0, start) { inside = 1; next } inside && /^    },/ { exit }
    inside && /^        \./ { skip = /\.(title|mark|fallback|types) =/ } inside && !skip { print }' \
    "$top_srcdir/src/readers/services.c" | grep -o '"[^"]*"' | tr -d '"' | tr '|+' '[\n*]' | grep .
}
# described SERVICE: its part of FIELDS, each word on a line
described() {
  sed -n '/^\.Sh FIELDS/,/^\.Sh WHAT/p' "$page" | sed -n "/^\.It Cm $1\$/,/^\.It Cm\|^\.El/p" | sed 's/Bounce Detail/Bounce_Detail/g' | tr ' ' '\n'
}
missing() { fields "$1" | sed 's/ /_/g' | sort -u >fields; described "$1" >words; grep -vxFf words fields; }
sed -n 's/^        \.name = "\(.*\)",$/\1/p' "$top_srcdir/src/readers/services.c" >services
while read -r service; do
  ok "$service has some" test "$(fields "$service" | wc -l)" -gt 5
  check "and the page names all" "$(missing "$service")" ""
  ok "and its source" grep -q '^https://' words
done <services

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

fresh
cat >validation <<'END'
[{"id":"v1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",
  "data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6","validationUrl":"https://x.example/"}}]
END
posted() { # FILE: all of the answer
  XDG_CONFIG_HOME=$tmp PATH=$tmp/bin:$PATH REQUEST_METHOD=POST CONTENT_LENGTH=$(wc -c <"$1") \
    HTTP_AEG_EVENT_TYPE=SubscriptionValidation sh "$top_srcdir/contrib/events/bouncedb.cgi" <"$1" 2>&1 | tr -d '\r'
}
printf '[database]\nfile = %s/x.db\n' "$tmp" >bouncedb/bouncedb.conf
check "Event Grid gets its code back" "$(posted validation)" 'Status: 200 OK
Content-Type: application/json

{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}'
check "and what it has sent is kept" "$(sql 'SELECT kind, kept IS NOT NULL FROM message')" 'other|1'
sed 's/512d/<b>/' validation >wrong
check "but nothing that is not a code" "$(posted wrong | tail -n 1)" '{"validationResponse":""}'
printf 'a-token\n' >token
chmod 600 token
printf '[events]\nlogin = %s/token\n' "$tmp" >>bouncedb/bouncedb.conf
check "and nothing without the token" "$(posted validation | sed -n 's/^Status: //p')" '503 Service Unavailable'
check "with it, it does" "$(QUERY_STRING=access_token=a-token posted validation | head -n 1)" 'Status: 200 OK'
check "Event Grid may post CloudEvents" \
  "$(REQUEST_METHOD=OPTIONS sh "$top_srcdir/contrib/events/bouncedb.cgi" | tr -d '\r' | sed -n 3p)" 'WebHook-Allowed-Origin: *'

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
fresh
QUERY_STRING="a=b&access_token=a%2dtoken" check_exit "the same as part of the address" 0 post <one
check "is trust" "$(trust)" 'verified|1'
fresh
QUERY_STRING="access_token=another" check_exit "another token there" 75 post <one
QUERY_STRING="token=a-token" check_exit "another field there" 75 post <one
QUERY_STRING="access_token=" check_exit "none there" 75 post <one
echo events:s3cret >login
QUERY_STRING="access_token=events:s3cret" check_exit "a password there" 75 post <one
check "nothing was recorded" "$(count)" 0
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

# mandrill KEY URL: Mailchimp's signature of the form whose values are in the files "events" and "more"
mandrill() {
  perl -MDigest::SHA=hmac_sha1_base64 -e '
    local $/; my ($key, $text) = @ARGV;
    for my $name (qw(mandrill_events more)) { open(my $f, "<", "$name.value") or next; $text .= $name . <$f>; }
    my $proof = hmac_sha1_base64($text, $key); $proof .= "=" while length($proof) % 4; print $proof' "$1" "$2"
}
# encode FILE: as a value of a form
encode() { perl -0777 -pe 's/([^A-Za-z0-9 ._-])/sprintf("%%%02X", ord $1)/ge; s/ /+/g' "$1"; }
mailchimp() { HTTP_X_MANDRILL_SIGNATURE=$1 post; }
url=https://mail.example.org/events
if perl -MDigest::SHA -e 1 2>/dev/null; then
  printf 'a key of a webhook\n' >mailchimp.key
  chmod 600 mailchimp.key
  signs "mailchimp-key = $tmp/mailchimp.key" "mailchimp-url = $url"
  printf '[{"event":"hard_bounce","_id":"m1","ts":1795161342,"msg":{"email":"r1@example.net","state":"bounced","diag":"smtp;550 5.1.1 User unknown + 100%% sure"}}]' >mandrill_events.value
  { printf mandrill_events=; encode mandrill_events.value; } >form
  good=$(mandrill 'a key of a webhook' $url)
  check_exit "Mailchimp: a signature" 0 mailchimp "$good" <form
  check "is trust" "$(trust)" 'verified|1'
  check_exit "again" 0 mailchimp "$good" <form
  check "is the same event" "$(count)" 1
  fresh
  check_exit "one of another key" 75 mailchimp "$(mandrill another $url)" <form
  ok "is refused in words" grep -q 'an event of mailchimp-transactional has no valid signature' err
  check_exit "one of another address" 75 mailchimp "$(mandrill 'a key of a webhook' http://mail.example.org/events)" <form
  check_exit "none" 75 post <form
  check_exit "an empty one" 75 mailchimp "" <form
  sed 's/r1/r2/' form >wrong
  check_exit "one of another body" 75 mailchimp "$good" <wrong
  { cat form; printf '&more=x'; } >wrong
  check_exit "one of a body without the last field" 75 mailchimp "$good" <wrong
  check_exit "an event of another service" 75 mailchimp "$(: >mandrill_events.value; mandrill 'a key of a webhook' $url)" <one
  check "nothing was recorded" "$(count)" 0
  printf '[]' >mandrill_events.value
  printf 'mandrill_events=%%5B%%5D' >empty
  check_exit "what Mailchimp sends first" 0 mailchimp "$(mandrill test-webhook $url)" <empty
  printf '[{"event":"hard_bounce","_id":"m2","ts":1795161342,"msg":{"email":"r2@example.net"}}]' >mandrill_events.value
  printf 'a + b' >more.value
  { printf 'mandrill_events='; encode mandrill_events.value; printf '&more='; encode more.value; } >form
  check_exit "with another field" 0 mailchimp "$(mandrill 'a key of a webhook' $url)" <form
  check "it is recorded" "$(count)" 1
  signs "mailchimp-key = $tmp/mailchimp.key"
  check_exit "without the address, nothing is proven" 75 mailchimp "$good" <form
fi

# certificate NAME START END: NAME.pem and its key, valid from START to END
certificate() {
  rm -rf ca
  mkdir ca
  : >ca/index
  echo 01 >ca/serial
  cat >ca/conf <<END
[ca]
default_ca = own
[own]
dir = ca
database = ca/index
serial = ca/serial
new_certs_dir = ca
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
END
  openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -subj /CN=sns.amazonaws.com -config ca/conf -out ca/request &&
    openssl ca -batch -config ca/conf -selfsign -keyfile "$1.key" -startdate "$2" -enddate "$3" -notext -in ca/request -out "$1.pem"
}
# sns KEY TOPIC TIME MESSAGE [VERSION]: what SNS posts: a notification with that message
sns() {
  printf 'Message\n%s\nMessageId\nm1\nTimestamp\n%s\nTopicArn\n%s\nType\nNotification\n' "$4" "$3" "$2" >text
  printf '{"Type":"Notification","MessageId":"m1","TopicArn":"%s","Timestamp":"%s","SignatureVersion":"%s",\n' "$2" "$3" "${5:-2}"
  printf '"Signature":"%s","SigningCertURL":"%s","Message":"%s"}\n' \
    "$(openssl dgst -sha256 -sign "$1" text | base64 | tr -d '\n')" \
    "${from:-https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem}" \
    "$(printf %s "$4" | sed 's/"/\\"/g')"
}
if command -v openssl >/dev/null && { ldconfig -p; /sbin/ldconfig -p; } 2>/dev/null | grep -q libgnutls.so.30 &&
  certificate sns 20200101000000Z 20991231235959Z 2>/dev/null; then
  certificate late 20270101000000Z 20991231235959Z 2>/dev/null
  certificate other 20200101000000Z 20991231235959Z 2>/dev/null
  topic=arn:aws:sns:eu-west-1:123456789012:bounces
  at=2026-11-20T07:55:00.123Z
  signs "sns-certificate = $tmp/sns.pem" "sns-topic = $topic"
  event='{"notificationType":"Bounce","mail":{"messageId":"x"},"bounce":{"feedbackId":"f1","bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"r1@example.net","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}'
  sns sns.key $topic $at "$event" >signed
  check_exit "SNS: a signature" 0 post <signed
  check "is trust" "$(trust)" 'verified|1'
  check_exit "again" 0 post <signed
  check "is the same event" "$(count)" 1
  fresh
  sns other.key $topic $at "$event" >wrong
  check_exit "one of another key" 75 post <wrong
  ok "says which certificate would be needed" grep -q \
    'sns-certificate does not have https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem' err
  for from in https://sns.eu-west-1.amazonaws.com.evil.example/x.pem https://evil.example/https://sns.a.amazonaws.com/x.pem \
    http://sns.eu-west-1.amazonaws.com/x.pem https://sns.eu-west-1.amazonaws.com/../x.pem https://sns.a.amazonaws.com@evil.example/x.pem; do
    sns other.key $topic $at "$event" >wrong
    check_exit "from $from" 75 post <wrong
    ok "nobody is sent there" grep -q "a certificate that is not Amazon's" err
  done
  from=
  sed 's/r1@/r2@/' signed >wrong
  check_exit "one of another message" 75 post <wrong
  sed 's/"m1"/"m2"/' signed >wrong
  check_exit "one of another id" 75 post <wrong
  sns sns.key ${topic}2 $at "$event" >wrong
  check_exit "one of a topic of somebody else" 75 post <wrong
  ok "is refused for that" grep -q 'sns-topic does not name its topic' err
  sns sns.key $topic 2026-11-19T07:00:00.000Z "$event" >wrong
  check_exit "a stale one" 75 post <wrong
  sns sns.key $topic 2026-11-21T07:00:00.000Z "$event" >wrong
  check_exit "one of the future" 75 post <wrong
  sns sns.key $topic yesterday "$event" >wrong
  check_exit "one of no time" 75 post <wrong
  sns sns.key $topic $at "$event" 1 >wrong
  check_exit "one of the first version, with SHA-1" 75 post <wrong
  ok "is refused in words" grep -q 'SignatureVersion is not 2' err
  sed 's/"Signature":"[^"]*"/"Signature":"c2lnbmF0dXJl"/' signed >wrong
  check_exit "one that is no signature" 75 post <wrong
  sed 's/"Signature":"[^"]*",//' signed >wrong
  check_exit "none" 75 post <wrong
  printf '%s' "$event" >wrong
  check_exit "an event without an envelope" 75 post <wrong
  for field in Signature TopicArn Timestamp SignatureVersion SigningCertURL; do
    for value in '{}' '[2]' null '""' '"2 x"' "\"$(head -c 2000 /dev/zero | tr '\0' x)\""; do
      sed "s|\"$field\":\"[^\"]*\"|\"$field\":$value|" signed >wrong
      [ $field = SigningCertURL ] && [ "$value" != '"2 x"' ] && continue # it is not signed
      check_exit "$field is $(printf %.5s "$value")" 75 post <wrong
    done
  done
  sns sns.key $topic $at '{\"sg_event_id\":\"s\",\"event\":\"bounce\",\"email\":\"r1@example.net\"}' >wrong
  check_exit "an event of another service" 75 post <wrong
  check "nothing was recorded" "$(count)" 0
  printf 'Message\nPlease\nMessageId\nm2\nSubscribeURL\nhttps://sns.example/\nTimestamp\n%s\nToken\nt\nTopicArn\n%s\nType\nSubscriptionConfirmation\n' $at $topic >text
  printf '{"Type":"SubscriptionConfirmation","MessageId":"m2","Token":"t","TopicArn":"%s","Timestamp":"%s","SignatureVersion":"2","SubscribeURL":"https://sns.example/","Message":"Please","Signature":"%s","SigningCertURL":"u"}' \
    $topic $at "$(openssl dgst -sha256 -sign sns.key text | base64 | tr -d '\n')" >confirmation
  check_exit "the request to confirm the subscription" 0 post <confirmation
  check "is kept" "$(sql 'SELECT kind, reader, kept IS NOT NULL FROM message')" 'other|ses|1'
  sed 's/sns.example/evil.example/' confirmation >wrong
  check_exit "unless it is altered" 75 post <wrong
  fresh
  sed "s|}\$|,${event#?}|" confirmation >added
  check_exit "one with an event that is not signed" 0 post <added
  check "is no bounce" "$(sql 'SELECT kind, recipients FROM message')" 'other|0'
  fresh
  sns sns.key $topic $at 'Successfully validated SNS topic' | sed "s|}\$|,${event#?}|" >added
  check_exit "a message that is no event, with one beside it" 0 post <added
  check "is no bounce" "$(sql 'SELECT kind, recipients FROM message')" 'other|0'
  fresh
  cat late.pem other.pem sns.pem >several.pem
  signs "sns-certificate = $tmp/several.pem" "sns-topic = arn:aws:sns:eu-west-1:123456789012:complaints, $topic"
  check_exit "one of several certificates, and of several topics" 0 post <signed
  sns late.key $topic $at "$event" >wrong
  check_exit "a certificate that is not valid yet" 75 post <wrong
  signs "sns-certificate = $tmp/several.pem"
  check_exit "without a topic, nothing is proven" 75 post <signed
  "$BOUNCEDB" doctor --config conf >out 2>&1
  ok "doctor says so" grep -q 'sns-certificate proves nothing without sns-topic' out
  signs "sns-certificate = $tmp/sns.key" "sns-topic = $topic"
  check_exit "something that is not a certificate" 75 post <signed
  ok "is named" grep -q 'sns.key: this is not a certificate' err
fi

done_testing
