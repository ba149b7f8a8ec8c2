#!/bin/sh
# Every command has --help, with the same options as in bouncedb(1).
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
BOUNCEDB=${BOUNCEDB:-$top_srcdir/build/bouncedb}
page=$top_srcdir/doc/bouncedb.1

# The commands in a help text on standard input: under "Commands:", or as "list|check|test"
# in the usage line
commands() {
  awk '/^Commands:/ { under = 1; next } under && /^  [a-z]/ { print $1 } /^$/ { under = 0 }
    /^  bouncedb .*[|]/ {
      sub(/^.*\[OPTION\.\.\.\] /, "")
      n = split($0, word, "|")
      for (i = 1; i <= n; i++) if (split(word[i], w, " ") && w[1] ~ /^[a-z]+$/) print w[1]
    }'
}

# The long options in a help text on standard input
help_options() { sed -n 's/^ *\(-[a-zA-Z], \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p' | sort -u; }

# page_options SECTION: the long options that a .Sh or .Ss of the page lists
page_options() {
  awk -v want="$1" '
    /^\.S[hs] / { inside = (substr($0, 5) == want) }
    inside && /^\.It Fl / {
      for (i = 3; i <= NF; i++) if ($i ~ /^-[a-z]/ && ($(i - 1) == "Fl")) print "-" $i
    }' "$page" | sort -u
}

_usage_first() { head -1 out | grep -q '^Usage:'; }

# helps COMMAND...: --help goes to stdout and exits 0; so does that of the subcommands that it
# names. The options are added to the file options.
helps() {
  check_exit "$* --help exits 0" 0 "$BOUNCEDB" "$@" --help </dev/null
  ok "$* --help begins with Usage:" _usage_first
  check "$* --help writes nothing to stderr" "$(cat err)" ""
  help_options <out >>options
  [ $# -eq 1 ] || return 0
  for _sub in $(commands <out); do
    helps "$1" "$_sub"
  done
}

# agree COMMAND: its options are those on the page, and the general ones
agree() {
  sort -u options >"$1.help"
  { page_options "$1"; cat general; } | sort -u >"$1.page"
  check_file "$1: --help and bouncedb(1) have the same options" "$1.help" "$1.page"
}

# refuses STATUS COMMAND...: an unknown option is an error on stderr
refuses() {
  _status=$1
  shift
  check_exit "$* refuses an unknown option" "$_status" "$BOUNCEDB" "$@" --no-such-option </dev/null
  check "$* prints nothing on stdout" "$(cat out)" ""
  ok "$* names the option on stderr" grep -q '^bouncedb: .*no-such-option' err
}

check_exit "--help exits 0" 0 "$BOUNCEDB" --help </dev/null
commands <out >commands
ok "--help names the commands" test -s commands
check_exit "--version exits 0" 0 "$BOUNCEDB" --version </dev/null
ok "--version says which" grep -q '^bouncedb [0-9]' out

page_options OPTIONS | grep -v -e '^--version$' >general
while read -r command; do
  : >options
  helps "$command"
  agree "$command"
  check "$command: no line of its help is wider than 100 columns" \
    "$("$BOUNCEDB" help "$command" </dev/null | awk 'length > 100')" ""
  ok "$command is tested in tests/cli/cli-$command.sh" test -f "$top_srcdir/tests/cli/cli-$command.sh"
  case $command in
    deliver) refuses 75 "$command" ;;
    *) refuses 64 "$command" ;;
  esac
done <commands

# The commands in the SYNOPSIS: the first .Cm after each .Nm, alternatives included
synopsis() {
  awk '/^\.Sh / { inside = ($2 == "SYNOPSIS") } !inside { next }
    /^\.Nm/ { first = 1; next }
    first && /Cm / { first = 0; sub(/^.*Cm /, ""); gsub(/[|]/, " "); n = split($0, word, " ")
      for (i = 1; i <= n && word[i] ~ /^[a-z]+$/; i++) print word[i] }' "$page" | sort -u
}
synopsis >in-synopsis
sort commands >commands.sorted
check_file "every command is in the SYNOPSIS of bouncedb(1)" in-synopsis commands.sorted

sed -n 's/^\.Ss \([a-z][a-z-]*\)$/\1/p' "$page" >described
check_file "bouncedb(1) describes every command, in the order of --help" described commands

done_testing
