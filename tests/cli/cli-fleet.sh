#!/bin/sh
# bouncedb fleet without a server; tests/fleet has one.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

printf '[database]\nfile = %s/b.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
"$BOUNCEDB" db init -q --config conf
fleet() { _verb=$1; shift; "$BOUNCEDB" fleet "$_verb" --config conf "$@"; }

check_exit "without a verb" 64 "$BOUNCEDB" fleet --config conf
ok "it lists the verbs" grep -q 'keygen, init, hosts, remove NAME' err
check_exit "an unknown verb" 64 fleet hostz
ok "it says which may have been meant" grep -q 'hosts' err
check_exit "remove without a name" 64 fleet remove
check_exit "init with an argument" 64 fleet init now
check_exit "keygen" 0 fleet keygen
check "the key is for its owner only" "$(stat -c %a b.db.fleet)" 600
cp b.db.fleet key
check_exit "keygen again" 64 fleet keygen
check_file "keeps the key" b.db.fleet key
check_exit "without a connection" 78 fleet hosts
ok "it says what is not set" grep -q '\[fleet\] connection is not set' err
check_exit "confirm, of a provider nobody knows" 64 fleet confirm --provider nosuch --connection x=y
check_exit "purge, of a malformed time" 64 fleet purge --older-than never --connection x=y
if [ -x "${BOUNCEDB%/*}/bouncedb-sync" ]; then
  for verb in init hosts 'remove x' thresholds confirm reweigh purge; do
    # shellcheck disable=SC2086 # a verb and its argument
    check_exit "$verb, with a malformed connection" 78 fleet $verb --connection nosuch=1
    # shellcheck disable=SC2086
    check_exit "$verb, without a server" 75 fleet $verb --connection "host=$tmp/none dbname=x"
  done
  ok "it says what libpq says" grep -q '^bouncedb: cannot reach the fleet: ' err
  check_exit "bouncedb-sync alone" 64 "${BOUNCEDB%/*}/bouncedb-sync"
fi
done_testing
