#!/bin/sh
# check-fleet.sh FOLDER: the commands of README, "Many mail hosts, one list", on a PostgreSQL server
# and three mail hosts: four bare trees of Debian in one network namespace, with make install.
#
#   SUITES         "bookworm trixie": which have PostgreSQL 15 and 17
#   DEBIAN_MIRROR  where packages come from; without it, debootstrap decides
#
# The numbers are those of the commands there. What is tested is HEAD. Only "systemctl enable" (9)
# cannot run in a tree. The trees stay in FOLDER, with a layer over each of them that goes. Takes root,
# debootstrap and overlays. Prints "N passed, N failed" as its last line; exits 1 where something
# failed, 77 where nothing could be tested.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
: "${SUITES:=bookworm trixie}"

die() { echo "check-fleet: $*" >&2; exit 77; }

[ $# -eq 1 ] || die 'a folder for the trees is needed'
[ "$(id -u)" -eq 0 ] || die 'only root can make and enter a tree'
for tool in debootstrap unshare git ip; do command -v $tool >/dev/null || die "$tool is not installed"; done
mkdir -p "$1" || die "cannot write in $1"
if [ -z "${IN_NAMESPACES-}" ]; then
  unshare --mount --pid --net --fork true || die 'this machine does not let root make namespaces'
  tar=$(mktemp)
  git -c safe.directory="$top" -C "$top" archive HEAD >"$tar" || die "$top is not a git checkout"
fi
folder=$(cd "$1" && pwd)

### What needs the network: a tree with all that is needed to build

tree_of() { echo "$folder/$suite"; }
packages='autoconf automake ca-certificates gcc libc6-dev libglib2.0-dev libgmime-3.0-dev libidn2-dev
  libjansson-dev libpq-dev libseccomp-dev libsqlite3-dev make openssl pkg-config postgresql sqlite3'
make_tree() {
  [ -x "$(tree_of)/usr/bin/apt-get" ] ||
    debootstrap --variant=minbase "$suite" "$(tree_of)" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} || return 1
  printf '#!/bin/sh\nexit 101\n' >"$(tree_of)/usr/sbin/policy-rc.d"
  chmod +x "$(tree_of)/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$(tree_of)/etc/"
  # shellcheck disable=SC2086 # names
  DEBIAN_FRONTEND=noninteractive chroot "$(tree_of)" sh -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' \
    - $packages
}
build() {
  rm -rf "$(tree_of)/src" && mkdir "$(tree_of)/src" && tar -C "$(tree_of)/src" -xf "$tar" &&
    chroot "$(tree_of)" sh -c 'cd /src && autoreconf -fi && ./configure -q --prefix=/usr --sysconfdir=/etc \
      --localstatedir=/var && make -s -j2 && make -s install && { id bouncedb ||
      useradd --system --home-dir /var/lib/bouncedb bouncedb; } && install -d -o bouncedb -g bouncedb -m 750 /var/lib/bouncedb'
}
if [ -z "${IN_NAMESPACES-}" ]; then
  trap 'rm -f "$tar"' EXIT
  for suite in $SUITES; do
    { make_tree && build; } >"$folder/$suite.log" 2>&1 || { tail -n 20 "$folder/$suite.log"; die "$suite: see $folder/$suite.log"; }
  done
  IN_NAMESPACES=yes unshare --mount --pid --net --fork sh "$0" "$folder"
  exit
fi

### The four machines

ip link set lo up
layers=$folder/layers.$$
mkdir -p "$layers"
mount -t tmpfs -o mode=755 none "$layers"
trap 'rmdir "$layers"' EXIT
passed=0 failed=0
check() {
  _what=$1
  shift
  if "$@" >"$layers/out" 2>&1; then
    [ -z "${VERBOSE-}" ] || cat "$layers/out"
    echo "ok      $suite: $_what" && passed=$((passed + 1))
  else
    cat "$layers/out"
    echo "NOT OK  $suite: $_what" && failed=$((failed + 1))
  fi
}
start() { # start MACHINE
  mkdir -p "$layers/$suite/$1/upper" "$layers/$suite/$1/work" "$layers/$suite/$1/root"
  mount -t overlay -o "lowerdir=$(tree_of),upperdir=$layers/$suite/$1/upper,workdir=$layers/$suite/$1/work" \
    none "$layers/$suite/$1/root"
  mount -t proc none "$layers/$suite/$1/root/proc"
  mount --bind /dev "$layers/$suite/$1/root/dev"
  mount -t tmpfs -o mode=1777 none "$layers/$suite/$1/root/dev/shm"
  printf '127.0.0.1 localhost db.example.org\n' >"$layers/$suite/$1/root/etc/hosts"
}
# on MACHINE [USER:]SCRIPT
on() { chroot "$layers/$suite/$1/root" sh -euc "$2"; }
as_postgres() { chroot --userspec=postgres:postgres "$layers/$suite/db/root" sh -euc "export HOME=/var/lib/postgresql; cd /; $1"; }

