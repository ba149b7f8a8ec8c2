#!/bin/sh
# bouncedb config: what is in force, from where, and what is wrong with it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
umask 077

cat >conf <<END
# a comment
[database]
file = $tmp/b.db

[threshold]
mailbox_full = 7/20

[export blocklist]
file = $tmp/blocklist.csv
format = listmonk
class = permanent
END
# shellcheck disable=SC2120 # it is called with options through check_exit
config() { "$BOUNCEDB" config --config conf "$@"; }
says() { ok "$1" grep -qE "$2" out; }

check_exit "config" 0 config
says "which file" "^# conf\$"
says "a value of the file, and its line" "^file = $tmp/b.db  *# line 3\$"
says "a default" '^syslog = yes  *# default$'
says "a default that depends on another value" "^keep = $tmp/keep  *# default\$"
says "a threshold" '^mailbox_full = 7/20  *# line 6$'
says "the thresholds of other reasons" '^user_unknown = 1  *# default$'
says "a list" '^format = listmonk  *# line 10$'
awk '/^\[/ { group = $0 } / = / { print group, $1 }' out >printed
sed -n 's/^ *{"\([a-z-]*\)", "\([a-z-]*\)", TYPE_.*/[\1] \2/p' "$top_srcdir/src/settings/settings-table.c" |
  grep -v -e '^\[export\]' -e '^\[suppression\]' >known
check "every setting that has one value" "$(grep -vxFf printed known)" ""

check_exit "config --db" 0 config --db other.db
says "an option" "^file = $tmp/other.db  *# --db\$"
check_exit "config --json" 0 config --json
# shellcheck disable=SC2119
check "one object for each value" "$(wc -l <out | tr -d ' ')" "$(config | grep -c ' = ')"
check "with its place" "$(grep '"group":"database","key":"file"' out)" \
  "{\"group\":\"database\",\"key\":\"file\",\"value\":\"$tmp/b.db\",\"origin\":\"file\",\"file\":\"conf\",\"line\":3}"
check_exit "without a file" 0 "$BOUNCEDB" config
says "says so" '^# no configuration file: all values are defaults$'

# wrong TEXT MESSAGE: an error in the configuration, at line 2 unless MESSAGE says another
wrong() {
  printf '%b\n' "$1" >conf
  check_exit "$1" 78 config
  check "$1: says" "$(cat err)" "bouncedb: conf:$2"
}
wrong '[databse]\nfile = /x' '1: there is no group [databse]; did you mean database?'
wrong '[database]\nfiel = /x' '2: [database] has no key fiel; did you mean file?'
wrong '[threshold]\nuser_unkown = 2' '2: [threshold] has no key user_unkown; did you mean user_unknown?'
wrong '[export]\nfile = /x' '1: [export]: an export needs a name, such as [export blocklist]'
wrong '# comment\n\n[database]\nfile /x' '4: neither [group], key = value nor a # comment: file /x'
wrong 'file = /x' '1: no group, such as [database], comes before: file'
wrong '[delivery]\nsyslog = maybe' '2: [delivery] syslog = maybe is not yes or no'
wrong '[delivery]\nsyslog = no\nsyslog = yes' '3: [delivery] syslog is set twice'
wrong '[export a]\nfile = /x\nformat = phplst' '3: [export a] format = phplst is not a format; did you mean phplist?'
check_exit "a format that list files cannot have" 78 sh -c \
  'printf "[export a]\nfile = /x\nformat = ses\n" >conf; "$1" config --config conf' - "$BOUNCEDB"
ok "with those that they can have" grep -q 'format = ses is not a format of list files: plain, mailman, ' err
wrong '[export a]\nfile = /x\nfroamt = csv' '3: [export a] has no key froamt; did you mean format?'
check_exit "an error ends every other command too" 78 "$BOUNCEDB" list --config conf
check "with the same words" "$(cat err)" "bouncedb: conf:3: [export a] has no key froamt; did you mean format?"
check_exit "an argument" 64 "$BOUNCEDB" config database

done_testing
