#!/bin/sh
# Every fuzz target takes every input of its corpus, under the address and undefined behaviour
# sanitizers.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/.." && pwd)}/tests/lib/tap.sh"
replay=${top_builddir:-$top_srcdir/build}/fuzz/replay

[ -x "$replay" ] || { echo '1..0 # SKIP the compiler has no sanitizers'; exit 0; }

for source in "$top_srcdir"/fuzz/fuzz-*.c; do
  name=$(basename "$source" .c)
  name=${name#fuzz-}
  folder=$top_srcdir/fuzz/corpus/$name
  check_exit "$name accepts its corpus" 0 "$replay" "$name" "$folder"
  check "$name reads all of it" "$(cat out)" "$(find "$folder" -type f | wc -l | tr -d ' ')"
done

done_testing
