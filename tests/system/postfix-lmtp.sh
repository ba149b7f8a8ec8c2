#!/bin/sh
# End to end with a real mail server over LMTP: a private Postfix bounces messages that a scripted
# peer refuses, and delivers the bounces to the service. Meanwhile the service is killed and started
# again, and the database is broken and repaired: every bounce becomes a row, once.
# The service runs as nobody.
# shellcheck source=tests/lib/postfix.sh disable=SC2317
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/postfix.sh"
command -v setpriv >/dev/null || skip 'setpriv is not installed'

configure() {
  prepare_postfix "
mydestination =
default_transport = smtp:[127.0.0.1]:$(cat port)
transport_maps = inline:{ { news.example = lmtp:unix:$tmp/run/lmtp } }
recipient_delimiter = +
alias_maps =" "
smtp    unix       - - n -   - smtp
lmtp    unix       - - n -   - lmtp
scache  unix       - - n -   1 scache" || return
  mkdir "$tmp/run" && chown nobody "$tmp/run" || return
  printf '[database]\nfile = %s\n[delivery]\nsyslog = no\n[suppression]\nfile = %s/db/suppressed.txt\n' \
    "$database" "$tmp" >bouncedb.conf
  chmod 644 bouncedb.conf
  "$BOUNCEDB" db init --config "$tmp/bouncedb.conf" && chown nobody "$tmp"/db/* &&
    start_postfix
}

# serve: starts the service; Postfix runs as another user, so its socket is for all
serve() {
  setpriv --reuid=nobody --clear-groups "$tmp/bin/bouncedb" lmtp --config "$tmp/bouncedb.conf" \
    --listen "unix:$tmp/run/lmtp" --mode 0666 2>>service.log &
  service=$! running="$peer $!"
  wait_for listens
}
listens() { printf 'QUIT\r\n' | "$top_builddir/tests/system/lmtp-client" "unix:$tmp/run/lmtp" talk | grep -q ^221; }

# send SENDER ADDRESS...: a message whose bounces return to SENDER
send() {
  _sender=$1
  shift
  printf '%s\n' 'From: news@news.example' 'To: undisclosed-recipients:;' 'Subject: News' '' 'News.' |
    sendmail -C "$etc" -f "$_sender" "$@"
}
flush() { postqueue -c "$etc" -f; }
flushing() { "$@" || { flush; return 1; }; }
waits_for() { wait_for "$@" || { tail -n 30 "$log"; cat service.log; return 1; }; }
sql() { sqlite3 -readonly "$database" "$1"; }
query() { [ "$(sql "$1")" = "$2" ]; }
recorded() { query "SELECT count(*) FROM failure WHERE recipient LIKE '$1-%'" "$2"; }
queue_is_empty() { postqueue -c "$etc" -p | grep -q 'queue is empty'; }
deferrals() { grep -c 'postfix/lmtp.*status=deferred' "$log"; }
deferred() { [ "$(deferrals)" -ge "$1" ]; }

for n in 1 2 3 4 5 6 7 8 9 10; do
  for series in calm kill broken; do
    echo "$series-$n|rcpt|550 5.1.1 <$series-$n@peer.example>: Recipient address rejected: User unknown"
  done
done >replies
perl "$top_srcdir/tests/lib/smtp-peer.pl" replies port "$limit" &
peer=$! running=$!
ok "the peer listens" wait_for test -s port
ok "a private Postfix starts" configure
ok "the service starts" serve

series() { for n in 1 2 3 4 5 6 7 8 9 10; do send "bounces+$1-$n@news.example" "$1-$n@peer.example"; done; }

series calm
ok "every bounce is a row" waits_for flushing recorded calm 10
ok "and the queue is empty" waits_for queue_is_empty
check "with the recipient that Postfix was told" \
  "$(sql "SELECT count(*) FROM failure JOIN message USING (message_id) WHERE envelope_sender = ''
    AND envelope_recipient = 'bounces+' || replace(recipient, '@peer.example', '') || '@news.example'")" 10
ok "Postfix logs the number of the message" grep -q 'status=sent (250 2.0.0 message=1)' "$log"

series kill
kill -KILL "$service"
wait "$service" 2>/dev/null
before=$(deferrals)
send bounces+kill-1@news.example kill-1@peer.example
ok "without the service, Postfix defers" waits_for flushing deferred $((before + 1))
ok "it starts again" serve
ok "every bounce is a row, and one more" waits_for flushing recorded kill 11
ok "and the queue is empty again" waits_for queue_is_empty

mv "$tmp/db" "$tmp/away"
before=$(deferrals)
series broken
ok "without the database, Postfix defers" waits_for flushing deferred $((before + 1))
ok "and logs why" grep -q 'status=deferred .*451 4.3.0 .*there is no database' "$log"
mv "$tmp/away" "$tmp/db"
ok "with it, every bounce is a row" waits_for flushing recorded broken 10
ok "and the queue is empty once more" waits_for queue_is_empty
ok "each was recorded once" recorded broken 10
check "Postfix has bounced none of them" "$(grep -c 'to=<bounces.*status=bounced' "$log")" 0
kill "$service"
wait "$service"
check "the service ends" "$?" 0
service=
ok "the database is sound" query "PRAGMA integrity_check" ok

done_testing
