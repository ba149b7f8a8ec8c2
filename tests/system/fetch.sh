#!/bin/sh
# fetchmail, getmail, mpop and fdm, as bouncedb-fetch(7) configures them, with a POP3 server on
# loopback: while the database is away, messages stay in the mailbox; then each is recorded once and
# the mailbox is empty.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v sqlite3 >/dev/null || skip "no sqlite3 shell"
command -v perl >/dev/null || skip "no perl"
for tool in fetchmail getmail mpop fdm; do
  ! command -v $tool >/dev/null || tools="${tools:-} $tool"
done
[ -n "${tools:-}" ] || skip "none of fetchmail, getmail, mpop and fdm is installed"
unset LOGNAME USER
peer=
# shellcheck disable=SC2329 # called by the trap
stop() {
  [ -z "$peer" ] || kill "$peer"
  cd / && rm -rf "$tmp"
} >/dev/null 2>&1
trap stop EXIT

messages=3
mkdir mailbox
perl "$top_srcdir/tests/lib/pop-peer.pl" mailbox port 600 &
peer=$!
ok "the mailbox can be opened" wait_for test -s port
port=$(cat port)
printf '[database]\nfile = %s/db/b.db\n[delivery]\nsyslog = no\n' "$tmp" >bouncedb.conf
printf '#!/bin/sh\nexec "%s" --config "%s/bouncedb.conf" "$@"\n' "$BOUNCEDB" "$tmp" >bouncedb
chmod 755 bouncedb

# fetch_TOOL: gets all that is in the mailbox
fetch_fetchmail() {
  cat >fetchmailrc <<END
set invisible
poll localhost protocol pop3 port $port
  username "bounces" password "secret"
  sslproto ""
  fetchall
  mda "$tmp/bouncedb"
END
  chmod 600 fetchmailrc
  fetchmail -f fetchmailrc --nosyslog --pidfile "$tmp/fetchmail.pid"
}
fetch_getmail() {
  mkdir -p getmail
  cat >getmail/getmailrc <<END
[retriever]
type = SimplePOP3Retriever
server = localhost
port = $port
username = bounces
password = secret
[destination]
type = MDA_external
path = $tmp/bouncedb
allow_root_commands = true
[options]
delete = true
delivered_to = false
received = false
END
  chmod 700 getmail
  chmod 600 getmail/getmailrc
  getmail --getmaildir "$tmp/getmail"
}
fetch_mpop() {
  cat >mpoprc <<END
account bounces
host localhost
port $port
auth user
tls off
user bounces
password secret
keep off
received_header off
delivery mda "$tmp/bouncedb"
uidls_file $tmp/uidls
account default : bounces
END
  chmod 600 mpoprc
  mpop -C mpoprc
}
fetch_fdm() {
  cat >fdm.conf <<END
set lock-file "$tmp/fdm.lock"
set no-received
action "bouncedb" pipe "$tmp/bouncedb"
account "bounces" pop3 server "localhost" port $port user "bounces" pass "secret"
match all action "bouncedb"
END
  chmod 600 fdm.conf
  fdm -f fdm.conf fetch
}

sql() { sqlite3 -readonly db/b.db "$1"; }
left() { find mailbox -type f | wc -l | tr -d ' '; }
for tool in $tools; do
  rm -rf db away mailbox/*
  ./bouncedb db init --quiet
  for i in $(seq $messages); do bounce "$i" >"mailbox/$i"; done
  mv db away
  "fetch_$tool" >log 2>&1
  check "$tool: without a database, all stay in the mailbox" "$(left)" $messages
  mv away db
  ok "$tool fetches them" "fetch_$tool"
  check "$tool: the mailbox is empty" "$(left)" 0
  check "$tool: each is recorded once" "$(sql 'SELECT count(*), count(DISTINCT recipient) FROM failure')" \
    "$messages|$messages"
  check "$tool: the recipient is that of the server" \
    "$(sql 'SELECT DISTINCT envelope_recipient FROM message')" bounces@example.org
done

done_testing
