#!/bin/sh
# Whatever happens on the way, all hosts of a fleet end with the list of one database that saw
# everything in order: real messages, delivered to or imported at random hosts, some at two; decisions
# at random hosts; syncs at random moments, killed at any of their system calls, doubled, and while
# the server crashes; deliveries and imports that are killed and come again.
#
#   RUNS    how many, of STEPS steps each, with 3 to 8 hosts
#   SEED    of the first one
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
: "${RUNS:=10}" "${STEPS:=35}" "${SEED:=1}"
now=

# What happens: a line for each step
story() {
  awk -v seed="$1" -v steps="$STEPS" 'BEGIN {
    srand(seed)
    hosts = 3 + int(rand() * 6)
    now = 1780000000
    print "hosts", hosts
    for (step = 1; step <= steps; step++) {
      now += 1 + int(rand() * 150000)
      address = "a" int(rand() * 12) "@d" int(rand() * 3) ".example"
      host = "mx" (1 + int(rand() * hosts))
      other = "mx" (1 + int(rand() * hosts))
      dice = rand()
      if (dice < 0.5)
        print "fail", now, host, rand() < 0.25 ? other : "-", address, 1 + int(rand() * 4),
          rand() < 0.4 ? "m" int(rand() * 10) "@news.example" : "-",
          rand() < 0.3 ? "import" : "deliver", rand() < 0.1 ? 1 + int(rand() * 40) : 0
      else if (dice < 0.56) print "reach", now, host, "-", address
      else if (dice < 0.6) print "complain", now, host, "-", address
      else if (dice < 0.65) print "allow", now, host, "-", address
      else if (dice < 0.69) print "suppress", now, host, "-", address
      else if (dice < 0.73) print "undo", now, host, "-", address
      else if (dice < 0.75) print "release", now, "mx1", "-", "d" int(rand() * 3) ".example"
      else if (dice < 0.76) print "unrelease", now, "mx1", "-", "d" int(rand() * 3) ".example"
      else if (dice < 0.87) print "sync", now, host, "-", "-"
      else if (dice < 0.95) print "kill", now, host, "-", 1 + int(rand() * 50)
      else if (dice < 0.985) print "double", now, host, "-", "-"
      else print "crash", now, host, "-", "-"
    }
  }'
}

complaint() {
  cat <<END
From: fbl@provider.example
To: bounces@example.org
Subject: FW: News
Message-ID: <complaint.$now@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

An abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Test/1
Version: 1
Original-Rcpt-To: $1

--b
Content-Type: message/rfc822

From: news@example.org
To: $1
Subject: News

Hello
--b--
END
}

failure() {
  case $2 in
    1) failed "$1" 5.1.1 '550 5.1.1 User unknown' "$3" ;;
    2) failed "$1" 5.2.2 '552 5.2.2 Mailbox full' "$3" ;;
    3) failed "$1" 5.7.1 '550 5.7.1 client host blocked using zen.spamhaus.org' "$3" ;;
    4) failed "$1" 5.0.0 '550 something nobody has ever said' "$3" ;;
  esac
}

# both HOST COMMAND...: at the host, and in the database that sees everything
both() { _both=$1; shift; at "$_both" "$@" -q; at all "$@" -q; }

span() { echo "--since $((now - 3000000)) --until $now"; }

