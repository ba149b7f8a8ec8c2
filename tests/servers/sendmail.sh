#!/bin/sh
# Sendmail: an alias and ~/.forward, with smrsh, and LMTP
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages='sendmail-bin sendmail-base sendmail-cf m4 make'
ways='alias forward lmtp'

configure() {
  owner=mail
  [ "$1" = lmtp ] || echo news.example >>/etc/mail/local-host-names
  sed -i '/^MAILER_DEFINITIONS/i FEATURE(`smrsh'"'"')dnl\nFEATURE(`nocanonify'"'"')dnl\ndefine(`confDOMAIN_NAME'"'"', `mx.news.example'"'"')dnl\ndefine(`confTO_QUEUERETURN'"'"', `1d'"'"')dnl' \
    /etc/mail/sendmail.mc
  if [ "$1" = lmtp ]; then
    sed -i '/^MAILER_DEFINITIONS/i FEATURE(`mailertable'"'"', `hash -o /etc/mail/mailertable'"'"')dnl\nFEATURE(`accept_unresolvable_domains'"'"')dnl' /etc/mail/sendmail.mc
    cat >>/etc/mail/sendmail.mc <<'END'
MAILER_DEFINITIONS
Mbouncedb, P=[IPC], F=lsDFMnqXzA@/:|m, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\r\n, L=2040,
	T=DNS/RFC822/SMTP, A=FILE /run/bouncedb/lmtp
END
    echo 'news.example bouncedb:news.example' >/etc/mail/mailertable
    echo 'To:news.example RELAY' >>/etc/mail/access
    makemap hash /etc/mail/mailertable </etc/mail/mailertable
  fi
  make -C /etc/mail sendmail.cf || return
  case $1 in
    lmtp) owner=bouncedb ;;
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
  /usr/sbin/sendmail -L sm-mta -bd && wait_for listens 25 || return
  if [ "$way" = lmtp ]; then serve_lmtp; fi
}
queued() { mailq | grep -q 'Total requests: [1-9]'; }
flush() { sendmail -q; }
stop() { kill "$(head -n 1 /run/sendmail/mta/sendmail.pid)"; }
main "$@"