start_server() {
  on db 'cd /etc/ssl
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=An authority" -keyout ca.key -out ca.crt
    openssl req -newkey rsa:2048 -nodes -subj /CN=db.example.org -keyout db.key -out db.csr
    printf "subjectAltName = DNS:db.example.org\n" >names
    openssl x509 -req -in db.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out db.crt
    chown postgres db.key
    pg_lsclusters -h | grep -q . || pg_createcluster "$(ls /usr/lib/postgresql)" main
    cd /etc/postgresql/*/main
    printf "ssl = on\nssl_cert_file = '\''/etc/ssl/db.crt'\''\nssl_key_file = '\''/etc/ssl/db.key'\''\n" >conf.d/tls.conf
    mkdir -p /run/postgresql && chown postgres /run/postgresql
    pg_ctlcluster "$(ls /usr/lib/postgresql)" main start'
  for host in mx1 mx2 mx3; do
    cat "$layers/$suite/db/root/etc/ssl/ca.crt" >>"$layers/$suite/$host/root/etc/ssl/certs/ca-certificates.crt"
  done
}
create_roles() {
  as_postgres 'for host in mx1 mx2 mx3; do
    psql -d bouncedb -c "CREATE ROLE $host LOGIN PASSWORD '\''secret-$host'\'' IN ROLE bouncedb_host"; done'
}
prepare() { # as after the setup of a pipe
  on "$1" 'mkdir -p /etc/bouncedb
    printf "[database]\nfile = /var/lib/bouncedb/bounces.db\n[delivery]\nsyslog = no\n" >/etc/bouncedb/bouncedb.conf
    bouncedb db init'
}
configure() {
  on "$1" "cd /var/lib/bouncedb
    echo '*:*:*:$1:secret-$1' | install -o bouncedb -m 600 /dev/stdin pgpass
    cat >>/etc/bouncedb/bouncedb.conf <<END
[fleet]
connection = host=db.example.org dbname=bouncedb user=$1 passfile=\$PWD/pgpass \\
sslrootcert=/etc/ssl/certs/ca-certificates.crt
name = $1
END"
}
copy_key() {
  on mx1 'cat /var/lib/bouncedb/bounces.db.fleet' |
    on "$1" 'install -o bouncedb -m 600 /dev/stdin /var/lib/bouncedb/bounces.db.fleet'
}
report() {
  printf 'From: MAILER-DAEMON@%s\nTo: bounces@example.org\nSubject: Returned mail\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nReport\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; %s\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b--\n' "$1" "$1" "$2"
}
deliver() { report "$1.example.org" "$2" | chroot --userspec=bouncedb:bouncedb "$layers/$suite/$1/root" env HOME=/var/lib/bouncedb bouncedb; }
suppressed() { on "$1" "bouncedb check $2 || test \$? = 1"; }

try() {
  for machine in db mx1 mx2 mx3; do start $machine; done
  check "PostgreSQL $(ls "$(tree_of)/usr/lib/postgresql") starts" start_server
  check 1 as_postgres 'createdb bouncedb'
  check 2 as_postgres 'bouncedb fleet init --connection dbname=bouncedb'
  check 3 create_roles
  for host in mx1 mx2 mx3; do
    check "the database of $host" prepare $host
    check "4 and 5 on $host" configure $host
  done
  check 6 on mx1 'bouncedb fleet keygen'
  for host in mx2 mx3; do check "7 on $host" copy_key $host; done
  check 'a bounce at mx2' deliver mx2 ada@example.net
  for host in mx1 mx2 mx3 mx1; do check "8 on $host" on $host 'bouncedb sync'; done
  for host in mx1 mx2 mx3; do check "$host knows it" suppressed $host ada@example.net; done
  check 10 as_postgres 'bouncedb fleet hosts --connection dbname=bouncedb | awk "NR > 1 && \$5 == 0" | wc -l | grep -qx 3'
  check 'stats of all' as_postgres 'printf "[fleet]\nread-connection = dbname=bouncedb\n" >/tmp/board
    bouncedb stats --fleet --config /tmp/board | grep -qx "Hosts of the fleet: 3"'
  check 'a role that has the wrong password' on mx3 'echo "*:*:*:mx3:wrong" >/var/lib/bouncedb/pgpass; bouncedb sync || test $? = 75'
  on db 'pg_ctlcluster "$(ls /usr/lib/postgresql)" main stop -m fast' >/dev/null 2>&1
  check 'without the centre' on mx1 'bouncedb sync 2>&1 | grep "cannot reach the fleet"; bouncedb check ada@example.net || test $? = 1'
  umount -R "$layers/$suite"/*/root
}
for suite in $SUITES; do try; done
umount -l "$layers"
printf '%s passed, %s failed\n' $passed $failed
[ $failed -eq 0 ]
