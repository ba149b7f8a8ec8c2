#!/bin/sh
# Dovecot, to which Postfix delivers: Sieve with extprograms, and its LMTP proxy
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/servers/with-postfix.sh
. "$(dirname "$0")/with-postfix.sh"
packages='dovecot-core dovecot-sieve dovecot-lmtpd postfix'
ways='sieve lmtp'

configure() {
  owner=bounces
  basics 'mailbox_transport = lmtp:unix:private/dovecot-lmtp' 'lmtp_destination_recipient_limit = 1'
  mkdir -p /usr/lib/dovecot/sieve-pipe
  ln -s /usr/bin/bouncedb /usr/lib/dovecot/sieve-pipe/bouncedb
  printf 'require ["vnd.dovecot.pipe", "copy"];\npipe "bouncedb";\n' >/home/bounces/.dovecot.sieve
  chown bounces /home/bounces/.dovecot.sieve
  [ "$1" = sieve ] || owner=bouncedb
  case $(dovecot --version) in
    2.3*) "$1"_23 ;;
    *) "$1"_24 ;;
  esac >/etc/dovecot/local.conf
  cat >>/etc/dovecot/local.conf <<'END'
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    mode = 0600
  }
}
END
  doveconf -n
}

lmtp_23() {
  cat <<'END'
protocols = lmtp
lmtp_proxy = yes
recipient_delimiter =
auth_username_chars =
auth_username_format = %u
passdb {
  driver = static
  args = proxy=y host=127.0.0.1 port=2424 protocol=lmtp nopassword=y
}
END
}

lmtp_24() {
  cat <<'END'
protocols {
  lmtp = yes
}
lmtp_proxy = yes
recipient_delimiter =
auth_username_chars =
protocol lmtp {
  auth_username_format = %{user}
}
passdb static {
  fields {
    proxy = yes
    host = 127.0.0.1
    port = 2424
    protocol = lmtp
    nopassword = yes
  }
}
END
}

sieve_23() {
  cat <<'END'
protocols = lmtp
auth_username_format = %n
mail_location = maildir:~/Maildir
recipient_delimiter = +
protocol lmtp {
  mail_plugins = sieve
}
plugin {
  sieve = ~/.dovecot.sieve
  sieve_plugins = sieve_extprograms
  sieve_global_extensions = +vnd.dovecot.pipe
  sieve_extensions = +vnd.dovecot.pipe
  sieve_pipe_bin_dir = /usr/lib/dovecot/sieve-pipe
  sieve_pipe_exec_timeout = 60s
}
END
}

sieve_24() {
  cat <<'END'
protocols {
  lmtp = yes
}
mail_driver = maildir
mail_path = ~/Maildir
recipient_delimiter = +
protocol lmtp {
  auth_username_format = %{user|username|lower}
  mail_plugins {
    sieve = yes
  }
}
sieve_plugins {
  sieve_extprograms = yes
}
sieve_script personal {
  driver = file
  path = ~/.dovecot.sieve
}
sieve_extensions {
  vnd.dovecot.pipe = yes
}
sieve_pipe_bin_dir = /usr/lib/dovecot/sieve-pipe
sieve_pipe_exec_timeout = 60s
END
}

start() {
  postfix start && dovecot && wait_for listens 25 || return
  [ "$way" = lmtp ] || return 0
  listen=inet:127.0.0.1:2424
  serve_lmtp
}
stop() { doveadm stop; postfix stop; }
main "$@"
