#!/bin/sh
# Events on their way: curl posts them, nginx and fcgiwrap of the distribution pass them on with the
# configuration in contrib/events, and what the answer says is what is in the database. Run by make
# check-webhooks. Everything is on Unix sockets in the test's directory.
# shellcheck source=tests/lib/tap.sh disable=SC2317,SC2238
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
PATH=$PATH:/usr/sbin:/sbin
samples=$top_srcdir/tests/samples

for program in nginx fcgiwrap curl openssl sqlite3; do
  command -v $program >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done

pids=
stop() {
  # shellcheck disable=SC2046 # pids; the children of fcgiwrap outlive it
  for pid in $pids; do kill $(pgrep -P "$pid") "$pid" 2>/dev/null; done
  wait
  cd / && rm -rf "$tmp"
}
trap stop EXIT

sql() { sqlite3 -readonly x.db "$1"; }
count() { sql 'SELECT count(*) FROM message'; }
fresh() { rm -f x.db*; "$BOUNCEDB" db init --db x.db >/dev/null; }
settings() { { printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n[events]\n' "$tmp"; printf '%s\n' "$@"; } >bouncedb/bouncedb.conf; }
# event NAME ID: a bounce in the form of SendGrid
event() {
  printf '{"email":"%s@example.net","timestamp":1795161342,"event":"bounce","sg_event_id":"%s","reason":"550 5.1.1 User unknown"}' "$1" "$2"
}
# post FILE [CURL'S OPTION...]: prints the status; the answer is in the file "answer"
post() {
  _file=$1
  shift
  curl -s --max-time 60 --unix-socket nginx.sock -o answer -w '%{http_code}' --data-binary "@$_file" "$@" "http://localhost/${where:-events}"
}
posted() { post "$@" -u events:s3cret; }

mkdir bin bouncedb logs
ln -s "$(command -v "$BOUNCEDB")" bin/bouncedb
cp "$top_srcdir/contrib/events/bouncedb.cgi" . && chmod 755 bouncedb.cgi
printf 'events:%s\n' "$(openssl passwd -apr1 s3cret)" >bouncedb.htpasswd
chmod 755 "$tmp"
# The location twice: as it is, and as it says without the password
sed "s,unix:/run/bouncedb/events,unix:$tmp/fcgi.sock,; s,/usr/local/lib/,$tmp/,; s,/etc/nginx/,$tmp/," \
  "$top_srcdir/contrib/events/nginx" | grep -v '^#' >location
{ cat location; grep -v auth_basic location | sed 's,= /events,= /open,'; } >locations
params=/etc/nginx/fastcgi_params
[ -f $params ] || params=/usr/share/nginx/fastcgi_params
cp $params fastcgi_params
cat >nginx.conf <<END
daemon off;
worker_processes 1;
user $(id -un) $(id -gn);
pid $tmp/nginx.pid;
error_log $tmp/logs/error.log;
events { worker_connections 64; }
http {
  access_log $tmp/logs/access.log;
  client_body_temp_path $tmp/body;
  fastcgi_temp_path $tmp/fastcgi;
  proxy_temp_path $tmp/proxy;
  uwsgi_temp_path $tmp/uwsgi;
  scgi_temp_path $tmp/scgi;
  server {
    listen unix:$tmp/nginx.sock;
    include $tmp/locations;
  }
}
END
settings
fresh
XDG_CONFIG_HOME=$tmp PATH=$tmp/bin:$PATH fcgiwrap -f -c 2 -p "$tmp/bouncedb.cgi" -s "unix:$tmp/fcgi.sock" 2>logs/fcgiwrap &
pids=$!
ok "nginx takes the lines of contrib/events" nginx -t -p "$tmp" -c "$tmp/nginx.conf"
rm -f nginx.sock
nginx -p "$tmp" -c "$tmp/nginx.conf" 2>logs/nginx &
pids="$pids $!"
wait_for test -S fcgi.sock -a -S nginx.sock

### An event, with the password

{ printf '['; event r1 e1; printf ','; event r2 e2; printf ']'; } >batch
check "a batch" "$(posted batch)" 204
check "is recorded" "$(count)" 2
check "again" "$(posted batch)" 204
check "is known" "$(count)" 2
event r3 e3 >one
check "without the password" "$(post one)" 401
check "with another" "$(post one -u events:wrong)" 401
check "nothing is recorded" "$(count)" 2
check "a visit changes nothing" \
  "$(curl -s --max-time 60 --unix-socket nginx.sock -u events:s3cret -o /dev/null -w '%{http_code}' http://localhost/events)" 204
check "nor does another method" "$(posted one -X DELETE)" 405
sed -i "s,$tmp/bouncedb.cgi,/bin/true," locations
kill -HUP "${pids##* }"
forbidden() { [ "$(posted one)" = 403 ]; }
ok "fcgiwrap runs no other program" wait_for forbidden
sed -i "s,/bin/true,$tmp/bouncedb.cgi," locations
kill -HUP "${pids##* }"
taken() { [ "$(posted one)" = 204 ]; }
ok "and this one again" wait_for taken

### Nothing lost

mv x.db away
printf 'database file is broken' >x.db
event r4 e4 >one
check "what cannot be recorded" "$(posted one)" 503
rm x.db* && mv away x.db
check "comes again" "$(posted one)" 204
check "and is recorded once" "$(sql "SELECT count(*) FROM failure WHERE recipient = 'r4@example.net'")" 1
fresh
for _ in 1 2 3 4 5 6 7 8; do posted batch -o /dev/null >>codes & posters="${posters:-} $!"; done
# shellcheck disable=SC2086 # pids
wait $posters
check "eight at the same time" "$(fold -w 3 codes | sort | uniq -c | tr -d ' ')" 8204
check "are recorded once" "$(count)" 2
awk 'BEGIN { while (length(x) < 1000) x = x "x"; printf "["
  for (i = 1; i <= 2000; i++)
    printf "%s{\"email\":\"m%d@example.net\",\"timestamp\":1795161342,\"event\":\"bounce\",\"sg_event_id\":\"m%d\",\"reason\":\"550 5.1.1 User unknown\",\"x\":\"%s\"}", (i > 1 ? "," : ""), i, i, x
  print "]" }' >many
check "two thousand in two megabytes" "$(posted many)" 204
check "are recorded" "$(count)" 2002
head -c 21000000 /dev/zero | tr '\0' ' ' >large
check "a body of 21 megabytes is refused" "$(posted large)" 413

### Each service's documented events

fresh
for service in ses sendgrid mailgun postmark sparkpost brevo mailjet mailchimp-transactional azure; do
  file=$samples/$service/events.json
  [ -f "$file" ] || file=$samples/$service/failed.json
  check "events of $service" "$(posted "$file")" 204
  ok "are recorded" test "$(sql "SELECT count(*) FROM message WHERE reader = '$service'")" -gt 0
done
check "the form of Mailchimp" "$(posted "$samples/mailchimp-transactional/form.json")" 204

### What bouncedb checks by itself: nginx passes on the fields that this takes

where=open
printf 'events:0ther\n' >login
chmod 600 login
settings "login = $tmp/login"
fresh
event r1 e1 >one
check "a login" "$(post one -u events:0ther)" 204
check "is trust" "$(sql 'SELECT DISTINCT trust FROM failure')" verified
check "another" "$(post one -u events:s3cret)" 503
ok "says why in nginx's log" grep -q 'has no valid signature or login' logs/error.log
printf 'a-token\n' >login
check "a bearer token" "$(post one -H 'Authorization: Bearer a-token')" 204
where='open?access_token=a-token'
check "one in the address" "$(post one)" 204
printf '[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]' >validation
check "Event Grid's first event" "$(post validation -H 'aeg-event-type: SubscriptionValidation')" 200
check "gets its code back" "$(cat answer)" '{"validationResponse":"512d38b6"}'
where='open?access_token=other'
check "another token" "$(post one)" 503
where=open

printf 'a key\n' >mailchimp.key
chmod 600 mailchimp.key
settings "mailchimp-key = $tmp/mailchimp.key" "mailchimp-url = https://mail.example.org/open"
fresh
printf 'mandrill_events=%%5B%%7B"event":"hard_bounce","_id":"m1","ts":1795161342,"msg":%%7B"email":"r1@example.net","diag":"550"%%7D%%7D%%5D' >form
proof=$({ printf 'https://mail.example.org/openmandrill_events'; printf '[{"event":"hard_bounce","_id":"m1","ts":1795161342,"msg":{"email":"r1@example.net","diag":"550"}}]'; } |
  openssl dgst -sha1 -hmac 'a key' -binary | base64)
check "Mailchimp's signature" "$(post form -H "X-Mandrill-Signature: $proof")" 204
check "is trust" "$(sql 'SELECT DISTINCT trust FROM failure')" verified
check "none" "$(post form)" 503

now=$(date +%s)
openssl ecparam -name prime256v1 -genkey -noout -out private.pem
openssl ec -in private.pem -pubout -outform DER 2>/dev/null | base64 | tr -d '\n' >sendgrid.key
settings "sendgrid-key = $tmp/sendgrid.key"
fresh
sign() { { printf %s "$now"; cat "$1"; } | openssl dgst -sha256 -sign private.pem | base64 | tr -d '\n'; }
signed() { post "$1" -H "X-Twilio-Email-Event-Webhook-Signature: $(sign "$2")" -H "X-Twilio-Email-Event-Webhook-Timestamp: $now"; }
check "SendGrid's signature" "$(signed batch batch)" 204
check "is trust" "$(sql 'SELECT DISTINCT trust FROM failure')" verified
check "of another body" "$(signed many batch)" 503

done_testing
