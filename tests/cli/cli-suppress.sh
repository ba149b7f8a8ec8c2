#!/bin/sh
# bouncedb suppress: addresses that are suppressed whatever is reported about them.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"

check_exit "suppress, from standard input" 0 with_input "cyd@school.example

<Dan@school.example>
" suppress -
check "every address" "$(cat out)" "2 of 2 changed"
check "is on the list file" "$(sort -f list)" "cyd@school.example
dan@school.example"
check_exit "and suppressed" 1 run check dan@school.example
ok "by hand" grep -q "${tab}suppressed${tab}manual${tab}" out
check_exit "a line that is not an address" 65 with_input "eve@school.example
no address
" suppress -
check "is named with its number" "$(cat err)" \
  "bouncedb: line 2: not an address: no address (nothing was changed)"
check_exit "and nothing was changed" 0 run check eve@school.example
check_exit "comments" 0 with_input "# who asked us to stop
  # on the phone
ivy@school.example
" suppress -
check "are skipped" "$(cat out)" "1 of 1 changed"
run suppress --undo ivy@school.example >out
check_exit "a domain without a dot" 0 run suppress typo@nosuch
check "is asked about" "$(cat err)" "bouncedb: typo@nosuch: the domain has no dot; is the address complete?"
run suppress --undo typo@nosuch >out
check "and not when it is withdrawn" "$(run suppress --undo typo@nosuch 2>&1 >out)" ""
check_exit "the heading of a table is not an address" 65 with_input "email
eve@school.example
" suppress -
check_exit "a note that is not UTF-8" 64 run suppress --note "$(printf '\377')" eve@school.example

check_exit "suppress --undo" 0 run suppress --undo cyd@school.example
check_exit "it may be sent to again" 0 run check cyd@school.example
check "everything is in the audit" "$(sql "SELECT group_concat(command, ' ') FROM audit")" \
  "suppress suppress suppress suppress --undo suppress suppress --undo suppress --undo"

printf '[own]\nnever = news@school.example, @club.example\n' >>conf
check_exit "one's own address among others" 1 run suppress Board@team.club.example fay@school.example
check "the others are suppressed" "$(cat out)" "1 of 1 changed"
ok "it is told" grep -q '^bouncedb: Board@team.club.example is one of your own .* cannot be suppressed$' err
check_exit "and not suppressed" 0 run check board@team.club.example
gone news@school.example $april
check_exit "nor by a report" 0 run check NEWS@school.example
check "it is in no list" "$(grep -c -e news@ -e board@ list)" 0
run show news@school.example >out
ok "show says so" grep -q '^  one of your own (\[own\] never): nothing suppresses it$' out
ok "and what was reported" grep -q 'user_unknown' out
check_exit "a whole domain" 0 run suppress --domain Bücher.example --note "asked us to stop"
ok "a list of addresses cannot say it" grep -q "/list: the format plain cannot express that all of " err
run suppress --dry-run --domain bücher.example >out
check "what a dry run would do" "$(cut -f 1-3 out | tr "$tab" ' ')" "@xn--bcher-kva.example suppressed manual
0 of 1 would be changed"
check_exit "the domain itself can be asked for" 1 run check @Bücher.example
check "it is suppressed" "$(cut -f 2,3 out | tr "$tab" ' ')" "suppressed manual"
check_exit "and shown" 0 run show @bücher.example
ok "with the decision" grep -q 'suppress by user .*: asked us to stop$' out
check_exit "anybody there is suppressed" 1 run check ann@xn--bcher-kva.example
check "by hand" "$(cut -f 2,3 out | tr "$tab" ' ')" "suppressed manual"
check_exit "but not in a subdomain" 0 run check ann@a.xn--bcher-kva.example
run show ann@bücher.example >out
ok "show says so" grep -q 'suppressed since .*: manual (decided by hand, for the whole domain)' out
ok "and who decided" grep -q '^  suppressed by user .*: asked us to stop$' out
ok "and what ends it" grep -q '^    lifted by: bouncedb suppress --undo --domain [^ ]*cher.*example, or' out
ok "and has no history to show" sh -c '! grep -q history out'
check_exit "formats that can carry it have it" 0 run export --format jsonl
ok "as @domain" grep -q '"address":"@xn--bcher-kva.example"' out
check_exit "others do not" 0 run export
ok "and say what they leave out" test -s err
ok "it is not in the list" sh -c '! grep -q "^@" out list'
check_exit "one address there can be allowed" 0 run allow eva@bücher.example
check_exit "and may be sent to" 0 run check eva@bücher.example
check_exit "the database is sound" 0 run db check
printf '[own]\nnever = news@school.example, @club.example, me@bücher.example\n[export map]\nfile = %s/map\nformat = postfix\n' \
  "$tmp" >own
sed '/^.own/,$d' conf >conf.new
cat own >>conf.new
mv conf.new conf
run suppress fay@far.example >out
cat >want <<END
eva@xn--bcher-kva.example :
me@xn--bcher-kva.example :
xn--bcher-kva.example error:5.1.1 on the suppression list since $(date -u +%F): manual
END
rows() { grep bcher "$1" | tr "$tab" ' ' | sort; }
rows map >got
check_file "a map of Postfix has the domain, and its exceptions" got want
check_exit "one more exception" 0 run allow ann@bücher.example
check "is in the list file at once" "$(rows map | head -1)" "ann@xn--bcher-kva.example :"
check_exit "the list file is current" 0 sh -c '"$1" doctor --config conf | grep -v "^[a-z: ]*: .*/map"' - "$BOUNCEDB"
check_exit "none more" 0 run allow --undo ann@bücher.example
rows map >got
check_file "neither" got want
run export --format exim >out
check "Exim's file has them too" "$(grep -c -e '^eva@xn--bcher-kva.example:$' -e '^\*@xn--bcher-kva.example: on the' out)" 2
check_exit "a second domain, after its exception" 0 run allow eva@far.example
check_exit "suppressed" 0 run suppress --domain far.example
check "comes with the exception" "$(grep far map | cut -c 1-17 | sort | tr '\n\t' '_ ')" "eva@far.example :_far.example error_fay@far.example e_"
check_exit "which a list of addresses does not have" 0 run export
check "nor the domain" "$(grep -c -e eva -e '^far' out)" 0
check_exit "undo" 0 run suppress --undo --domain xn--bcher-kva.example
check_exit "lifts it" 0 run check ann@bücher.example
gone @reports.example $april
check_exit "a report cannot name a domain" 0 run check ann@reports.example
check_exit "not a domain" 64 run suppress --domain 'a b'
check_exit "nor an address" 64 run suppress --domain x@school.example
check_exit "allow has no domains" 64 run allow --domain school.example

check_exit "a pattern is not an address" 65 run suppress '*@school.example'
ok "which is said" grep -q 'a pattern: \*@school.example (suppress --domain' err

check_exit "nor is a domain" 64 run suppress @school.example
check "which is said" "$(cat err)" "bouncedb: not an address, but a domain: @school.example"

refuses_usage suppress

done_testing
