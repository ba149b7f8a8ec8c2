# postgres.sh: a PostgreSQL server of its own for a test, on a Unix socket only. Source it after
# tap.sh, and run start_postgres. If PostgreSQL is not installed, the test is skipped.
# shellcheck shell=sh disable=SC2154
PGHOST=$tmp/pg PGDATABASE=bouncedb PGUSER=postgres PGOPTIONS='-c client_min_messages=warning'
export PGHOST PGDATABASE PGUSER PGOPTIONS
unset PGPORT PGPASSWORD PGPASSFILE PGSERVICE PGSSLMODE

pg_bin=$(find /usr/lib/postgresql/*/bin /usr/libexec/postgresql* /usr/local/bin /usr/bin \
  -name initdb 2>/dev/null | sort -V | tail -n 1)
pg_bin=${pg_bin%/initdb}
if [ -z "$pg_bin" ] || ! command -v psql >/dev/null; then
  echo '1..0 # SKIP PostgreSQL is not installed'
  exit 0
fi

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  as_postgres() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
  as_postgres() { "$@"; }
fi

postgres_pid() { sed -n 1p "$PGHOST/data/postmaster.pid"; }

# run_postgres: starts the server on the data that are there
run_postgres() {
  as_postgres "$pg_bin/pg_ctl" -s -w -D "$PGHOST/data" -l "$PGHOST/log" start ||
    { cat "$PGHOST/log"; exit 99; }
}

# stop_postgres [SIGNAL]: INT disconnects everybody, QUIT is as good as a crash
stop_postgres() {
  _pid=$(postgres_pid 2>/dev/null) || return 0
  kill "-${1-INT}" "$_pid" && wait_for not_running "$_pid"
}

# Whoever inherits a process may take seconds to notice that it has ended.
not_running() {
  case $(ps -o stat= -p "$1" 2>/dev/null) in '' | Z*) return 0 ;; *) return 1 ;; esac
}

start_postgres() {
  mkdir "$PGHOST"
  chmod 755 "$tmp"
  [ "$(id -u)" != 0 ] || chown 65534:65534 "$PGHOST"
  trap 'stop_postgres QUIT; cd / && rm -rf "$tmp"' EXIT
  as_postgres "$pg_bin/initdb" -D "$PGHOST/data" -U postgres -A trust -E UTF8 --locale=C -N \
    >"$tmp/initdb.log" 2>&1 || { cat "$tmp/initdb.log"; exit 99; }
  cat >>"$PGHOST/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$PGHOST'
fsync = off
shared_buffers = 16MB
END
  run_postgres
  createdb bouncedb || exit 99
}

# sql STATEMENT [PSQL-OPTION...]: rows with | between columns
sql() { _sql=$1; shift; psql -XAtq -v ON_ERROR_STOP=1 "$@" -c "$_sql"; }
