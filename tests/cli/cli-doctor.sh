#!/bin/sh
# bouncedb doctor: one line for everything that needs attention.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

# finds NAME PATTERN: exit 1, and a line that matches
finds() { check_exit "$1" 1 run doctor; ok "$1: there is a line about it" grep -q "$2" out; }
well() { check_exit "$1" 0 run doctor; check "$1: ok" "$(tail -1 out)" "ok: nothing needs attention"; }

well "a new database"
bad_day
finds "addresses are held" \
  '^warning: held: 40 from 2021-04-26 (apple) wait .*: bouncedb release --provider apple --since 2021-04-26 --until 2021-04-26; .*: bouncedb confirm --provider apple --since 2021-04-26 --until 2021-04-26$'
run release --provider apple --since 2021-04-26 --until 2021-04-26 >out
well "a released day"

chmod 644 b.db
finds "a database that others can read" '^warning: database: .*mode 644'
chmod 600 b.db
mv list away
finds "a missing list file" '^warning: list: '
mv away list
run forget before1@icloud.com >out
mv b.db.key away
check_exit "a missing key" 2 run doctor
ok "of forgotten addresses defers messages" grep -q '^error: delivery: messages are deferred: .*b.db.key: No such file' out
mv away b.db.key
well "everything is in its place again"

# wave DAY: the same unknown words at six domains
wave() {
  for _i in 1 2 3 4 5 6; do
    sent=$((sent + 1))
    report "ann@d$_i.example" "mx.d$_i.example" "550 Ref Q-4 stands against you" |
      sed 's/^Status: .*/Status: 5.0.0/' | run deliver --now $((april + $1 * day))
  done
}
for ago in -3 -2 -1; do wave $ago; done
doctor() { run doctor --now "$april"; }
check_exit "an unknown text for many domains" 1 doctor
ok "is one line" grep -q '^warning: unknown text: .* 6 domains since 2021-04-23: ".*stands against you"; these 18 failures do not count; bouncedb rules draft' out
check_exit "none is suppressed" 0 run check ann@d1.example ann@d6.example
run show ann@d1.example >out
ok "show tells why" grep -q 'does not count: wave (the same unknown text came for many domains at once' out
well "a month later"

run suppress eve@life.example --now $april >out
letter() { printf 'From: %s\nTo: bounces@news.example\nSubject: Hello\nMessage-ID: <hello@x>\n\nAre you there?\n' "$1"; }
letter 'Eve <Eve@life.example>' | run deliver --now $((april + day))
finds "a suppressed address that writes" \
  '^warning: alive: eve@life.example, suppressed since 2021-04-26: a message came from it on 2021-04-27; bouncedb allow'
run show eve@life.example >out
ok "show tells it" grep -q '^    sign of life: a message came from it on 2021-04-27$' out
run suppress --undo eve@life.example >out

printf '[threshold]\nundefined = never\n' >>conf
finds "thresholds that have not been applied" '^warning: configuration: '
check_exit "db reweigh" 0 run db reweigh
well "applied thresholds"
printf 'spf = 3\n' >>conf
check_exit "a threshold for a fault of the sender" 2 run doctor
ok "is refused with its reason" grep -q \
  '\[threshold\] spf = 3 is not allowed: spf is a fault of the sender and can never suppress' out
check_exit "no database" 2 "$BOUNCEDB" doctor --db nowhere.db
printf '[database]\nfile = %s/b.db\n' "$tmp" >conf
refuses_usage "doctor now"

done_testing
