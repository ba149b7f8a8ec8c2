#!/bin/sh
# What HACKING says, as far as it can be checked without a build: layers, libraries, sizes, words.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
src=$top_srcdir/src

# none NAME COMMAND...: the command prints nothing
_silent() { _out=$("$@"); [ -z "$_out" ] || { echo "$_out"; return 1; }; }
none() { _name=$1; shift; ok "$_name" _silent "$@"; }

### Layers: what a directory may include besides itself. HACKING and src/README have the same table.

layers='
base      -
mail      base
verp      base mail
readers   base mail
judge     base mail
worker    base mail readers judge
store     base mail verp
export    base mail store
report    base mail judge store
intake    base mail verp store
lmtp      base mail
fleet     base store
settings  base mail store export intake
record    base mail verp judge worker store export intake settings
cmd       base mail verp judge worker store export report intake lmtp settings record
main.c    base cmd
'

# "file header" for every include of one of our own headers, as paths below src
includes() { (cd "$src" && grep -o '^#include ".*"' -r --include='*.[ch]' .) |
  sed -n 's,^\./\(.*\):#include "\(.*/.*\)"$,\1 \2,p'; }

forbidden() {
  { echo "$layers"; echo; cat includes; } | awk '
    NF == 0 { tables++; next }
    tables < 2 { for (i = 2; i <= NF; i++) may[$1, $i]; next }
    { split($1, from, "/"); split($2, to, "/") }
    from[1] != to[1] && !((from[1], to[1]) in may) { print $1 " may not include " $2 }'
}

# Every file belongs to the module of its name; files that share a private header are one module.
modules() {
  awk '{ sub(/\.[ch]$/, "", $1); sub(/\.h$/, "", $2) }
    $2 ~ /-private$/ { family[$1] = $2 }
    { from[NR] = $1; to[NR] = $2 }
    END { for (i = 1; i <= NR; i++) {
      a = from[i] in family ? family[from[i]] : from[i]
      b = to[i] in family ? family[to[i]] : to[i]
      if (a != b) print a, b } }' includes | sort -u
}

# The rows of that table in another document: indented, columns two spaces apart
table_in() {
  awk -F '  +' '/^    (base|mail|verp|readers|judge|worker|store|export|report|intake|lmtp|fleet|settings|record|cmd|main\.c) / {
    printf "%-9s %s\n", $2, $3 }' "$1"
}

includes >includes
ok "includes are found" grep -qx 'main.c cmd/cmd.h' includes
none "a directory includes only what it may" forbidden
modules >modules
ok "modules are found" grep -q '^store/store-private ' modules
ok "no modules include each other in a cycle" tsort modules
echo "$layers" | sed '/^$/d' >layers
for file in HACKING src/README; do
  table_in "$top_srcdir/$file" >table
  ok "$file has the same table" diff layers table
done

bare_includes() { (cd "$src" && grep -nE '^#include "[^/"]*"' -r --include='*.[ch]' .) | grep -v '"config\.h"'; }
none "includes carry the directory" bare_includes

# Otherwise a 32-bit system cannot open a database over 2 GiB (AC_SYS_LARGEFILE)
late_config() {
  find "$src" "$top_srcdir/tests" "$top_srcdir/fuzz" "$top_srcdir/bench" -name '*.c' -exec \
    awk 'FNR == 1 { seen = 0 } /^#include/ && !seen++ && $2 != "\"config.h\"" { print FILENAME }' {} +
}

none "every C file includes config.h first" late_config

### Only one module uses each library.

# knows PATTERN FILES: files other than these that contain the pattern
knows() { (cd "$src" && grep -rlE "$1" --include='*.[ch]' .) | sed 's,^\./,,' | grep -vE "$2"; }

none "only mail/message.c, converters.c, gmime.[ch] and static-gmime.c use GMime" knows 'gmime' '^mail/(message\.c|converters\.c|gmime\.[ch]|static-gmime\.c)$'
none "only mail/address-idn.c uses libidn2" knows 'idn2\.h|idn2_' '^mail/address-idn\.c$'
none "only readers/event.c uses Jansson" knows 'jansson\.h|json_t\b' '^readers/event\.c$'
none "only store/ uses SQLite" knows 'sqlite3\.h|sqlite3_|store-(private|statement|decide)\.h' '^store/'
none "only fleet/ uses libpq" knows 'libpq-fe|PQ[a-z]+ *\(|\bPG(conn|result)\b' '^fleet/'
none "only settings/settings-file.c uses GKeyFile" knows 'GKeyFile|g_key_file' '^settings/settings-file\.c$'

