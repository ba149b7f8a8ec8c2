#!/bin/sh
# A host connects over the network only to the server that it means: by default, the certificate has
# to be valid, and for this name.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
command -v openssl >/dev/null || { echo '1..0 # SKIP openssl is not installed'; exit 0; }
command -v perl >/dev/null || { echo '1..0 # SKIP perl is not installed'; exit 0; }
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/fleet.sh
. "$top_srcdir/tests/lib/fleet.sh"
now=1790000000

# authority NAME: a key and a certificate that signs others
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}
authority right
authority wrong
printf 'subjectAltName = DNS:localhost\n' >names
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr 2>/dev/null
openssl x509 -req -in server.csr -CA right.crt -CAkey right.key -CAcreateserial -days 2 -extfile names \
  -out server.crt 2>/dev/null

start_postgres
make_hosts mx1
cp server.key server.crt "$PGHOST"
chmod 600 "$PGHOST/server.key"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$PGHOST/server.key"
stop_postgres INT
PGPORT=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
export PGPORT
cat >>"$PGHOST/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $PGPORT
ssl = on
ssl_cert_file = '$PGHOST/server.crt'
ssl_key_file = '$PGHOST/server.key'
END
run_postgres

# to HOST OPTIONS: syncs with that server
to() {
  sed -i "s,^connection.*,connection = host=$1 hostaddr=127.0.0.1 port=$PGPORT dbname=bouncedb user=mx1 $2," mx1/conf
  at mx1 sync
}
check_exit "the right server" 0 to localhost "sslrootcert=$tmp/right.crt"
check_exit "without a certificate to check with" 75 to localhost ''
ok "in libpq's words" grep -q 'root certificate file' err
check_exit "signed by another" 75 to localhost "sslrootcert=$tmp/wrong.crt"
ok "in libpq's words" grep -q 'certificate verify failed' err
check_exit "for another name" 75 to db.example.org "sslrootcert=$tmp/right.crt"
ok "in libpq's words" grep -q 'does not match host name' err
check_exit "whoever does not want to check says so" 0 to db.example.org 'sslmode=require'
check "nothing was sent to the others" "$(sql 'SELECT count(*) FROM fleet.host')" 1
### Root runs it as the owner of the database, who cannot read root's home

if [ "$(id -u)" = 0 ]; then
  mkdir -m 700 home
  chown -R 65534:65534 mx1
  chown 0:0 mx1/conf
  HOME=$tmp/home
  export HOME
  check_exit "by root" 0 to localhost "sslrootcert=$tmp/right.crt"
fi
done_testing
