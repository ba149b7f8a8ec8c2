# user.sh: the program as a user who is not root, because root may do anything. Source it after
# tap.sh. If the test runs as root, the user has the number 65534 and owns the test's directory.
# shellcheck shell=sh disable=SC2154
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
cp "$BOUNCEDB" program # the build may be in a directory that only root can enter
if [ "$(id -u)" = 0 ]; then
  root=yes
  chown 65534:65534 "$tmp"
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
  # shellcheck disable=SC2034 # for the tests that source this
  root=no
  as_user() { "$@"; }
fi
run() { as_user ./program "$@" --config conf; }

chmod 755 program
cat >conf <<END
[database]
file = $tmp/home/b.db
[delivery]
syslog = no
END
chmod 644 conf
run db init
