#!/bin/sh
# check-deb.sh: builds the Debian packages, runs their tests with autopkgtest, installs them, and tests
# an upgrade, a removal and a purge. Changes the system, so run it in one that can be thrown away: make check-deb
# does, in bare trees. Takes root. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
export DEBIAN_FRONTEND=noninteractive DEBEMAIL=maintainers@bouncedb.example
database=/var/lib/bouncedb/bounces.db
passed=0 failed=0

[ "$(id -u)" -eq 0 ] || { echo 'check-deb: only root can install packages' >&2; exit 77; }

# check WHAT COMMAND...: its output is shown if it fails
check() {
  what=$1
  shift
  if "$@" >/tmp/check-deb.out 2>&1; then
    echo "ok      $what"
    passed=$((passed + 1))
  else
    tail -n 30 /tmp/check-deb.out
    echo "NOT OK  $what"
    failed=$((failed + 1))
  fi
}

summary() {
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

install() { apt-get install -y --no-install-recommends "$@"; }

# The last ones make the tarball.
build_dependencies() {
  apt-get build-dep -y --no-install-recommends ./ && install lintian autopkgtest autoconf automake
}

configure() { autoreconf -fi && mkdir -p build/deb && cd build/deb && ../../configure && cd ../..; }
build() { make -C build/deb deb && cp build/deb/deb/*.deb "$1"; }
# The package is the same on every release of Debian; only one of them has the newest policy.
lint() {
  lintian --tag-display-limit 0 --suppress-tags out-of-date-standards-version,newer-standards-version \
    -EI --pedantic --fail-on error,warning,info build/deb/deb/*.changes
}

# As in a system that is thrown away after it, which this is
autopkgtests() {
  autopkgtest --ignore-restrictions=isolation-container,breaks-testbed \
    build/deb/deb/*.changes -- null
}

# The next version of the package: the same program, whose tests have just passed
next_version() {
  sed -i '1s/-1)/-2)/' debian/changelog
  DEB_BUILD_OPTIONS=nocheck build "$1"
  result=$?
  sed -i '1s/-2)/-1)/' debian/changelog
  return $result
}

messages() { sqlite3 -readonly "$database" 'SELECT count(*) FROM message'; }
kept() { [ "$(messages)" = "$before" ]; }
purge() { apt-get purge -y bouncedb bouncedb-fleet && [ ! -e /var/lib/bouncedb ]; }
# /etc has what setup was told to write there.
gone() { ! find /usr /var /run -xdev -iname '*bouncedb*' | grep .; }
record() { runuser -u bouncedb -- bouncedb db init && runuser -u bouncedb -- bouncedb deliver <tests/samples/demo/gmail-full.eml && [ "$(messages)" = 1 ]; }
works() { bouncedb --version && bouncedb explain '550 5.1.1 no such user' | grep -q user_unknown; }

first=$(mktemp -d) next=$(mktemp -d)
chmod 755 "$first" "$next"
check 'apt has an index' apt-get update
check 'the build dependencies are installed' build_dependencies
check 'configure' configure
check 'make deb' build "$first"
[ "$failed" -eq 0 ] || { summary; exit 1; }
check 'lintian finds nothing' lint
# Before the first is installed: with --sysconfdir=/etc the tests read its configuration
check 'the next version is built' next_version "$next"
check 'autopkgtest passes' autopkgtests
check 'it can be purged after that' purge
check 'apt installs it' install sqlite3 "$first"/bouncedb_*.deb "$first"/bouncedb-fleet_*.deb
check 'the program works' works
check 'the program of the fleet is there' test -x /usr/libexec/bouncedb/bouncedb-sync
check 'the user exists' id bouncedb
check 'and owns the directory' sh -c '[ "$(stat -c "%U %a" /var/lib/bouncedb)" = "bouncedb 750" ]'
check 'the man page is there' test -e /usr/share/man/man1/bouncedb.1.gz
check 'a bounce is recorded' record
before=$(messages)
check 'apt upgrades to it' install "$next"/bouncedb_*.deb "$next"/bouncedb-fleet_*.deb
check 'the version is new' sh -c "dpkg-query -W -f '\${Version}' bouncedb | grep -q -- -2"
check 'and so is that of the fleet' sh -c "dpkg-query -W -f '\${Version}' bouncedb-fleet | grep -q -- -2"
check 'an upgrade keeps the database' kept
check 'it still works' runuser -u bouncedb -- bouncedb db check
check 'apt removes the fleet alone' apt-get remove -y bouncedb-fleet
check 'which the rest does not need' runuser -u bouncedb -- bouncedb db check
check 'apt removes it' apt-get remove -y bouncedb
check 'a removal keeps the database' kept
check 'a purge deletes it' purge
check 'nothing is left of it' gone
rm -rf "$first" "$next"

summary
