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

check_exit "allow --undo" 0 run allow --undo ada@school.example
check_exit "the later failure counts" 1 run check ada@school.example
check "everything is in the audit" "$(sql "SELECT group_concat(command, ' ') FROM audit")" \
  "allow allow allow allow allow --undo"
refuses_usage allow

done_testing
