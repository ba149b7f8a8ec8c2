#!/bin/sh
# bouncedb setup postfix with a private Postfix: what it prints changes nothing, what it applies
# works and leaves nothing to do, and its test bounce is recorded and erased. The system's Postfix is
# not touched.
# shellcheck source=tests/lib/postfix.sh disable=SC2317
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/postfix.sh"

configure() {
  prepare_postfix "
mydestination = news.example, localhost
virtual_alias_domains = lists.example
recipient_delimiter =
local_recipient_maps =
mailbox_size_limit = 51200000" "
local   unix       - n n -   - local" && mkdir "$tmp/own" || return
  type=$(postconf -c "$etc" -h default_database_type)
  postconf -c "$etc" -e "alias_maps = $type:$etc/aliases"
  echo 'taken: root' >"$etc/aliases"
  printf '[database]\nfile = %s\n' "$database" >own/bouncedb.conf
  chmod 644 own/bouncedb.conf
  postalias -c "$etc" "$etc/aliases" && start_postfix
}

setup() { "$tmp/bin/bouncedb" setup postfix --server-config "$etc" --config "$tmp/own/bouncedb.conf" "$@"; }
state() { cat "$etc"/*.cf own/* 2>/dev/null | cksum; ls "$etc" own db; }
rows() {
  sqlite3 -readonly "$database" "SELECT (SELECT count(*) FROM failure), (SELECT count(*) FROM delay),
    (SELECT count(*) FROM entry), (SELECT count(*) FROM message)"
}

ok "a private Postfix starts" configure
state >before
check_exit "setup prints" 0 setup
cp out script
state >after
check_file "and changes nothing" after before
ok "the alias runs the program" grep -q "'bounces: \"|$tmp/bin/bouncedb --config $tmp/own/bouncedb.conf || exit 75\"'" script
ok "nothing is done for the user, who exists" sh -c '! grep -q useradd script'
check_exit "no test before that" 78 setup --check
check_exit "an address that is taken" 78 setup --address taken@news.example
ok "the alias is named" grep -q 'taken is an alias already' err
check_exit "a domain of others" 78 setup --address bounces@elsewhere.example
ok "the domain is named" grep -q 'does not deliver mail for elsewhere.example' err
check_exit "not an address" 64 setup --address bounces

check_exit "setup --apply" 0 setup --apply
check "the alias file belongs to the owner of the database" \
  "$(stat -c %U own/aliases own/aliases.* | sort -u)" nobody
check "Postfix reads it" "$(postconf -c "$etc" -h alias_maps)" "$type:$etc/aliases, $type:$tmp/own/aliases"
check "the limit is raised" "$(postconf -c "$etc" -h mailbox_size_limit)" 1024000000
check "main.cf has one copy" "$(find "$etc" -name 'main.cf.before-bouncedb-*' | wc -l)" 1
state >before
check_exit "setup again" 0 setup
check "has nothing to do" "$(cat out)" "# Nothing is left to do for bounces@news.example (postfix)."
check_exit "setup --apply again" 0 setup --apply
state >after
check_file "changes nothing" after before

check_exit "setup --check" 0 setup --check --wait 120
check "says so" "$(cat out)" "a test bounce for bounces@news.example was recorded, and erased again"
check "nothing counts" "$(rows)" "0|0|0|1"
ok "nothing names the test" sh -c '! sqlite3 -readonly "$1" .dump | grep setup-[0-9]' - "$database"

### A virtual domain, and a key

check_exit "a virtual domain" 0 setup --apply --check --wait 120 --address bounces@lists.example
ok "its test arrives" grep -q '^a test bounce for bounces@lists.example was recorded' out
check_exit "a key" 0 setup --apply --verp
check "Postfix accepts extensions" "$(postconf -c "$etc" -h recipient_delimiter)" +
check_exit "a test with a signed return path" 0 setup --check --wait 120
ok "arrives" grep -q '^a test bounce for bounces+1.*@news.example was recorded' out
check_exit "a second key" 78 setup --verp

### What does not arrive

ok "Postfix cannot run the program" mv "$tmp/bin/bouncedb" "$tmp/bin/away"
check_exit "the test does not arrive" 75 "$tmp/bin/away" setup postfix --server-config "$etc" \
  --config "$tmp/own/bouncedb.conf" --check --wait 1
ok "setup tells where to look" grep -q 'is not recorded after 1 second; .*postqueue -p' err

done_testing