### What is not used: for linear time, no shell, early returns, bounded copies.

used() { (cd "$top_srcdir" && grep -rnE "$1" --include='*.[ch]' src); }

used_except() { used "$2" | grep -v "^$1:"; }

none "no regular expressions" \
  used 'regcomp|regexec|GRegex|g_regex|GPatternSpec|g_pattern|pcre|\bfnmatch *\('
# Except gzip, xz, zstd, the pager, mail servers and bouncedb-sync, by commands that people run, the
# hook of trends, and bouncedb by bouncedb-submit
none "no program is run" \
  used_except 'src/\(intake/mail-input\|cmd/notify\|cmd/setup-run\|cmd/sync-program\|cmd/terminal\|submit\).c' '\b(system|popen|execl|execle|execlp|execv|execve|execvp|execvpe|fexecve|posix_spawn[p]?|g_spawn[a-z_]*) *\('
none "no goto" used '\bgoto\b'
none "no unbounded copies, no numbers without errors" \
  used '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|atoll|strdupa) *\('
none "no loose ends" used 'TODO|FIXME|XXX|HACK'
none "no tabs, no trailing spaces" used '	| $'

bare_headers() {
  for _file in "$src"/*/*.h; do
    head -1 "$_file" | grep -q '^/\* ' && grep -q '^#pragma once$' "$_file" || echo "$_file"
  done
}

none "every header says what it is, and has pragma once" bare_headers

# Versions of clang-format disagree; version 14 counts.
unformatted() {
  cd "$top_srcdir" && clang-format --dry-run src/*.c src/*/*.[ch] tests/*/*.[ch] fuzz/*.c bench/*.c 2>&1 |
    sed -n 's/^\([^:]*:[0-9]*\):.*warning:.*/\1/p'
}

case $(clang-format --version 2>/dev/null) in
  *"version 14."*) none "formatted by clang-format 14" unformatted ;;
  *) echo "# without clang-format 14, the formatting is not checked" ;;
esac

### Tests that are not listed are not run.

unlisted() {
  (cd "$top_srcdir" && ls tests/cli/*.sh tests/fleet/*.sh tests/unit/*.c) | sed 's/\.c$//' | while read -r _test; do
    grep -qE "^	$_test( |$)" "$top_srcdir/tests/tests.am" || echo "$_test"
  done
}

none "tests.am lists every test in tests/cli, tests/fleet and tests/unit" unlisted

### A fixed time is too short on a busy machine.

sleeps() {
  cd "$top_srcdir/tests" && grep -nwE 'sleep|usleep|nanosleep|g_usleep' ./*/*.sh ./*/*.[ch] |
    grep -vE '^\./(lib/tap|servers/common|system/style)\.sh:'
}

none "tests wait with wait_for, they do not sleep" sleeps

### Sizes: small files and small functions (their braces are in the first column, so awk can count).
### Functions of tests may be longer, because most of their lines are tables.

long_files() {
  wc -l "$src"/*.c "$src"/*/*.[ch] "$top_srcdir"/tests/*/*.[ch] "$top_srcdir"/tests/*/*.sh |
    awk '$2 != "total" && $1 > 600'
}

long_functions() {
  awk '/^{$/ { start = FNR } /^}$/ { if (FNR - start > 50) print FILENAME ":" start ": " FNR - start }' \
    "$src"/*.c "$src"/*/*.c
}

none "no file over 600 lines" long_files
none "no function over 50 lines" long_functions

### Words: the worst offenders of HACKING's list, in text that is ours: not in replies that rules
### quote, and not in the list itself.

prose='README NEWS HACKING SECURITY.md CONTRIBUTING.md bootstrap doc contrib rules schema/fleet src
  tests/DISAGREEMENTS tests/cli tests/fleet tests/lib tests/system tests/unit fuzz bench m4'

foreign_words() {
  # shellcheck disable=SC2086 # a list of names
  cd "$top_srcdir" && find $prose -type f ! -name style.sh -exec awk '
    FNR == 1 { quoted = list = 0 }
    /^Words$/ { list = 1 } /^To add/ { list = 0 } list { next }
    /^(text|not|mark|says|unless|sample): / { quoted = 1; next } quoted && /^[ \t]/ { next }
    { quoted = 0; gsub(/[Tt]here (is|are) none|left behind/, ""); print FILENAME ":" FNR ": " $0 }' {} + |
    grep -wE 'behind|in front of|ahead of|anew|whom|(is|are) none|alongside|lately|oftener|whose task|mend(s|ed|ing)?'
}

none "plain words: see HACKING" foreign_words

done_testing
