#!/bin/sh
# A command that does not exist: a person's mistake (64) or that of a mail server's configuration
# (75), and what was meant. The other ways to ask for help.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
printf 'From: a@example.org\n\nHello\n' >letter

for word in lsit lis LIST exprot chek; do
  check_exit "$word" 64 "$BOUNCEDB" $word </dev/null
  ok "$word: what was meant" grep -q "^bouncedb: unknown command: $word; did you mean [a-z]*?\$" err
  check_exit "$word with a message" 75 "$BOUNCEDB" $word <letter
  check "$word with a message: one line" "$(wc -l <err | tr -d ' ')" 1
  ok "$word with a message: why it is 75" grep -q "did you mean [a-z]*? (status 75, because there is" err
done
for word in frobnicate x /usr/bin/true; do
  for input in /dev/null letter; do
    check_exit "$word, $input" 75 "$BOUNCEDB" $word <$input
    ok "$word, $input: says so" grep -q "^bouncedb: unknown command: $word;.*(status 75, because this may be" err
  done
done
check_exit "a server whose configuration is mistyped" 75 "$BOUNCEDB" delivr <letter
check_exit "the words of options are no commands" 75 "$BOUNCEDB" --sender lsit --nonsense <letter

check_exit "an unknown verb" 64 "$BOUNCEDB" rules chekc </dev/null
check "of rules" "$(cat err)" "bouncedb: rules has no subcommand chekc; did you mean check?"
check_exit "a verb that nothing is like" 64 "$BOUNCEDB" verp frobnicate </dev/null
check "of verp" "$(cat err)" "bouncedb: verp has no subcommand frobnicate, only keygen|make|check"

check_exit "help list" 0 "$BOUNCEDB" help list </dev/null
"$BOUNCEDB" list --help </dev/null >want
check_file "is list --help" out want
check_exit "help verp make" 0 "$BOUNCEDB" help verp make </dev/null
"$BOUNCEDB" verp make --help </dev/null >want
check_file "is verp make --help" out want
check_exit "help rules" 0 "$BOUNCEDB" help rules </dev/null
check_exit "help of nothing" 64 "$BOUNCEDB" help lsit </dev/null
check_exit "help of what is like nothing: nobody delivers to help" 64 "$BOUNCEDB" help frobnicate </dev/null
check "is a mistake" "$(cat err)" "bouncedb: unknown command: frobnicate; bouncedb --help lists the commands"
check_exit "unless there is a message" 75 "$BOUNCEDB" help frobnicate <letter
check_exit "a misspelt option" 64 "$BOUNCEDB" list --sicne=7d </dev/null
check "may have been meant" "$(cat err)" "bouncedb: unknown option: --sicne=7d; did you mean --since?"
check_exit "an option that all commands have" 64 "$BOUNCEDB" stats --quite </dev/null
ok "too" grep -q 'did you mean --quiet?$' err
check_exit "an option that nothing is like" 64 "$BOUNCEDB" stats --zork </dev/null
check "is just unknown" "$(cat err)" "bouncedb: unknown option: --zork"
check_exit "help list with a message" 75 "$BOUNCEDB" help list <letter
for option in -V --version; do
  check_exit "$option" 0 "$BOUNCEDB" $option </dev/null
  ok "$option: the version" grep -q '^bouncedb [0-9]' out
  check_exit "$option with a message" 75 "$BOUNCEDB" $option <letter
done
check_exit "-h" 0 "$BOUNCEDB" -h </dev/null
ok "-h: the commands" grep -q '^Commands:' out

done_testing
