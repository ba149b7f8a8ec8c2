#!/bin/sh
# bouncedb release: the suppressions of a provider's bad day are undone.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"
release() { run release --provider apple --since 2021-04-26 --until 2021-04-26 "$@"; }

bad_day
run list >before
sort list >list.suppressed
check_exit "a dry run" 0 release --dry-run
check "tells what would be lifted" "$(cat out)" "60 would be lifted"
check "and changes nothing" "$(run list)" "$(cat before)"
check_exit "release the day" 0 release
check "all of it" "$(cat out)" "60 lifted"
sort list >list.after
check_file "the list is as before" list.after list.before
check "nothing is held" "$(sql "SELECT count(*) FROM held")" 0
check_exit "again" 0 release
check "changes nothing" "$(cat out)" "0 lifted"
check "the audit has a line" "$(sql "SELECT command, rows FROM audit LIMIT 1")" "release|60"

check_exit "undo it" 0 release --undo
check "all of it" "$(cat out)" "1 withdrawn, 60 on the list again"
sort list >list.after
check_file "or held, as before" list.after list.suppressed
check "forty" "$(sql "SELECT count(*) FROM held")" 40
check_exit "nothing to undo" 1 release --undo
check_exit "release it again" 0 release
check "all of it" "$(cat out)" "60 lifted"

gone ada@school.example $april
check_exit "release a domain" 0 run release --domain school.example --since 2021-04-26
check "which is lifted" "$(cat out)" "1 lifted"
check_exit "an unknown provider" 64 run release --provider aple --since 2021-04-26
ok "is named" grep -q 'aple' err
refuses_usage release "release --provider apple" "release --since 2026-01-01" \
  "release --provider apple --since 2026-01-02 --until 2026-01-01" \
  "release --provider apple --since 2026-01-01 now"

check_exit "a misspelt provider" 64 run release --provider appel --since 1d
check "is named" "$(cat err)" "bouncedb: unknown provider: appel; did you mean apple?"
check_exit "a provider by its name" 0 run release --provider Apple --since 1d
check_exit "a domain with an @" 64 run confirm --domain @icloud.com
check "is named" "$(cat err)" 'bouncedb: --domain takes a domain, not "@icloud.com"; did you mean icloud.com?'
check_exit "two providers" 64 run release --provider apple,gmail --since 1d

# The list that is exported says in a bounce of one's own server why it refuses: that is no evidence.
run suppress zoe@school.example >out
run export --format postfix >map
own=$(sed -n 's/^zoe@school.example.error:5.1.1 //p' map)
run suppress --undo zoe@school.example >out
report zoe@school.example mx.own.example "550 5.1.1 $own" | run deliver --now $april
check_exit "the list's own bounce suppresses nobody" 0 run check zoe@school.example
run explain --json "550 5.1.1 $own" >out
ok "because it is known" grep -q '"rule":"own-list.refused"' out

done_testing
