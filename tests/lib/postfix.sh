# postfix.sh: a Postfix of the test's own. Source it instead of tap.sh, with the test's arguments: it
# sources that, skips the test where no Postfix can be started, and runs it again as root if sudo
# needs no password.
#
# The instance has its own directories, in $tmp, and listens on no network port; the system's Postfix
# is not touched. It ends with the test, or after $limit seconds.
# shellcheck shell=sh
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
BOUNCEDB=${BOUNCEDB:-$top_builddir/bouncedb}
PATH=$PATH:/usr/sbin:/sbin

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v postconf >/dev/null || skip 'Postfix is not installed'
command -v sqlite3 >/dev/null || skip 'sqlite3 is not installed'
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || skip 'only root can start a Postfix, and sudo asks for a password'
  exec sudo -n env top_srcdir="$top_srcdir" top_builddir="$top_builddir" BOUNCEDB="$BOUNCEDB" sh "$0"
fi

# shellcheck source=tests/lib/tap.sh
. "$top_srcdir/tests/lib/tap.sh"
limit=1800
etc=$tmp/etc
# shellcheck disable=SC2034 # for the tests that source this
database=$tmp/db/bounces.db
log=$tmp/mail.log
running= # other processes that end with the test
trap 'end_postfix >/dev/null 2>&1' EXIT

end_postfix() {
  for _pid in $running; do kill "$_pid"; done
  [ ! -f "$tmp/spool/pid/master.pid" ] || postfix -c "$etc" stop
  cd / && rm -rf "$tmp"
}

# prepare_postfix MAIN MASTER: the directories, and a configuration with these lines too. It has no
# smtpd: messages are submitted with sendmail(1). The directory of the database is nobody's, because
# Postfix runs the commands of an alias file of root's as that user.
prepare_postfix() {
  mkdir "$etc" "$tmp/spool" "$tmp/data" "$tmp/bin" "$tmp/db" &&
    chmod 755 "$tmp" && chown postfix "$tmp/data" && chown nobody "$tmp/db" &&
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
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_connection_cache_on_demand = no
maximal_queue_lifetime = 1d
minimal_backoff_time = 1s
queue_run_delay = 1h
$1
END
  cat >"$etc/master.cf" <<END
pickup  unix       n - n 60  1 pickup
cleanup unix       n - n -   0 cleanup
qmgr    unix       n - n 300 1 qmgr
rewrite unix       - - n -   - trivial-rewrite
bounce  unix       - - n -   0 bounce
defer   unix       - - n -   0 bounce
trace   unix       - - n -   0 bounce
error   unix       - - n -   - error
retry   unix       - - n -   - error
showq   unix       n - n -   - showq
postlog unix-dgram n - n -   1 postlogd
$2
END
}

start_postfix() {
  postfix -c "$etc" check && "$(postconf -c "$etc" -h daemon_directory)/master" -c "$etc" -e "$limit" -w
}
