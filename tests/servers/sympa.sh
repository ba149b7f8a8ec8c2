#!/bin/sh
# Sympa with Postfix, as tests/servers/mailman.sh. Bounces reach bouncedb instead of Sympa.
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/servers/with-postfix.sh
. "$(dirname "$0")/with-postfix.sh"
# shellcheck source=tests/servers/with-list.sh
. "$(dirname "$0")/with-list.sh"
packages='sympa postfix'
preseed='sympa sympa/hostname string lists.news.example
sympa sympa/listmaster string listmaster@news.example
sympa wwsympa/wwsympa_url string http://lists.news.example/wws'
ways='del'

as_sympa() { setpriv --reuid=sympa --regid=sympa --init-groups env HOME=/ LC_ALL=C "$@" 2>>/tmp/sympa.err; }

configure_list() {
  install -d -o sympa -g sympa /run/sympa
  cat >/tmp/list.xml <<END
<?xml version="1.0" ?>
<list>
  <listname>announce</listname>
  <type>discussion_list</type>
  <subject>News</subject>
  <description>News</description>
  <status>open</status>
  <language>en_US</language>
  <topic>computers</topic>
  <owner multiple="1"><email>$author</email></owner>
</list>
END
  as_sympa sympa create --input-file=/tmp/list.xml lists.news.example
  printf '%s\n' $author $full $gone $innocent | as_sympa sympa add --quiet $list
  postalias /etc/mail/sympa/aliases
  postconf -e "transport_maps = inline:{ { announce-owner@lists.news.example = bouncedb: } { example.net = smtp:[127.0.0.1]:$port } }" \
    'mydestination = news.example, lists.news.example, localhost' \
    'alias_maps = hash:/etc/aliases, hash:/etc/mail/sympa/aliases'
}
start_list() {
  as_sympa /usr/lib/sympa/bin/sympa_msg.pl
  as_sympa /usr/lib/sympa/bin/bulk.pl
  wait_for test -s /run/sympa/sympa_msg.pid && wait_for test -s /run/sympa/bulk.pid
}
stop_list() {
  for daemon in sympa_msg bulk; do kill "$(cat /run/sympa/$daemon.pid)"; done
}
members() { as_sympa sympa review $list | grep -v ' ' | sort; } # the first line counts them

# As bouncedb-export(7) says
apply_list() {
  bouncedb export --format sympa --output $folder/sympa.txt &&
    members | grep -ixFf $folder/sympa.txt | as_sympa sympa del --quiet $list
}
main "$@"
