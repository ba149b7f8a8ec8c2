#!/bin/sh
# lmtp.sh BUILD-DIRECTORY [MESSAGES [CLIENTS]]: the service against the pipe, with as many clients,
# in one run: the pipe before and after it, so that what else the machine does hits both. Prints
# rates, delays, and the processor time of the service with its workers; asserts nothing.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
messages=${2:-2000} clients=${3:-20}

through_pipe() {
  fresh "$1"
  "$client" pipe load "$clients" "$((messages / 10))" 5000 "$bouncedb" --config "$folder/$1.conf"
}
listens() { printf 'QUIT\r\n' | "$client" "unix:$folder/socket" talk >/dev/null 2>&1; }

# spent: processor time of the service and its workers, in milliseconds
spent() {
  for pid in "$service" $(cat "/proc/$service/task/$service/children"); do cat "/proc/$pid/stat"; done |
    awk -v hz="$(getconf CLK_TCK)" '{ ticks += $14 + $15 } END { print int(ticks * 1000 / hz) }'
}

through_service() {
  fresh service
  "$bouncedb" lmtp --config "$folder/service.conf" --listen "unix:$folder/socket" &
  service=$! running=$service
  until listens; do sleep 0.1; done
  before=$(spent)
  "$client" "unix:$folder/socket" load "$clients" "$messages" 5000
  awk -v ms="$(($(spent) - before))" -v n="$messages" 'BEGIN { printf "%.2f\n", ms / n }' >"$folder/spent"
  sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$service/status" >"$folder/memory"
  stop
  wait "$service"
}

rate() { sed -n 's/^[0-9]* messages, \([0-9]*\) a second.*/\1/p' "$1"; }
through_pipe one >"$folder/one"
through_service >"$folder/out"
through_pipe two >"$folder/two"
for name in one out two; do cat "$folder/$name"; done
result lmtp.rate 'messages a second' "$(rate "$folder/out")"
result lmtp.ratio 'times the rate of the pipe' "$(awk -v a="$(rate "$folder/one")" \
  -v b="$(rate "$folder/two")" -v s="$(rate "$folder/out")" 'BEGIN { printf "%.1f", 2 * s / (a + b) }')"
result lmtp.p99 'ms, the 99th of 100 delays' "$(sed 's/.*p99 \([0-9.]*\) ms/\1/' "$folder/out")"
result lmtp.processor 'ms of processor time a message' "$(cat "$folder/spent")"
result lmtp.memory 'KiB at most' "$(cat "$folder/memory")"
