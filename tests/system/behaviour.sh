#!/bin/sh
# What follows over weeks: unknown texts, accepted deliveries, and suppressions that end.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

at() { echo $((april + $1 * day + ${2:-0} * 3600)); }

# full USER DAY [HOUR]: a report that the mailbox is full
full() {
  sent=$((sent + 1))
  report "$1@school.example" mx.school.example '552 5.2.2 mailbox full' | sed 's/^Status: .*/Status: 5.2.2/' |
    run deliver --now "$(at "$2" "${3:-0}")"
}
# taken USER DAY: the mail server of the address accepts a message
taken() {
  printf '%s mx postfix/smtp[7]: 4AbC: to=<%s@school.example>, relay=mx.school.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n' \
    "$(date -u -d "@$(at "$2")" +%Y-%m-%dT%H:%M:%S+00:00)" "$1" | run sent --now "$(at "$2" 1)"
}
# suppressed USER DAY: yes or no
suppressed() { run check "$1@school.example" --now "$(at "$2")" >out && echo no || echo yes; }
date -u -d "@$april" >out 2>&1 || { echo "1..0 # SKIP date takes no Unix seconds"; exit 0; }

for on in 0 4 8 12; do full fay $on; full gus $on; done
taken fay 14
full fay 20
full gus 20
check "full, then accepted, then full" "$(suppressed fay 20)" no
check "full all the time" "$(suppressed gus 20)" yes
run show fay@school.example >out
check "what was before the accepted message does not count" \
  "$(grep -c 'no longer counts: accepted (its host accepted a message later)' out)" 4
for on in 24 28 32 36; do full fay $on; done
check "full for as long again" "$(suppressed fay 36)" yes
taken fay 40
check "an accepted message does not lift it" "$(suppressed fay 50)" yes
run show fay@school.example >out
ok "but show tells" grep -q '^    sign of life: its host accepted a message on 2021-06-05$' out

for on in 0 4 8 12 16; do taken hal $on; full hal $on 3; done
check "what is accepted and comes back" "$(suppressed hal 17)" yes

printf '[expiry]\nmailbox_full = 60\n' >>conf
gone ken@school.example "$(at 70)" # a delivery applies the configuration
check "before the end" "$(suppressed gus 79)" yes
check "at the end" "$(suppressed gus 80)" no
run export --now "$(at 80)" >out
check "and in an export" "$(grep -c gus out)" 0
run export --cursor x --output x --now "$(at 75)"
run export --cursor x --output x --now "$(at 80)"
check "an export of changes removes it" "$(cat x-removed)" "gus@school.example
hal@school.example"
full gus 81
check "the first failure after it" "$(suppressed gus 81)" no
check "the list file" "$(grep -c gus list)" 0
check "another reason does not end" "$(suppressed ken 1000)" yes

done_testing
