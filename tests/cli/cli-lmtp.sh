#!/bin/sh
# bouncedb lmtp: options, sockets, replies, limits, signals, and what it tells its manager.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
chmod 700 .
configure "$tmp"
"$BOUNCEDB" db init --config conf >/dev/null
sql() { sqlite3 -readonly x.db "$1"; }
lmtp() { "$BOUNCEDB" lmtp --config conf "$@"; }

### Options

check_exit "it needs a socket" 64 lmtp
ok "and says how to give one" grep -q -e '--listen unix:PATH' err
for address in x /tmp/x unix:x inet:127.0.0.1 inet:localhost:24 inet:127.0.0.1:x inet:1:2 'inet:[::1]' inet::24; do
  check_exit "not an address: $address" 64 lmtp --listen "$address"
done
check_exit "an address that others can reach" 64 lmtp --listen inet:0.0.0.0:0
ok "has to be allowed" grep -q -e '--allow-remote' err
check_exit "not a mode" 64 lmtp --listen "$socket" --mode 888
check_exit "arguments" 64 lmtp --listen "$socket" x
check_exit "metrics in place of the database" 64 lmtp --listen "$socket" --metrics x.db
check_exit "a directory that is missing" 75 lmtp --listen "unix:$tmp/no/socket"

### Messages

ok "the service starts" start_service
check "its socket is for its user and group" "$(stat -c %a socket)" 660
check_exit "no other service can have its socket" 75 lmtp --listen "$socket"
ok "and says so" grep -q 'cannot listen at .*: Address already in use' err
check "it has one thread" "$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$service/status")" 1

bounce 1 >letter
send letter
check "a message is acknowledged" "$(cat replies)" "250 2.0.0 message=1"
check "and recorded" \
  "$(sql 'SELECT kind, envelope_sender, envelope_recipient, recipient FROM message JOIN failure USING (message_id)')" \
  "bounce||bounces@example.org|r1@example.net"
check "the list file has the address" "$(cat list)" r1@example.net
send letter
check "once" "$(cat replies)" "250 2.0.0 message=1, recorded before"
bounce 2 >letter
send letter one@example.org two@example.org
check "every recipient gets a reply" "$(cat replies)" "250 2.0.0 message=2
250 2.0.0 message=2"
check "and there is one message" "$(sql 'SELECT count(*) FROM message')" 2
ordinary 3 >letter
send letter
check "what is no report is kept" "$(sql "SELECT kept IS NOT NULL FROM message WHERE kind = 'other'")" 1

bounce 4 >first
bounce 5 >second
{ message '' a@example.org <first; message a@example.com b@example.org <second; } | talk
check "messages may follow one another at once" "$(grep '^250 2.0.0' replies)" "250 2.0.0 message=4
250 2.0.0 message=5"
printf 'MAIL FROM:<>\r\nRCPT TO:<nobody\r\nRCPT TO:<a@example.org>\r\n' >script
{ cat script; printf 'DATA\r\n'; bounce 6 | wire; } | talk
check "what is not an address is refused by itself" "$(grep -v '^221' replies)" "250 2.1.0 Sender accepted
501 5.5.4 RCPT TO:<address> is expected
250 2.1.5 Recipient accepted
354 End with CRLF.CRLF
250 2.0.0 message=6"

printf 'LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nSubject: half a message\r\n' |
  "$client" "$socket" talk >out
check "a message that does not end is not answered" "$(tail -n 1 out | tr -d '\r')" "354 End with CRLF.CRLF"
check "and not recorded" "$(sql 'SELECT count(*) FROM message')" 6

printf 'Subject: smuggled\n\nx\n.\nMAIL FROM:<>\nRCPT TO:<a@example.org>\nDATA\nSubject: y\n\n.\n' >letter
{ printf 'MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n'; cat letter; printf '\r\n.\r\n'; } | talk
check "a message with other ends in it is one message" "$(grep -c '^250 2.0.0' replies)" 1
check "also in the database" "$(sql 'SELECT count(*) FROM message')" 7

### A signed return path among several recipients

stop_service
check "SIGTERM ends it" "$status" 0
ok "its socket is gone" test ! -e socket
"$BOUNCEDB" verp keygen key
printf '[verp]\nbase = bounces@example.org\nkey = %s/key\n' "$tmp" >>conf
path=$("$BOUNCEDB" verp make --config conf r10@example.net)
start_service
bounce 10 >letter
send letter bounces@example.org "$path"
check "whichever it is, it is believed" "$(sql 'SELECT trust FROM failure ORDER BY failure_id DESC LIMIT 1')" verified

### Sockets

stop_service -KILL
ok "a socket that was left there" test -S socket
ok "is replaced" start_service --mode 0600 --listen inet:127.0.0.1:0 --metrics "$tmp/metrics"
check "a mode can be chosen" "$(stat -c %a socket)" 600
echo x >file
check_exit "a file is not" 75 lmtp --listen "unix:$tmp/file"
ok "and stays" test -f file

