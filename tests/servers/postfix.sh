#!/bin/sh
# Postfix: an alias, ~/.forward, pipe(8), and LMTP
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages=postfix
ways='alias forward pipe lmtp'

configure() {
  postconf -e 'myhostname = mx.news.example' 'mydestination = news.example, localhost' \
    'inet_interfaces = loopback-only' 'inet_protocols = ipv4' 'recipient_delimiter = +' \
    'maillog_file = /var/log/postfix.log' 'compatibility_level = 3.6' 'minimal_backoff_time = 1s' \
    'mynetworks = 127.0.0.0/8' 'smtpd_relay_restrictions = permit_mynetworks, reject'
  owner=bouncedb
  case $1 in
    alias) bouncedb setup postfix --apply ;;
    forward)
      owner=bounces
      echo '"|bouncedb || exit 75"' >/home/bounces/.forward
      chown bounces /home/bounces/.forward
      ;;
    pipe)
      postconf -M 'bouncedb/unix=bouncedb unix - n n - 2 pipe -o soft_bounce=yes flags=DRX user=bouncedb null_sender= argv=/usr/bin/bouncedb deliver --sender ${sender} --recipient ${original_recipient}'
      postconf -e 'bouncedb_destination_recipient_limit = 1' \
        "transport_maps = inline:{ { $address = bouncedb: } }" 'local_recipient_maps ='
      ;;
    lmtp)
      postconf -F lmtp/unix/chroot=n
      postconf -e "transport_maps = inline:{ { $address = lmtp:unix:/run/bouncedb/lmtp } }" 'local_recipient_maps ='
      ;;
  esac
}

start() {
  postfix start && wait_for listens 25 || return
  if [ "$way" = lmtp ]; then serve_lmtp; fi
}
queued() { [ -n "$(postqueue -j)" ]; }
flush() { postqueue -f; }
stop() { postfix stop; }
main "$@"
