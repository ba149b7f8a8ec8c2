#!/bin/sh
# Postfix: an alias, ~/.forward, pipe(8), and LMTP
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/servers/with-postfix.sh
. "$(dirname "$0")/with-postfix.sh"
packages=postfix
ways='alias forward pipe lmtp'

configure() {
  basics
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
main "$@"
