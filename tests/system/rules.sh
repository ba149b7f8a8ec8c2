#!/bin/sh
# Runs rules.test, judgements.test and languages.test: every line is a reply and its expected verdict.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"

ok "the shipped rules are correct" "$BOUNCEDB" rules check

# rules are tried in the order of the files' names, and no file is left out
sed -n 's,^.*rules/\(.*\.rules\).*$,\1,p' "$top_srcdir/rules/rules.am" >listed
(cd "$top_srcdir/rules" && ls -- *.rules) | LC_ALL=C sort >there
check_file "rules/rules.am names every rule file, in order" listed there

# an incorrect rule never gets into a program
printf '[t.x]\ntext: zork\ntxt: grue\nreason: spam\n\n[t.y]\nreason: spam\n' >broken.rules
compile=$top_builddir/src/judge/rules-compile
if [ -x "$compile" ]; then # a cross build has none
  check_exit "an incorrect rule fails the build" 1 "$compile" broken.rules
  check "and the output says where, and what is wrong" "$(cat err)" "\
broken.rules:3: unknown key \"txt\"
broken.rules:6: the rule has no condition"
  check "and nothing is written" "$(cat out)" ""
  check_exit "so does a missing file" 1 "$compile" none.rules
fi

cat "$top_srcdir/tests/rules.test" "$top_srcdir/tests/judgements.test" "$top_srcdir/tests/languages.test" |
  grep -v -e '^#' -e '^$' >pairs
sed 's/ => [^ ]*$//' pairs >replies
sed 's/.* => //' pairs >want
"$BOUNCEDB" rules test - <replies >got || echo "exit status $?" >>got
# the rule is compared only if the line names one
awk -F '\t' 'NR == FNR { n[NR] = split($0, part, "/"); next }
  { print $1 "/" $2 (n[FNR] > 2 ? "/" $3 : "") }' want got >told
check "every reply has a verdict" "$(wc -l <told)" "$(wc -l <want)"

while IFS= read -r reply <&3 && IFS= read -r wanted <&4 && IFS= read -r answer <&5; do
  check "$(printf %.60s "$reply" | tr '#' ' ')" "$answer" "$wanted"
done 3<replies 4<want 5<told

done_testing
