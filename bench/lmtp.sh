#!/bin/sh
# lmtp.sh BUILD-DIRECTORY [MESSAGES [CLIENTS]]: the service against the pipe, with as many clients,
# in one run: the pipe before and after it, so that what else the machine does hits both. Prints
# rates, delays, and the processor time of the service with its workers; asserts nothing.
set -eu
build=$1 messages=${2:-2000} clients=${3:-20}
# on the same kind of disk as a mail queue, and so not in /tmp, which may be memory
folder=$(mktemp -d "$build/bench.XXXXXX")
service=
trap '[ -z "$service" ] || kill "$service"; rm -rf "$folder"' EXIT
client=$build/tests/system/lmtp-client

# fresh NAME: a database, and its configuration
fresh() {
  printf '[database]\nfile = %s/%s.db\n[delivery]\nsyslog = no\n' "$folder" "$1" >"$folder/$1.conf"
  "$build/bouncedb" db init --config "$folder/$1.conf" >/dev/null
}
through_pipe() {
  fresh "$1"
  "$client" pipe load "$clients" "$((messages / 10))" 5000 "$build/bouncedb" --config "$folder/$1.conf"
}
listens() { printf 'QUIT\r\n' | "$client" "unix:$folder/socket" talk >/dev/null 2>&1; }

# spent: processor time of the service and its workers, in milliseconds
spent() {
  for pid in "$service" $(cat "/proc/$service/task/$service/children"); do cat "/proc/$pid/stat"; done |
    awk -v hz="$(getconf CLK_TCK)" '{ ticks += $14 + $15 } END { print int(ticks * 1000 / hz) }'
}

through_service() {
  fresh service
  "$build/bouncedb" lmtp --config "$folder/service.conf" --listen "unix:$folder/socket" &
  service=$!
  until listens; do sleep 0.1; done
  before=$(spent)
  "$client" "unix:$folder/socket" load "$clients" "$messages" 5000
  awk -v ms="$(($(spent) - before))" -v n="$messages" \
    'BEGIN { printf "%.2f ms of processor time a message\n", ms / n }'
  sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1 KiB of memory at most/p' "/proc/$service/status"
  kill "$service"
  wait "$service"
  service=
}

rate() { sed -n 's/^[0-9]* messages, \([0-9]*\) a second.*/\1/p' "$1"; }
through_pipe one >"$folder/one"
through_service >"$folder/out"
through_pipe two >"$folder/two"
for name in one out two; do cat "$folder/$name"; done
awk -v a="$(rate "$folder/one")" -v b="$(rate "$folder/two")" -v s="$(rate "$folder/out")" \
  'BEGIN { printf "the service: %.1f times the rate of the pipe\n", 2 * s / (a + b) }'
