#!/bin/sh
# Is the work on a reply linear in its length, whatever it says? Counts the instructions for 16 kB
# and for 64 kB of every hostile shape with valgrind. They are counted, not timed, so that the
# result is the same on a busy machine. The cost of an empty reply (loading the rules) is
# subtracted.
#
#   check-complexity.sh PROGRAM
set -eu
program=$1
command -v valgrind >/dev/null || { echo "check-complexity: valgrind is not installed"; exit 77; }

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
    sed -n 's/.*Collected : *//p'
}

failed=0
shapes=$("$program")
base=$(count 0 0)
echo "an empty reply: $base instructions"
shape=0
while [ "$shape" -lt "$shapes" ]; do
  small=$(($(count "$shape" 16384) - base))
  large=$(($(count "$shape" 65536) - base))
  ratio=$((large * 100 / small))
  echo "shape $shape: 16 kB $small, 64 kB $large, $((ratio / 100)).$((ratio % 100 / 10))$((ratio % 10)) times"
  [ "$ratio" -lt 500 ] || failed=1
  shape=$((shape + 1))
done
[ "$failed" -eq 0 ] && echo "linear" || echo "NOT linear: four times the text must cost less than five times the work"
exit "$failed"
