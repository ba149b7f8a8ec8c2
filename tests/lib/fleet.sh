# fleet.sh: hosts of a fleet, each with a directory of its own. Source it after postgres.sh.
# shellcheck shell=sh disable=SC2154
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
if [ ! -x "${BOUNCEDB%/*}/bouncedb-sync" ]; then
  echo '1..0 # SKIP built without libpq'
  exit 0
fi

new_database() { at "$1" db init -q; }

# make_hosts NAME...: databases, configurations and roles; the first one creates the fleet
make_hosts() {
  for _host; do
    mkdir "$_host"
    cat >"$_host/conf" <<END
[database]
file = $tmp/$_host/b.db
[delivery]
syslog = no
[suppression]
file = $tmp/$_host/list
[fleet]
connection = host=$PGHOST dbname=bouncedb user=$_host
name = $_host
[guard]
max-new = 0
max-share = 0
provider-factor = 0
unproven-message = 0
unproven-day = 0
END
    new_database "$_host"
    sql "CREATE ROLE \"$_host\" LOGIN"
  done
  at "$1" fleet keygen -q
  at "$1" fleet init --connection "$admin" >init
  at "$1" fleet thresholds --connection "$admin" >>init
  for _host; do
    [ "$_host" = "$1" ] || cp "$1/b.db.fleet" "$_host/b.db.fleet"
    sql "GRANT bouncedb_host TO \"$_host\""
  done
}
admin="host=$PGHOST dbname=bouncedb user=postgres"

# at HOST COMMAND...: a command of that host
at() { _at=$1 _verb=$2; shift 2; "$BOUNCEDB" "$_verb" --config "$tmp/$_at/conf" ${now:+--now "$now"} "$@"; }

# failed ADDRESS STATUS TEXT [ID]: a report; ID is the Message-ID of what failed
failed() {
  cat <<END
From: MAILER-DAEMON@mx.example.org
To: bounces@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <$1.$2.${4-}.${now-}@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is about one recipient.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; $1
Action: ${action-failed}
Status: $2
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; $3

--b
Content-Type: message/rfc822

${4:+Message-ID: <$4>
}From: news@example.org
To: $1
Subject: News

Hello
--b--
END
}
