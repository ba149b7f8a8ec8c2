#!/bin/sh
# OpenSMTPD: the command of contrib/opensmtpd, ~/.forward, and LMTP
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages=opensmtpd
ways='command forward lmtp'

configure() {
  owner=bouncedb
  echo mx.news.example >/etc/mailname
  {
    echo 'listen on lo'
    case $1 in
      command) sed 's/example\([\\]*\)\.org/news\1.example/g' "$top/contrib/opensmtpd" ;;
      lmtp)
        echo 'table bounces { "@news.example" = bouncedb }'
        echo 'action "bouncedb" lmtp "/run/bouncedb/lmtp" rcpt-to virtual <bounces>'
        echo 'match from any for domain "news.example" action "bouncedb"'
        ;;
      forward)
        owner=bounces
        echo '"|/usr/bin/bouncedb || exit 75"' >/home/bounces/.forward
        chown bounces /home/bounces/.forward
        echo 'action "local" mbox'
        echo 'match from any for domain "news.example" action "local"'
        ;;
    esac
  } >/etc/smtpd.conf
  smtpd -n
}

start() {
  smtpd && wait_for listens 25 || return
  if [ "$way" = lmtp ]; then serve_lmtp; fi
}
queued() { smtpctl show queue | grep -q .; }
flush() { smtpctl schedule all; }
stop() { pkill -o -P "$$" smtpd; }
main "$@"