step() {
  now=$2
  case $1 in
    fail | reach | complain)
      case $1 in
        fail) failure "$5" "$6" "${7#-}" ;;
        reach) action=delivered; failed "$5" 2.0.0 '250 2.0.0 delivered'; action=failed ;;
        complain) complaint "$5" ;;
      esac >letter
      _how=deliver
      [ "${8-}" != import ] || _how='import -q -'
      # shellcheck disable=SC2086 # a command and its arguments
      [ "${9:-0}" = 0 ] || killed "$9" "$3" $_how
      for _place in "$3" all $([ "$4" = - ] || echo "$4"); do
        # shellcheck disable=SC2086
        at "$_place" $_how <letter
      done
      ;;
    allow | suppress) both "$3" "$1" "$5" ;;
    undo) both "$3" allow --undo "$5" ;;
    release) both "$3" release --domain "$5" --since "$(days 30)" --until "$(days 0)" ;;
    unrelease) both "$3" release --undo --domain "$5" --since "$(days 90)" --until "$(days 0)" ;;
    sync) at "$3" sync -q ;;
    kill) killed "$5" "$3" sync ;;
    double)
      at "$3" sync -q &
      at "$3" sync -q
      wait $!
      ;;
    crash)
      at "$3" sync -q &
      stop_postgres QUIT
      wait $!
      run_postgres
      ;;
  esac
}
# killed N HOST COMMAND: a command of that host, killed at the Nth system call that sends, receives or
# writes; without strace, after some hundredths of a second
killed() {
  _nth=$1 _of=$2 _verb=$3
  shift 3
  set -- "$_verb" --config "$tmp/$_of/conf" --now "$now" "$@"
  if [ -n "$have_strace" ]; then
    strace -f -o /dev/null -e trace=none \
      -e "inject=sendto,recvfrom,write,pwrite64,fsync,fdatasync,ftruncate,unlink:signal=KILL:when=$_nth" \
      "$BOUNCEDB" "$@" <letter
  else
    timeout -s KILL "0.0$((_nth % 9 + 1))" "$BOUNCEDB" "$@" <letter
  fi
}
days() { date -u -d "@$((now - $1 * 86400))" +%Y-%m-%dT%H:%M:%S; }

run_story() {
  rm -rf mx? all
  run_postgres_anew
  story "$1" >story
  hosts=$(sed -n 's/^hosts //p' story)
  now=1780000000
  # shellcheck disable=SC2046 # names
  make_hosts $(seq -f mx%g "$hosts")
  mkdir all
  sed "s,/mx1/,/all/,; /^\[fleet\]/, /^name/d" mx1/conf >all/conf
  new_database all
  # Before it has joined, a host sends nobody word of a decision that changes nothing there.
  for host in $(seq -f mx%g "$hosts"); do
    killed $(($1 % 40 + 1)) "$host" sync
    at "$host" sync -q
  done
  while read -r words; do
    case $words in hosts*) continue ;; esac
    # shellcheck disable=SC2086 # the words of a step
    step $words
  done <story
  # until nothing changes: what one host sends may change what the others read
  for _round in 1 2; do for host in $(seq -f mx%g "$hosts"); do at "$host" sync -q; done; done
}

run_postgres_anew() { sql 'DROP SCHEMA IF EXISTS fleet CASCADE; DROP ROLE IF EXISTS mx1, mx2, mx3, mx4, mx5, mx6, mx7, mx8'; }

list_of() { sqlite3 -readonly "$1/b.db" 'SELECT address FROM suppression ORDER BY 1'; }

# All begin with a copy of one that is empty, which takes less time.
"$BOUNCEDB" db init -q --db "$tmp/empty/b.db"
sqlite3 "$tmp/empty/b.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >checkpoint
new_database() { cp "$tmp/empty/b.db" "$tmp/empty/b.db.lock" "$tmp/$1/"; }

: >letter

start_postgres
have_strace=
if strace -o /dev/null true 2>/dev/null; then have_strace=yes; fi
run=0
while [ $run -lt "$RUNS" ]; do
  seed=$((SEED + run)) run=$((run + 1))
  run_story $seed >output 2>&1
  list_of all >want
  sql 'SELECT address FROM fleet.suppression ORDER BY 1' >got
  check_file "seed $seed: the fleet's list is that of one database" got want
  for host in $(seq -f mx%g "$hosts"); do
    list_of "$host" >got
    check_file "seed $seed: so is that of $host" got want
    check "seed $seed: $host has sent everything" "$(at "$host" sync --status |
      grep -c 'messages 0, decisions 0, verdicts 0$')" 1
  done
  check "seed $seed: every failure is there once" "$(sql 'SELECT count(*) FROM fleet.failure')" \
    "$(sqlite3 -readonly all/b.db 'SELECT count(*) FROM failure')"
  check "seed $seed: and counted once" "$(sql 'SELECT sum(failures) FROM fleet.daily')" \
    "$(sql 'SELECT count(*) FROM fleet.failure')"
  [ "$failures" -eq 0 ] || { sed 's/^/# /' story output; break; }
done
done_testing
