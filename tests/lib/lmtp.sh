# lmtp.sh: the service for shell tests, and clients of it. Source it after tap.sh; it needs the
# configuration ./conf.
# shellcheck shell=sh disable=SC2154
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${top_builddir:=$top_srcdir/build}"
client=$top_builddir/tests/system/lmtp-client
socket=unix:$tmp/socket
service=
trap 'stop_service; cd / && rm -rf "$tmp"' EXIT

# stop_service [SIGNAL]: and waits for its end; leaves its status in $status
stop_service() {
  [ -n "$service" ] || return 0
  kill "${1:--TERM}" "$service"
  wait "$service" 2>/dev/null
  # shellcheck disable=SC2034 # for the tests that source this
  status=$?
  service=
}

# start_service [OPTION...]
start_service() {
  stop_service
  "$BOUNCEDB" lmtp --config conf --listen "$socket" "$@" 2>log &
  service=$!
  wait_for answers
}
answers() { printf 'QUIT\r\n' | "$client" "$socket" talk 2>/dev/null | grep -q '^221'; }

# wire: a message on standard input as it is sent, with its end
wire() { LC_ALL=C sed 's/\r*$//; s/^\./../; s/$/\r/'; printf '.\r\n'; }

# message SENDER RECIPIENT...: the commands for the message on standard input
message() {
  printf 'MAIL FROM:<%s>\r\n' "$1"
  shift
  printf 'RCPT TO:<%s>\r\n' "$@"
  printf 'DATA\r\n'
  wire
}

# talk: sends commands on standard input after LHLO; leaves the replies to them in ./replies
talk() {
  { printf 'LHLO client\r\n'; cat; printf 'QUIT\r\n'; } | "$client" "$socket" talk | tr -d '\r' |
    sed '/^220/d; /^250[- ]\([A-Z8]*$\|[a-z]\)/d' >replies
}

# send FILE [RECIPIENT...]: delivers it; leaves the replies to its end in ./replies
send() {
  _file=$1
  shift
  [ $# -gt 0 ] || set -- bounces@example.org
  message '' "$@" <"$_file" | talk
  sed -i '1,/^354/d; /^221/d' replies
}
