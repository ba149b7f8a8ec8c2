# decisions.sh: a database with its configuration, its list file and reports about addresses, for
# the tests of commands by which people decide. Source it after tap.sh.
# shellcheck shell=sh disable=SC2154
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
# shellcheck disable=SC2034 # for the tests that source this
tab=$(printf '\t')
day=86400 april=1619438400 # 26 April 2021, 12:00

chmod 700 .
cat >conf <<END
[database]
file = $tmp/b.db
[delivery]
syslog = no
keep = $tmp/keep
[suppression]
file = $tmp/list
END
run() { "$BOUNCEDB" "$@" --config conf; }
sql() { sqlite3 b.db "$1"; }

# with_input TEXT COMMAND...: the command, with TEXT on standard input
with_input() { _text=$1; shift; printf '%s' "$_text" | run "$@"; }

# report ADDRESS HOST REPLY: a bounce in the format of Postfix
report() {
  cat <<END
From: MAILER-DAEMON@mx.news.example
To: bounces@news.example
Subject: Undelivered Mail Returned to Sender
Message-Id: <report-$1@mx.news.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<$1>: host $2 said: $3 (in reply to RCPT TO command)

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.news.example

Final-Recipient: rfc822; $1
Original-Recipient: rfc822;$1
Action: failed
Status: 5.1.1
Remote-MTA: dns; $2
Diagnostic-Code: smtp; $3

--b
Content-Type: message/rfc822

From: letter@news.example
To: $1
Subject: News for $1
Message-Id: <letter-$sent-$1@news.example>

--b--
END
}

# gone ADDRESS TIME: a new message to the address bounces, for it does not exist
sent=0
gone() {
  sent=$((sent + 1))
  report "$1" mx.school.example "550 5.1.1 <$1>: no such user here" | run deliver --now "$2"
}

# apple ADDRESS TIME: the same, at Apple
apple() {
  report "$1" mx01.mail.icloud.com \
    "550 5.1.1 <$1>: user lookup success but no user record found" | run deliver --now "$2"
}

# bad_day: 26 April 2021, when Apple said that none of its users existed. Six failures in the month
# before make one a day the usual number. Of the 60 that day, the guard lets 20 pass.
bad_day() {
  for _ago in 25 20 15 10 5 1; do apple "before$_ago@icloud.com" $((april - _ago * day)); done
  sort list >list.before
  for _i in $(seq 60); do apple "reader$_i@icloud.com" $((april + _i)); done
}

# refuses_usage COMMAND...: each of these command lines, one argument, is a usage error
refuses_usage() {
  for _usage in "$@"; do
    # shellcheck disable=SC2086
    check_exit "usage: $_usage" 64 run $_usage
  done
}

run db init
