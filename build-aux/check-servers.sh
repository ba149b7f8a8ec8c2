#!/bin/sh
# check-servers.sh: bouncedb with the mail servers of Debian, each in a layer of its own over this
# system: a bounce is recorded once, an outage defers, and the envelope is what the page says. Changes
# the system, so run it in one that can be thrown away: make check-servers does, in a bare tree. Takes
# root. Ends with a table, and "N passed, N failed".
#
#   SERVERS   which of tests/servers; "mailman sympa" are newsletter tools
set -u
cd "$(dirname "$0")/.." || exit 1
top=$(pwd)
: "${SERVERS:=postfix exim sendmail opensmtpd courier procmail maildrop dovecot}"
layers=/srv/layers
[ "$(id -u)" -eq 0 ] || { echo 'check-servers: only root can install mail servers' >&2; exit 77; }
log=/tmp/check-servers.log

# For mail servers, it has to be in /usr/bin.
install_bouncedb() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends iproute2 bsdextrautils &&
    mkdir -p build/servers && cd build/servers &&
    ../../configure --prefix=/usr --sysconfdir=/etc && make && make install && cd "$top" || return
}
command -v /usr/bin/bouncedb >/dev/null || install_bouncedb >$log 2>&1 || { tail -n 20 $log; exit 1; }

mkdir -p $layers
mount -t tmpfs layers $layers || exit 77
: >/tmp/results

# in_layer UPPER LOWER COMMAND [OPTION...]: in namespaces of its own, with these of unshare too
in_layer() {
  upper=$layers/$1 lower=$2 command=$3
  shift 3
  mkdir -p "$upper/changes" "$upper/work" "$upper/root"
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation unchanged --pid --ipc --fork --kill-child "$@" sh -c '
    mount -t overlay -o "lowerdir=$2,upperdir=$1/changes,workdir=$1/work" overlay "$1/root" &&
      mount -t proc proc "$1/root/proc" && mount --rbind /dev "$1/root/dev" &&
      mount --bind /var/cache/apt/archives "$1/root/var/cache/apt/archives" || exit 126
    exec chroot "$1/root" sh -c "cd \"$3\" && $4"' sh "$upper" "$lower" "$top" "$command" </dev/null
}

for server in $SERVERS; do
  script=tests/servers/$server.sh
  if ! in_layer "$server" / "sh $script install" >>$log 2>&1; then
    echo "NOT OK  $server: it cannot be installed"
    tail -n 20 $log
    continue
  fi
  for way in $(sh "$script" ways); do
    in_layer "$server.$way" "$layers/$server/changes:/" "sh $script test $way" --net --uts 2>>$log
    cat "$layers/$server.$way/changes/tmp/row" >>/tmp/results 2>/dev/null
    rm -rf "${layers:?}/$server.$way"
  done
  rm -rf "${layers:?}/$server"
done | tee /tmp/check-servers.out

echo
[ ! -s /tmp/results ] ||
  printf 'server\tversion\tway\tsender\trecipient\tsigned path\toutage\n' |
    cat - /tmp/results | column -t -s "$(printf '\t')"
umount $layers
passed=$(grep -c '^ok ' /tmp/check-servers.out) failed=$(grep -c '^NOT OK' /tmp/check-servers.out)
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
