#!/bin/sh
# Exim: what setup makes of Debian's configuration, the router of contrib/exim, an alias, ~/.forward,
# and LMTP
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
packages='exim4-daemon-light exim4-base exim4-config'
ways='setup router alias forward lmtp'

# block NAME: of contrib/exim
block() { sed -n "/^$1:/,/^\$/p" "$top/contrib/exim"; }

# configuration ROUTERS TRANSPORTS
configuration() {
  cat >/etc/exim4/exim4.conf <<END
primary_hostname = mx.news.example
domainlist local_domains = news.example
acl_smtp_rcpt = accept
local_interfaces = 127.0.0.1
never_users = root
tls_advertise_hosts =

begin routers
$1

begin transports
$2

begin retry
* * F,1h,1s
END
}

pipe='address_pipe:
  driver = pipe
  return_path_add
  envelope_to_add
  temp_errors = *
  timeout_defer
  freeze_signal
  freeze_exec_fail
  log_defer_output'

configure() {
  owner=bouncedb
  case $1 in
    setup)
      sed -i "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='local'/
        s/^dc_other_hostnames=.*/dc_other_hostnames='news.example'/
        s/^dc_local_interfaces=.*/dc_local_interfaces='127.0.0.1'/" /etc/exim4/update-exim4.conf.conf
      echo mx.news.example >/etc/mailname
      update-exim4.conf && bouncedb setup exim --apply
      ;;
    router) configuration "$(block bounces)" "$(block bouncedb)" ;;
    lmtp)
      configuration "$(block bounces)" 'bouncedb:
  driver = lmtp
  socket = /run/bouncedb/lmtp
  rcpt_include_affixes
  batch_max = 100
  user = bouncedb'
      ;;
    alias)
      echo 'bounces: "|/usr/bin/bouncedb"' >/etc/aliases
      configuration 'aliases:
  driver = redirect
  data = ${lookup{$local_part}lsearch{/etc/aliases}}
  local_part_suffix = +*
  local_part_suffix_optional
  pipe_transport = address_pipe
  user = bouncedb' "$pipe"
      ;;
    forward)
      owner=bounces
      echo '"|/usr/bin/bouncedb"' >/home/bounces/.forward
      chown bounces /home/bounces/.forward
      configuration 'forwarded:
  driver = redirect
  check_local_user
  file = $home/.forward
  local_part_suffix = +*
  local_part_suffix_optional
  pipe_transport = address_pipe' "$pipe"
      ;;
  esac
}

start() {
  exim4 -bd && wait_for listens 25 || return
  if [ "$way" = lmtp ]; then serve_lmtp; fi
}
queued() { [ "$(exim4 -bpc)" -gt 0 ]; }
flush() { exim4 -qff; }
stop() { kill "$(cat /run/exim4/exim.pid /var/spool/exim4/exim-daemon.pid 2>/dev/null | head -n 1)"; }
main "$@"
