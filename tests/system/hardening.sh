#!/bin/sh
# What the compiler and the linker did to protect the program, read from the program itself.
# HARDENED: the compiler's flags; empty for sanitizers and coverage, which protect nothing.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${HARDENED:=}" "${FORTIFIED:=}"

have() { command -v "$1" >/dev/null 2>&1; }
has_flag() { case " $HARDENED " in *" $1 "*) ;; *) return 1 ;; esac; }

# Only ELF can be read; other systems' linkers take no -z either.
if [ -z "$HARDENED" ] || ! have readelf || ! readelf -h "$BOUNCEDB" >header 2>/dev/null; then
  ok 'nothing to read' true
  done_testing
fi
readelf -W -l "$BOUNCEDB" >segments
readelf -W -d "$BOUNCEDB" >dynamic
readelf -W --dyn-syms "$BOUNCEDB" >symbols
readelf -W -p .GCC.command.line "$BOUNCEDB" >switches 2>/dev/null

ok 'position independent' grep -q 'Type: *DYN' header
ok 'the symbol tables are read-only' grep -q GNU_RELRO segments
ok 'and complete from the start' grep -Eq 'BIND_NOW|Flags:.* NOW' dynamic
ok 'no executable stack' grep -q 'GNU_STACK.* RW ' segments
ok 'no segment can be written and executed' sh -c '! grep -E " (RWE|WE) " segments'
ok 'no library is searched in a folder of its own' sh -c '! grep -E "RPATH|RUNPATH" dynamic'
if has_flag -fstack-protector-strong; then
  ok 'stack protector' grep -q __stack_chk_fail symbols
fi
case $FORTIFIED in *=3*) ok 'fortified calls' grep -q '_chk@' symbols ;; esac
# The linker marks a program for CET only if the C library's own objects are, which is not so on
# Debian. So this too is read from what the compiler recorded.
if has_flag -frecord-gcc-switches && [ -s switches ]; then
  for flag in -fcf-protection -fstack-clash-protection -ftrivial-auto-var-init=zero; do
    ! has_flag $flag || ok "$flag" grep -q -e "$flag" switches
  done
fi

# bouncedb-submit can be static; then it has no dynamic symbols to look for.
submit=$(dirname "$BOUNCEDB")/bouncedb-submit
readelf -W -h "$submit" >header
readelf -W -l "$submit" >segments
readelf -W -d "$submit" >dynamic
ok 'bouncedb-submit is position independent' grep -q 'Type: *DYN' header
ok 'its tables are read-only' grep -q GNU_RELRO segments
ok 'no executable stack' grep -q 'GNU_STACK.* RW ' segments
ok 'no segment can be written and executed' sh -c '! grep -E " (RWE|WE) " segments'
check 'it needs no library but that of C' "$(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' dynamic | grep -v '^libc\.')" ""

done_testing
