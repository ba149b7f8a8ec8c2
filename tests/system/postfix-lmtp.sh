#!/bin/sh
# End to end with a real mail server over LMTP: a private Postfix bounces messages that a scripted
# peer refuses, and delivers the bounces to the service. Meanwhile the service is killed and started
# again, and the database is broken and repaired: every bounce becomes a row, once.
#
# The instance has its own directories and no network port, as in postfix.sh. The service runs as
# nobody.
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
BOUNCEDB=${BOUNCEDB:-$top_builddir/bouncedb}
PATH=$PATH:/usr/sbin:/sbin

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v postconf >/dev/null || skip 'Postfix is not installed'
command -v sqlite3 >/dev/null || skip 'sqlite3 is not installed'
command -v setpriv >/dev/null || skip 'setpriv is not installed'
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || skip 'only root can start a Postfix, and sudo asks for a password'
  exec sudo -n env top_srcdir="$top_srcdir" top_builddir="$top_builddir" BOUNCEDB="$BOUNCEDB" sh "$0"
fi

# shellcheck source=tests/lib/tap.sh disable=SC2317
. "$top_srcdir/tests/lib/tap.sh"
limit=1800
etc=$tmp/etc
database=$tmp/db/bounces.db
log=$tmp/mail.log
peer= service=

# shellcheck disable=SC2329 # called by the trap
stop() {
  [ -z "$peer" ] || kill "$peer"
  [ -z "$service" ] || kill "$service"
  [ ! -f "$tmp/spool/pid/master.pid" ] || postfix -c "$etc" stop
  cd / && rm -rf "$tmp"
} >/dev/null 2>&1
trap stop EXIT

configure() {
  mkdir "$etc" "$tmp/spool" "$tmp/data" "$tmp/bin" "$tmp/db" "$tmp/run" &&
    chmod 755 "$tmp" && chown postfix "$tmp/data" && chown nobody "$tmp/db" "$tmp/run" || return
  cp "$BOUNCEDB" "$tmp/bin/bouncedb" || return
  cat >"$etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $tmp/spool
data_directory = $tmp/data
maillog_file = $log
maillog_file_prefixes = $tmp
myhostname = mx.news.example
mydomain = news.example
myorigin = news.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_connection_cache_on_demand = no
default_transport = smtp:[127.0.0.1]:$(cat port)
transport_maps = inline:{ { news.example = lmtp:unix:$tmp/run/lmtp } }
recipient_delimiter = +
alias_maps =
maximal_queue_lifetime = 1d
minimal_backoff_time = 1s
queue_run_delay = 1h
END
  cat >"$etc/master.cf" <<END
pickup  unix       n - n 60  1 pickup
cleanup unix       n - n -   0 cleanup
qmgr    unix       n - n 300 1 qmgr
rewrite unix       - - n -   - trivial-rewrite
bounce  unix       - - n -   0 bounce
defer   unix       - - n -   0 bounce
trace   unix       - - n -   0 bounce
smtp    unix       - - n -   - smtp
lmtp    unix       - - n -   - lmtp
error   unix       - - n -   - error
retry   unix       - - n -   - error
scache  unix       - - n -   1 scache
showq   unix       n - n -   - showq
postlog unix-dgram n - n -   1 postlogd
END
  printf '[database]\nfile = %s\n[delivery]\nsyslog = no\n[suppression]\nfile = %s/db/suppressed.txt\n' \
    "$database" "$tmp" >bouncedb.conf
  chmod 644 bouncedb.conf
  "$BOUNCEDB" db init --config "$tmp/bouncedb.conf" && chown nobody "$tmp"/db/* &&
    postfix -c "$etc" check &&
    "$(postconf -c "$etc" -h daemon_directory)/master" -c "$etc" -e "$limit" -w
}

# serve: starts the service; Postfix runs as another user, so its socket is for all
serve() {
  setpriv --reuid=nobody --clear-groups "$tmp/bin/bouncedb" lmtp --config "$tmp/bouncedb.conf" \
    --listen "unix:$tmp/run/lmtp" --mode 0666 2>>service.log &
  service=$!
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
peer=$!
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
