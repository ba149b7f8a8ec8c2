#!/bin/sh
# Simulated senders for a year each; "make check-trends" simulates a hundred of them. What comes out
# depends on the seeds alone, not on time.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
simulate=${top_builddir:=$top_srcdir/build}/tests/system/simulate-trends

ok "trends finds 95 % of the changes within a day, and little else" sh -c '"$1" 2 300 >out; s=$?; cat out; exit $s' - "$simulate"
ok "two runs say the same" sh -c '"$1" 1 300 >one; "$1" 1 300 >other; cmp one other' - "$simulate"

done_testing
