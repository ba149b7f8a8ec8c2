#!/bin/sh
# procmail, run by Postfix
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages='procmail postfix'
ways=recipe

configure() {
  owner=bounces
  postconf -e 'myhostname = mx.news.example' 'mydestination = news.example, localhost' \
    'inet_interfaces = loopback-only' 'inet_protocols = ipv4' 'recipient_delimiter = +' \
    'maillog_file = /var/log/postfix.log' 'compatibility_level = 3.6' 'minimal_backoff_time = 1s' \
    'mynetworks = 127.0.0.0/8' 'smtpd_relay_restrictions = permit_mynetworks, reject' \
    'mailbox_command = /usr/bin/procmail'
  grep -v '^#' "$top/contrib/procmail" >/home/bounces/.procmailrc
  chmod 600 /home/bounces/.procmailrc
  chown bounces /home/bounces/.procmailrc
}
start() { postfix start && wait_for listens 25; }
queued() { [ -n "$(postqueue -j)" ]; }
flush() { postqueue -f; }
stop() { postfix stop; }
main "$@"
