#!/bin/sh
# bouncedb confirm: what the guard holds goes on the suppression list.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

bad_day
check "twenty pass, forty are held" "$(sql "SELECT count(*) FROM held")" 40
check "the list has the twenty" "$(sort list | comm -13 list.before - | wc -l | tr -d ' ')" 20
check "one warning was due" "$(sql "SELECT warned_day = $april / 86400 FROM guard")" 1
check_exit "an address that is held may be sent to" 0 run check reader60@icloud.com
run show reader60@icloud.com >out
ok "show tells that it is held, and why" \
  grep -q '^  not suppressed, but held since 2021-04-26: user_unknown' out
check_exit "a dry run" 0 run confirm --dry-run reader60@icloud.com
check "says so" "$(cat out)" "1 would be confirmed"
check_exit "confirm one" 0 run confirm reader60@icloud.com
check "it is one" "$(cat out)" "1 confirmed"
check_exit "it is suppressed" 1 run check reader60@icloud.com
check_exit "confirm again" 0 run confirm reader60@icloud.com
check "changes nothing" "$(cat out)" "0 confirmed; the guard holds no such address"
check_exit "confirm another provider" 0 run confirm --provider gmail
check "changes nothing" "$(cat out)" "0 confirmed; the guard holds no such address"
check_exit "confirm the day" 0 run confirm --provider apple --since 2021-04-26 --until 2021-04-26
check "all others" "$(cat out)" "39 confirmed"
check "nothing is held any longer" "$(sql "SELECT count(*) FROM held")" 0
check "all are on the list" "$(sort list | comm -13 list.before - | wc -l | tr -d ' ')" 60
refuses_usage confirm "confirm --until 2026-01-01" "confirm --since soon" \
  "confirm --provider apple reader1@icloud.com"

done_testing
