#!/bin/sh
# The fences of HACKING that need no build: layers, who may know which library, sizes, words.
# shellcheck source=tests/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/.." && pwd)}/tests/tap.sh"
src=$top_srcdir/src

# none NAME COMMAND...: the command prints nothing
_silent() { _out=$("$@"); [ -z "$_out" ] || { echo "$_out"; return 1; }; }
none() { _name=$1; shift; ok "$_name" _silent "$@"; }

### Layers: includes go down only. What is not named here is a small value, at the bottom.

layer() {
  case $1 in
    main | cmd-*) echo 6 ;;
    cmd | exits | import | log | settings | tempfail) echo 5 ;;
    cage | export | store | suppress | trust | worker) echo 4 ;;
    read-* | readers | classify | draft | explain | wire) echo 3 ;;
    candidates | envelope | excerpt | fields | formats | letter | maillog | message | recipients | reply | rules | sample | scan | verp-plain | writer)
      echo 2 ;;
    address | bounce) echo 1 ;;
    *) echo 0 ;;
  esac
}

# "module included" for every include of a header of our own; store-record.c is of the module store
edges() {
  grep -o '^#include ".*\.h"' "$src"/*.[ch] | grep -v '"config\.h"' |
    sed -e 's,^.*/\(.*\)\.[ch]:#include "\(.*\)\.h"$,\1 \2,' \
      -e 's/rules-[a-z]*/rules/g' -e 's/store-[a-z]*/store/g' -e 's/suppress-[a-z]*/suppress/g' |
    awk '$1 != $2' | sort -u
}

upward() {
  edges | while read -r _from _to; do
    [ "$(layer "$_from")" -ge "$(layer "$_to")" ] || echo "$_from includes $_to, which is above it"
  done
}

none "includes go down only" upward
edges >edges
ok "includes are seen" grep -qx 'main cmd' edges
ok "no modules include each other in a circle" tsort edges

### One module knows each foreign library.

# knows PATTERN GLOB: files other than those of GLOB in which the pattern stands
knows() { (cd "$src" && grep -lE "$1" -- *.[ch] | grep -vE "$2"); }

none "only message.c knows GMime" knows 'gmime' '^message\.c$'
none "only store*.c knows SQLite" knows 'sqlite3\.h|sqlite3_' '^store[a-z-]*\.[ch]$'
none "only settings knows GKeyFile" knows 'GKeyFile|g_key_file' '^settings\.[ch]$'

### What is not used, and why: linear time, no shell, one way out of a function, bounded copies.

used() { (cd "$top_srcdir" && grep -nE "$1" src/*.[ch]); }

none "no regular expressions" \
  used 'regcomp|regexec|GRegex|g_regex|GPatternSpec|g_pattern|pcre|\bfnmatch *\('
none "no program is run" \
  used '\b(system|popen|execl|execle|execlp|execv|execve|execvp|execvpe|fexecve|posix_spawn[p]?|g_spawn[a-z_]*) *\('
none "no goto" used '\bgoto\b'
none "no unbounded copies, no numbers without errors" \
  used '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|atoll|strdupa) *\('
none "no loose ends" used 'TODO|FIXME|XXX|HACK'
none "no tabs, no blanks at line ends" used '	| $'

bare_headers() {
  for _file in "$src"/*.h; do
    head -1 "$_file" | grep -q '^/\* ' && grep -q '^#pragma once$' "$_file" || echo "$_file"
  done
}

none "every header says what it is, and is guarded by pragma once" bare_headers

# Versions of clang-format differ in taste: what counts is version 14's.
unformatted() {
  cd "$top_srcdir" && clang-format --dry-run src/*.[ch] tests/*.[ch] 2>&1 |
    sed -n 's/^\([^:]*:[0-9]*\):.*warning:.*/\1/p'
}

case $(clang-format --version 2>/dev/null) in
  *"version 14."*) none "formatted as clang-format 14 does" unformatted ;;
  *) echo "# no clang-format 14 here: the formatting is not looked at" ;;
esac

### Sizes: small files, small functions (braces stand in the first column, so awk can count). The
### functions of tests may be longer: most of their lines are a table.

long_files() {
  wc -l "$src"/*.[ch] "$top_srcdir"/tests/*.[ch] "$top_srcdir"/tests/*.sh |
    awk '$2 != "total" && $1 > 600'
}

long_functions() {
  awk '/^{$/ { start = FNR } /^}$/ { if (FNR - start > 80) print FILENAME ":" start ": " FNR - start }' \
    "$src"/*.c
}

none "no file over 600 lines" long_files
none "no function over 80 lines" long_functions

done_testing
