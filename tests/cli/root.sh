#!/bin/sh
# Root and a database of another user: a delivery refuses, and commands make no file that its owner
# cannot use.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/user.sh
. "$top_srcdir/tests/lib/user.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"

# shellcheck disable=SC2154 # user.sh sets it
if [ $root = no ]; then
  ok "only root can test this" true
  done_testing
fi

chown 65534:65534 home
cat >>conf <<END
[suppression]
file = $tmp/home/list
[verp]
base = bounces@lists.example
key = $tmp/home/key
policy = off
END
chown 0 conf # root trusts only its own configuration
bounce 1 >letter
ordinary 2 >other
cat letter letter >mbox
chmod 600 mbox
printf 'ann@example.net\n' >addresses
chmod 600 addresses
as_root() { ./program "$@" --config conf; }
run_as_user() { as_user ./program "$@" --config conf; }
foreign() { find home ! -user 65534 | sort; }

# leaves COMMAND...: root runs it, and everything still belongs to the owner, who can deliver
leaves() {
  rm -f home/b.db.lock home/list
  as_root "$@" >out 2>err <"${input:-/dev/null}"
  check "root: $*: all files belong to the owner" "$(foreign)" ""
  check_exit "root: $*: the next delivery succeeds" 0 run_as_user deliver <letter
}

run_as_user verp keygen
check_exit "root: verp make reads the owner's key" 0 as_root verp make ann@example.net
for command in deliver ""; do
  # shellcheck disable=SC2086
  check_exit "root: ${command:-no command}, from a mail server" 75 as_root $command <letter
  ok "the line says what to set" grep -q '/home/b.db belongs to .*; in its configuration, set user = ' err
  check "nothing is read on standard output" "$(cat out)" ""
done
check "root has delivered nothing" "$(sqlite3 home/b.db 'SELECT count(*) FROM message')" 0

check_exit "the owner delivers" 0 run_as_user deliver <letter
leaves list
leaves show ann@example.net
leaves explain f1
leaves stats
leaves check ann@example.net
leaves export
leaves doctor
leaves db check
leaves db migrate
leaves db reweigh
leaves db snapshot home/copy.db
leaves allow bob@example.net
leaves suppress cyd@example.net
leaves forget cyd@example.net
leaves release --domain example.net --since 1d
leaves confirm bob@example.net
leaves reclassify
leaves sent --plain addresses
input=mbox leaves import -
leaves export --output "$tmp/home/out"
leaves export --output "$tmp/home/out" --cursor x
check "the audit says that root decided" \
  "$(sqlite3 home/b.db "SELECT DISTINCT by_uid FROM audit WHERE command = 'allow'")" 0
check_exit "root: import of a file that the owner cannot read" 65 as_root import mbox
ok "says who could not" grep -q 'this ran as .*import - <FILE' err
check_exit "root: sent, from a log that only root can read" 0 as_root sent --plain addresses

rm -rf home
mkdir home
chown 65534:65534 home
check_exit "root: db init" 0 as_root db init
check "makes files of the owner" "$(foreign)" ""
check_exit "root: verp keygen" 0 as_root verp keygen
check "too" "$(foreign)" ""
check_exit "the owner delivers" 0 run_as_user deliver <other

# A database of root's is used as root.
mkdir own
check_exit "root: a database of its own" 0 ./program db init --db own/b.db
check_exit "root: a delivery to it" 0 ./program deliver --db own/b.db <letter

done_testing
