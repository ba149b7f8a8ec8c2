#!/bin/sh
# Courier: ~/.courier
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages='courier-mta netbase'
ways=dot-courier

configure() {
  owner=bounces
  echo mx.news.example >/etc/courier/me
  printf 'news.example\nlocalhost\nmx.news.example\n' >/etc/courier/locals
  echo news.example >/etc/courier/defaultdomain
  sed -i 's/^BOFHCHECKDNS=.*/BOFHCHECKDNS=0/; s/^TARPIT=.*/TARPIT=0/; s/^ADDRESS=.*/ADDRESS=127.0.0.1/' /etc/courier/esmtpd
  grep -q '^ADDRESS=' /etc/courier/esmtpd || echo ADDRESS=127.0.0.1 >>/etc/courier/esmtpd
  echo 2s | tee /etc/courier/retryalpha >/etc/courier/retrybeta
  for file in .courier .courier-default; do
    echo '| bouncedb || exit 75' >/home/bounces/$file
    chown bounces /home/bounces/$file && chmod 644 /home/bounces/$file
  done
  chmod 755 /home/bounces
  mkdir -p /run/courier/authdaemon && chown -R courier:courier /run/courier
  makealiases && makesmtpaccess
}

start() { authdaemond start && courierfilter start && courier start && esmtpd start && wait_for listens 25; }
queued() { mailq -batch | grep -q @; }
flush() { courier flush; }
stop() { esmtpd stop; courier stop; courierfilter stop; authdaemond stop; }
main "$@"
