#!/bin/sh
# bouncedb allow: addresses that reports cannot suppress.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

gone ada@school.example 1767268800
gone bob@school.example 1767268800
check "two addresses are suppressed" "$(sort list)" "ada@school.example
bob@school.example"
check_exit "allow" 0 run allow Ada@school.example --note "called us" --now 1767268900
check "the address leaves the list file" "$(cat list)" bob@school.example
check_exit "it may be sent to" 0 run check ada@school.example
gone ada@school.example 1767355200
check_exit "and still may after another failure" 0 run check ada@school.example
check_exit "allow again" 0 run allow ada@school.example
check "changes nothing" "$(cat out)" "0 of 1 changed"
run show ada@school.example >out
ok "show tells who allowed it, and why" grep -q "^  allowed by user $(id -u) on .*: called us$" out
ok "and which failures no longer count" grep -q 'no longer counts: allow' out

check_exit "several from standard input" 0 \
  with_input "bob@school.example

<Dan@school.example>
" allow -
check "all of them" "$(cat out)" "2 of 2 changed"
check_exit "a line that is not an address" 65 with_input "eve@school.example
no address
" allow -
ok "is named with its number" grep -q 'line 2: .*no address' err
check "and nothing was changed" "$(sql "SELECT count(*) FROM override WHERE address = 'eve@school.example'")" 0
gone '"fay b"@school.example' 1767355200
check_exit "a space in a quoted local part" 0 run allow '"fay b"@school.example'
check "belongs to the address" "$(cat out)" "1 of 1 changed"
check_exit "a space after the quotes does not" 64 run allow '"fay"b @school.example'

for n in 1 2 3 4 5 6; do gone cyd@school.example $((1767268800 + n * day)); done
gone cyd@school.example 1767268800
check_exit "allow an address with six failures" 0 run allow cyd@school.example --now 1768000000
run allow --undo --dry-run cyd@school.example >out
check "what undo would do" "$(cat out)" \
  "cyd@school.example${tab}suppressed${tab}user_unknown${tab}2026-01-01
1 of 1 would be changed"
check_exit "is not done yet" 0 run check cyd@school.example
run allow --undo cyd@school.example >out
check "its undo restores what they say, and tells" "$(cat out)" \
  "cyd@school.example${tab}suppressed${tab}user_unknown${tab}2026-01-01
1 of 1 changed"
check "in the list file too" "$(grep -c cyd list)" 1
run allow --undo cyd@school.example >out
check "again, nothing changes" "$(tail -1 out)" "0 of 1 changed"
run allow --dry-run cyd@school.example >out
check "what allow would do" "$(cut -f 2 out | head -1)" ok
check_exit "is not done either" 1 run check cyd@school.example
run allow cyd@school.example --now 1768000000 >out
run suppress cyd@school.example --now 1768000001 >out
run suppress --undo cyd@school.example >out
check "the undo of suppress restores what allow had lifted before" "$(cut -f 3 out | head -1)" user_unknown
for n in 1 2 3 4 5 6; do # the same unknown text at six domains says nothing about any of them
  sent=$((sent + 1))
  report "ann@w$n.example" "mx.w$n.example" "550 Ref Q-4 stands against you" |
    sed 's/^Status: .*/Status: 5.0.0/' | run deliver --now 1767268800
done
run allow ann@w1.example --now 1768000000 >out
run allow --undo ann@w1.example >out
check "what did not count before does not count after" "$(sql "SELECT lifted FROM failure WHERE address = 'ann@w1.example'")" wave
check_exit "a pattern" 65 run allow '*@school.example'

check_exit "allow --undo" 0 run allow --undo ada@school.example
check_exit "the later failure counts" 1 run check ada@school.example
check "everything is in the audit" "$(sql "SELECT group_concat(command, ' ') FROM audit WHERE address LIKE '%a%@school.example' AND address NOT LIKE 'cyd%'")" \
  "allow allow allow allow --undo"
refuses_usage allow

check_exit "a word that is not an address" 65 run allow nobody-there
check "is not allowed" "$(cat err)" \
  "bouncedb: not an address, because it has no domain: nobody-there (nothing was changed)"

done_testing
