#!/bin/sh
# GMime, which the process that parses loads, is missing: nothing is recorded as unreadable, and the
# mail server tries again.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
# shellcheck source=tests/lib/faults.sh
. "$top_srcdir/tests/lib/faults.sh"
chmod 700 .
configure "$tmp"
"$BOUNCEDB" db init --config conf >/dev/null
bounce 1 >letter
strace -f -o trace -e trace=openat "$BOUNCEDB" parse letter >/dev/null 2>&1
library=$(sed -n 's/.*"\([^"]*libgmime[^"]*\)".*= [0-9].*/\1/p' trace | head -n 1)
[ -n "$library" ] || skip "the program contains GMime"

# without PROGRAM...: as if it were not installed, neither there nor in another folder
without() {
  strace -f -o trace -e trace=openat -P "$library" -P "/usr$library" -P "${library#/usr}" \
    -e inject=openat:error=ENOENT "$@" 2>err
}
deliver() { "$BOUNCEDB" deliver --config conf --sender= <letter; }
check_exit "a delivery" 75 without "$BOUNCEDB" deliver --config conf --sender= <letter
check "says what is missing" "$(grep -v '^strace: ' err)" \
  "bouncedb: GMime, which parses messages, is missing: install ${library##*/}"
check "nothing is recorded" "$(sqlite3 x.db 'SELECT count(*) FROM message')" 0
check_exit "an import" 75 without "$BOUNCEDB" import --quiet --config conf letter
check "records nothing either" "$(sqlite3 x.db 'SELECT count(*) FROM message')" 0
check_exit "once it is there again" 0 deliver
check "the bounce is recorded" "$(sqlite3 x.db "SELECT kind FROM message")" bounce

done_testing
