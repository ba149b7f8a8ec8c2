# common.sh: what each file here needs. It is run by build-aux/check-servers.sh in a tree that is
# thrown away, where bouncedb is installed: "install" with the network, then "test" with a loopback
# interface alone. It defines
#
#    packages        Debian's, which "install" installs
#    preseed         optional: what debconf has to know before
#    ways            how the server can run bouncedb
#    configure WAY   in a fresh tree; sets $owner, the user as whom bouncedb runs
#    start           and waits until the server is there
#    queued          whether a message waits in the queue
#    flush           has the server try again
#    stop
#
# and ends with: main "$@". test_way may be defined again. A line of results: way, sender, recipient, VERP, what an outage does.
# shellcheck shell=sh disable=SC2154
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/lib/letters.sh
. "$top/tests/lib/letters.sh"
folder=/var/lib/bouncedb
database=$folder/bounces.db
address=bounces@news.example
failures=0

# wait_for COMMAND...: the command succeeds, now or within $PATIENCE seconds
wait_for() {
  _end=$(($(date +%s) + ${PATIENCE:-120}))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt $_end ] || { echo "waited in vain: $*"; return 1; }
    sleep 0.2
  done
}

ok() {
  _name=$1
  shift
  if "$@" >/tmp/ok.out 2>&1; then
    echo "ok      $server, $way: $_name"
    return
  fi
  failures=$((failures + 1))
  echo "NOT OK  $server, $way: $_name"
  sed 's/^/        /' /tmp/ok.out
}

sql() { sqlite3 -readonly "$database" "$1" 2>/dev/null; }
rows() { [ "$(sql "SELECT count(*) FROM failure WHERE recipient = 'r$1@example.net'")" = "$2" ]; }
says() { [ "$(sql "$1")" = "$2" ]; }
empty() { ! queued; }
flushed() { flush; "$@"; }

# listens PORT: on loopback
listens() { perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]")' "$1"; }

# send RECIPIENT: the message on standard input by SMTP, from the null sender
send() {
  perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:25", Timeout => 60) or die "connect: $@\n";
    sub reply { my $want = shift; my $line; do { $line = <$s> // "" } while $line =~ /^\d{3}-/;
                $line =~ /^$want/ or die "$line\n"; }
    sub put { print $s map { "$_\r\n" } @_; }
    reply(2); put("EHLO test.example"); reply(2); put("MAIL FROM:<>"); reply(2);
    put("RCPT TO:<$ARGV[0]>"); reply(2); put("DATA"); reply(3);
    while (my $l = <STDIN>) { $l =~ s/\r?\n$//; $l =~ s/^\./../; put($l); }
    put("."); reply(2); put("QUIT");' "$1"
}

# prepare: the database, of $owner, and a key that $owner can read
prepare() {
  install -d -o "$owner" -m 0700 $folder
  install -d /etc/bouncedb
  printf '[database]\nfile = %s\n[verp]\nbase = %s\nkey = %s/key\npolicy = prefer\n' \
    "$database" "$address" "$folder" >/etc/bouncedb/bouncedb.conf
  runuser -u "$owner" -- bouncedb verp keygen "$folder/key"
  runuser -u "$owner" -- bouncedb db init
}

# serve_lmtp: the service, on a socket that any user can reach, or at $listen
serve_lmtp() {
  install -d -o bouncedb -m 0755 /run/bouncedb
  setpriv --reuid=bouncedb --regid=bouncedb --clear-groups \
    env HOME=/ bouncedb lmtp --listen "${listen:-unix:/run/bouncedb/lmtp}" --mode 0666 2>>/tmp/lmtp.log &
  service=$!
  wait_for serves
}
serves() {
  if [ -n "${listen:-}" ]; then listens "${listen##*:}"; return; fi
  perl -MIO::Socket::UNIX -e 'exit !IO::Socket::UNIX->new("/run/bouncedb/lmtp")'
}

# without_service: it is killed, a bounce waits, and it is started again
without_service() {
  kill -KILL "$service" && bounce 4 | send $address && wait_for queued && ! rows 4 1 && serve_lmtp &&
    wait_for flushed rows 4 1 && wait_for flushed empty && rows 4 1
}

# seen COLUMN: of the message about r1
seen() {
  sql "SELECT CASE WHEN $1 IS NULL THEN '-' WHEN $1 = '' THEN '<>' ELSE $1 END FROM message
       WHERE message_id = (SELECT message_id FROM failure WHERE recipient = 'r1@example.net')"
}

test_way() {
  way=$1
  configure "$way" >/tmp/configure.log 2>&1 || { ok configured false; tail -n 20 /tmp/configure.log; return; }
  ok "the database is made" prepare
  ok "the server starts" start
  bounce 1 | send $address
  ok "a bounce is recorded" wait_for rows 1 1
  path=$(runuser -u "$owner" -- bouncedb verp make r2@example.net)
  verp=-
  if bounce 2 | send "$path" 2>/tmp/verp.out; then
    ok "one to a signed return path is recorded" wait_for rows 2 1
    verp=$(sql "SELECT trust FROM failure WHERE recipient = 'r2@example.net'")
  fi
  mv $folder $folder.away
  bounce 3 | send $address
  outage=lost
  if wait_for queued; then outage=deferred; fi
  mv $folder.away $folder
  ok "while the database is away, a bounce waits" [ $outage = deferred ]
  ok "then it is recorded" wait_for flushed rows 3 1
  ok "and the queue is empty" wait_for flushed empty
  for number in 1 2 3; do
    [ $number = 2 ] && [ "$verp" = - ] || ok "r$number was recorded once" rows $number 1
  done
  if [ "$way" = lmtp ]; then ok "a bounce waits for the service, and is recorded once" without_service; fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$server" "$(version)" "$way" "$(seen envelope_sender)" \
    "$(seen envelope_recipient)" "$verp" "$outage" >/tmp/row
  stop
}

# shellcheck disable=SC2016 # for dpkg-query
version() { dpkg-query -W -f '${Version}' "${packages%% *}" | sed 's/^[0-9]*://; s/[-+~].*//'; }

# main install|ways|test [WAY]
main() {
  server=$(basename "$0" .sh)
  case $1 in
    install)
      export DEBIAN_FRONTEND=noninteractive
      apt-get update -qq
      [ -z "${preseed:-}" ] || echo "$preseed" | debconf-set-selections
      # shellcheck disable=SC2086 # words
      apt-get install -y -qq --no-install-recommends $packages sqlite3 perl-base
      ;;
    ways) echo "$ways" ;;
    test)
      ip link set lo up
      hostname mx.news.example
      echo '127.0.0.1 mx.news.example mx localhost' >/etc/hosts
      sed -i '/^hosts:/d' /etc/nsswitch.conf
      useradd --system --home-dir $folder --shell /usr/sbin/nologin bouncedb 2>/dev/null
      useradd --create-home bounces 2>/dev/null
      test_way "$2"
      [ $failures -eq 0 ]
      ;;
  esac
}