cat >activate.pl <<'END'
use strict;
use Fcntl;
use IO::Socket::UNIX;
use POSIX ();
# activate.pl SOCKET COMMAND...: as systemd does; prints what it is notified of, a word a line
my $path = shift;
$^F = 10;
my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 5) or die;
my $notify = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$path.notify") or die;
my $pid = fork;
if ($pid == 0) {
  POSIX::dup2(fileno($listener), 3) if fileno($listener) != 3;
  @ENV{qw(LISTEN_PID LISTEN_FDS NOTIFY_SOCKET WATCHDOG_USEC)} = ($$, 1, "$path.notify", 2000000);
  exec @ARGV;
}
$| = 1;
my $said = '';
while ($said !~ /STOPPING/) {
  $notify->recv($said, 100);
  print "$said\n";
}
waitpid $pid, 0;
exit($? >> 8);
END
if perl -MIO::Socket::UNIX -e 1 2>/dev/null; then
  perl activate.pl "$tmp/passed" "$BOUNCEDB" lmtp --config conf >told 2>log2 &
  manager=$!
  ok "it tells systemd that it is ready" wait_for grep -qx READY=1 told
  ok "and that it lives" wait_for grep -qx WATCHDOG=1 told
  own=$socket socket=unix:$tmp/passed
  bounce 20 | message '' a@example.org | talk
  socket=$own
  check "a socket that is passed on is used" "$(grep -c '^250 2.0.0' replies)" 1
  pkill -TERM -P "$manager" 2>/dev/null || kill -TERM "$(cat "/proc/$manager/task/$manager/children")"
  wait "$manager"
  check "the service ends" "$?" 0
  check "it tells that it stops" "$(tail -n 1 told)" STOPPING=1
  ok "and leaves a socket that is not its own" test -S passed
fi

### Limits. A client that is silent holds its connection open by the end of the pipe.

stop_service
ok "metrics are written at the end" grep -q '^bouncedb_lmtp_messages_total{result="deferred"} 0$' metrics
printf '[lmtp]\nconnections = 2\nidle-seconds = 1\n' >>conf
start_service
mkfifo hold
"$client" "$socket" talk <hold >idle &
waiting=$!
exec 9>hold
ok "an idle client" wait_for grep -q '^421 4.4.2 Nothing has come for too long' idle
exec 9>&-
wait "$waiting"
sed -i 's/^idle-seconds.*/idle-seconds = 1000/' conf
check "a signal" "$(kill -HUP "$service"; echo $?)" 0
"$client" "$socket" slow 2 0 <hold >slow &
waiting=$!
exec 9>hold
ok "two clients are allowed" wait_for grep -qx ready slow
refused() { printf 'QUIT\r\n' | "$client" "$socket" talk | grep -q '^421 4.3.2 Too many connections'; }
ok "a third is not" wait_for refused
stop_service
check "SIGTERM does not wait for slow clients" "$status" 0
exec 9>&-
wait "$waiting"
check "who are not told that their messages are recorded" "$(tail -n 1 slow)" 0

sed -i 's/^connections = .*/connections = 300/; s/^idle.*/connections-per-peer = 1\nmessage-seconds = 1/' conf
start_service
"$client" "$socket" slow 1 0 <hold >slow &
waiting=$!
exec 9>hold
ok "one connection for each user" wait_for refused
ok "a message that takes too long" wait_for answers
exec 9>&-
wait "$waiting"
check "is not recorded" "$(tail -n 1 slow)" 0

### The configuration is loaded again.

sed -i '/^\[lmtp\]/,$d' conf
start_service
rules() { printf '[rule]\nid: own\nreason: spam\ntext: %s\ncause: Own.\n' "$1"; }
echo 'this is no configuration' >>conf
kill -HUP "$service"
ok "an error is told" wait_for grep -q 'the configuration is not reloaded' log
bounce 30 >letter
send letter
check "and the service goes on" "$(grep -c '^250' replies)" 1
sed -i '$d' conf
sed -i 's/^syslog = no/syslog = no\nsubject = yes/' conf
kill -HUP "$service"
subject() {
  n=$((n + 1))
  bounce $n >letter
  send letter
  [ "$(sql 'SELECT subject FROM message ORDER BY message_id DESC LIMIT 1')" = News ]
}
n=100
ok "a change comes into force" wait_for subject

### Many slow clients

printf '[lmtp]\nconnections = 300\nconnections-per-peer = 300\n' >>conf
start_service
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$service/status"; }
before=$(resident)
"$client" "$socket" slow 200 400000 <hold >slow &
waiting=$!
exec 9>hold
ok "200 clients send slowly" wait_for grep -qx ready slow
grown=$(($(resident) - before))
echo "# memory grows by $grown KiB"
ok "memory does not hold their 80 MB" [ "$grown" -lt 20000 ]
exec 9>&-
wait "$waiting"
check "all of them are acknowledged" "$(tail -n 1 slow)" 200

### Root starts it, for the database of another user

if [ "$(id -u)" -eq 0 ]; then
  mkdir theirs
  chown 65534 theirs
  chmod 711 .
  printf '[database]\nfile = %s/theirs/x.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
  chmod 644 conf
  "$BOUNCEDB" db init --quiet --config conf
  ok "root can start it" start_service
  # uids: whose processes it and its workers are
  uids() {
    for _pid in "$service" $(cat "/proc/$service/task/$service/children"); do
      awk '/^Uid:/ { print $2 }' "/proc/$_pid/status"
    done | sort -u
  }
  check "it and its workers are the owner's" "$(uids)" 65534
  for i in 201 202 203 204; do
    bounce $i >letter
    message '' bounces@example.org <letter
  done | timeout 60 sh -c '{ printf "LHLO client\r\n"; cat; printf "QUIT\r\n"; } | "$@"' - "$client" "$socket" talk >replies
  check "messages are recorded, one after the other" "$(grep -c '^250 2.0.0' replies)" 4
fi

done_testing
