#!/bin/sh
# make install puts everything where the shells, man and systemd look, and make uninstall removes it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${top_builddir:=$top_srcdir/build}"

make_in_build() {
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" "$@" DESTDIR="$tmp/root" prefix=/usr
}
check_exit "make install" 0 make_in_build install
for file in \
  bin/bouncedb \
  bin/bouncedb-submit \
  share/bash-completion/completions/bouncedb \
  share/zsh/site-functions/_bouncedb \
  share/fish/vendor_completions.d/bouncedb.fish \
  lib/sysusers.d/bouncedb.conf \
  lib/tmpfiles.d/bouncedb.conf \
  share/doc/bouncedb/examples/contrib/postfix \
  share/doc/bouncedb/examples/contrib/systemd/bouncedb-export.timer \
  share/man/man1/bouncedb.1 \
  share/man/man1/bouncedb-submit.1 \
  share/man/man5/bouncedb-rules.5 \
  share/man/man5/bouncedb.conf.5 \
  share/man/man7/bouncedb-events.7 \
  share/man/man7/bouncedb-fleet.7 \
  share/man/man7/bouncedb-export.7 \
  share/man/man7/bouncedb-fetch.7 \
  share/man/man7/bouncedb-json.7 \
  share/man/man7/bouncedb-mta.7 \
  share/man/man7/bouncedb-schema.7; do
  ok "/usr/$file" test -f "root/usr/$file"
done
if grep -q '^HAVE_FLEET_TRUE = *$' "$top_builddir/Makefile"; then
  ok "bouncedb-sync" sh -c 'find root -path "*/bouncedb/bouncedb-sync" -perm -100 | grep .'
fi
check "no unit that systemd would run: the examples are to be edited" \
  "$(find root -path '*/systemd/*' ! -path '*/examples/*')" ""
for unit in "$top_srcdir"/contrib/systemd/*; do
  ok "but the example ${unit##*/}" test -f "root/usr/share/doc/bouncedb/examples/contrib/systemd/${unit##*/}"
done
check_exit "make uninstall" 0 make_in_build uninstall
check "leaves nothing" "$(find root -type f)" ""

done_testing
