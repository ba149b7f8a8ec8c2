# with-postfix.sh: for what Postfix runs or delivers to. Source it after common.sh.
# shellcheck shell=sh disable=SC2154

# basics [SETTING...]
basics() {
  postconf -e 'myhostname = mx.news.example' 'mydestination = news.example, localhost' \
    'inet_interfaces = loopback-only' 'inet_protocols = ipv4' 'recipient_delimiter = +' \
    'maillog_file = /var/log/postfix.log' 'compatibility_level = 3.6' 'minimal_backoff_time = 1s' \
    'mynetworks = 127.0.0.0/8' 'smtpd_relay_restrictions = permit_mynetworks, reject' "$@"
}

# recipe PROGRAM FILE: Postfix delivers by that program, with the recipe of contrib in that file
recipe() {
  basics "mailbox_command = /usr/bin/$1"
  grep -v '^#' "$top/contrib/$1" >"/home/bounces/$2"
  chmod 600 "/home/bounces/$2"
  chown bounces "/home/bounces/$2"
}

start() { postfix start && wait_for listens 25; }
queued() { [ -n "$(postqueue -j)" ]; }
flush() { postqueue -f; }
stop() { postfix stop; }
