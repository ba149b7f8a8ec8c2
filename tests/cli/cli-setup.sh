#!/bin/sh
# bouncedb setup: what it prints and applies, with scripts in place of the servers' programs. Real
# servers are in tests/system.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

# stub NAME: a program that does what standard input says
stub() { { echo '#!/bin/sh'; cat; } >"stub/$1" && chmod 755 "stub/$1"; }
mkdir stub own db
PATH=$tmp/stub:$PATH
echo 'exit 1' | stub useradd # whatever goes wrong here
printf '[database]\nfile = %s/db/b.db\n' "$tmp" >own/bouncedb.conf
setup() { "$BOUNCEDB" setup "$@" --config "$tmp/own/bouncedb.conf" --now 1795000000; }
root=no
[ "$(id -u)" -ne 0 ] || root=yes
[ $root = no ] || { chmod 755 . && chown nobody db; }

for usage in "" "postfix exim" "no-such-server" "postfix --wait 0"; do
  # shellcheck disable=SC2086
  check_exit "usage: setup $usage" 64 setup $usage
done
check_exit "a near name" 64 setup postfx
check "is suggested" "$(cat err)" \
  "bouncedb: setup does not know postfx; did you mean postfix?; bouncedb-mta(7) has more"
stub smtpd <<'END'
exit 1
END
check_exit "a server that refuses its configuration" 75 setup opensmtpd --server-config smtpd.conf
check "is named, with the command that says why" "$(cat err)" \
  "bouncedb: OpenSMTPD does not accept its configuration; this says why: smtpd -n -f smtpd.conf"

### ~/.forward

stub smtpd <<'END'
exit 0
END
echo 'match from any for local action "local"' >smtpd.conf
smtpd() { setup opensmtpd --server-config "$tmp/smtpd.conf" "$@"; }
check_exit "for oneself" 0 smtpd --forward
ok "nothing is written" test ! -e "$HOME/.forward"
check_exit "--apply" 0 smtpd --forward --apply
ok "writes the line" grep -qx "\"|.*bouncedb --config $tmp/own/bouncedb.conf || exit 75\"" "$HOME/.forward"
check_exit "a second time" 0 smtpd --forward --apply
check "nothing is left" "$(grep -c . "$HOME/.forward") $(grep -c '^# Nothing is left to do' out)" "1 1"
echo me@elsewhere.example >"$HOME/.forward"
check_exit "mail that goes elsewhere" 78 smtpd --forward --apply
check "stays as it is" "$(cat "$HOME/.forward")" me@elsewhere.example
check_exit "a key is not for oneself" 64 smtpd --forward --verp
rm "$HOME/.forward"
printf '[database]\nfile = %s/mail/b.db\n' "$tmp" >own/mine.conf
oneself() {
  "$BOUNCEDB" setup opensmtpd --server-config smtpd.conf --forward --config "$tmp/own/mine.conf" --now 1795000000 "$@"
}
check_exit "a database that one's own configuration names" 0 oneself --apply
check "is created" "$("$BOUNCEDB" db check --config own/mine.conf >/dev/null; echo $?) $(stat -c %a mail)" "0 700"
check_exit "a second time" 0 oneself
ok "nothing is left to do" grep -q '^# Nothing is left to do' out
rm "$HOME/.forward"

if [ $root = no ]; then
  check_exit "who is not root gets .forward" 0 smtpd
  ok "nothing else" grep -q '/.forward' out
  done_testing
fi

for bad in '$(id)@x.example' 'a:b@x.example' 'bounces+x@x.example' '"a b"@x.example' '-a@x.example' bounces; do
  check_exit "not an address for setup: $bad" 64 smtpd "--address=$bad"
done
check_exit "not a user" 64 smtpd '--owner=$(id)'

# A user, where the configuration that is found names the database of another
mkdir -p me system/bouncedb closed
cp "$BOUNCEDB" program
printf '[database]\nfile = %s/closed/b.db\n' "$tmp" >system/bouncedb/bouncedb.conf
chown 65533 closed && chmod 700 closed && chown 65534 me && chmod 755 stub stub/* program
mine() {
  setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$tmp/me" XDG_CONFIG_HOME="$tmp/system" \
    ./program setup opensmtpd --server-config smtpd.conf "$@"
}
check_exit "a user next to a system-wide setup" 0 mine --apply
check "gets a configuration too" "$(ls -A me | tr '\n' ' ')$(find me -type f | sort | tr '\n' ' ')" \
  ".config .forward me/.config/bouncedb/bouncedb.conf me/.forward "
ok "and is told why" grep -q "^# A configuration of your own, because .*/system/bouncedb/bouncedb.conf names" out
ok "with which a message is recorded" sh -c 'echo "Subject: x" | setpriv --reuid=65534 --regid=65534 \
  --clear-groups env -u XDG_CONFIG_HOME HOME="$1/me" ./program' - "$tmp"
check_exit "a second time" 0 mine
ok "there is nothing to do" grep -q '^# Nothing is left to do' out

### OpenSMTPD

check_exit "OpenSMTPD" 0 smtpd --apply --address list-bounces@lists.example
check "the rules" "$(sed "s,$BOUNCEDB,bouncedb,;s,$tmp/,," own/smtpd.conf)" \
  'table bouncedb { "@lists.example" = nobody }
action "bouncedb" mda "bouncedb deliver --config own/bouncedb.conf || exit 75" virtual <bouncedb>
match from any for rcpt-to "list-bounces@lists.example" action "bouncedb"
match from any for rcpt-to regex "^list\-bounces\+.*@lists\.example$" action "bouncedb"'
check "come before the others" "$(cat smtpd.conf)" "include \"$tmp/own/smtpd.conf\"
match from any for local action \"local\""
ok "which were copied" test -e smtpd.conf.before-bouncedb-20261118-110640
check_exit "again" 0 smtpd --apply --address list-bounces@lists.example
ok "nothing is left to do" grep -q '^# Nothing is left to do' out

done_testing
