#!/bin/sh
# Sendmail with smrsh: an alias, and ~/.forward
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages='sendmail-bin sendmail-base sendmail-cf m4 make'
ways='alias forward'

configure() {
  owner=mail
  echo news.example >>/etc/mail/local-host-names
  sed -i '/^MAILER_DEFINITIONS/i FEATURE(`smrsh'"'"')dnl\nFEATURE(`nocanonify'"'"')dnl\ndefine(`confDOMAIN_NAME'"'"', `mx.news.example'"'"')dnl\ndefine(`confTO_QUEUERETURN'"'"', `1d'"'"')dnl' \
    /etc/mail/sendmail.mc
  make -C /etc/mail sendmail.cf || return
  case $1 in
    alias)
      mkdir -p /etc/mail/smrsh && ln -sf /usr/bin/bouncedb /etc/mail/smrsh/bouncedb
      echo 'bounces: "|bouncedb || exit 75"' >>/etc/mail/aliases
      ;;
    forward)
      owner=bounces
      mkdir -p /etc/mail/smrsh && ln -sf /usr/bin/bouncedb /etc/mail/smrsh/bouncedb
      echo '"|bouncedb || exit 75"' >/home/bounces/.forward
      chown bounces /home/bounces/.forward
      chmod 755 /home/bounces
      ;;
  esac
  newaliases
}

start() {
  mkdir -p /run/sendmail/mta && chown root:smmta /run/sendmail/mta
  /usr/sbin/sendmail -L sm-mta -bd && wait_for listens 25
}
queued() { mailq | grep -q 'Total requests: [1-9]'; }
flush() { sendmail -q; }
stop() { kill "$(head -n 1 /run/sendmail/mta/sendmail.pid)"; }
main "$@"
