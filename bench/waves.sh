#!/bin/sh
# waves.sh BUILD-DIRECTORY [MESSAGES]: a wave of bounces, delivered by many programs at a time: the
# floor, bouncedb, and bouncedb-submit with the service.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
messages=${2:-1000}

# wave PROGRAMS COMMAND...: leaves the rate in $rate and the delays in $p50 and $p99 (milliseconds)
wave() {
  programs=$1
  shift
  line=$("$client" pipe load "$programs" "$messages" 5000 "$@")
  rate=$(echo "$line" | sed 's/.*, \([0-9]*\) a second.*/\1/')
  p50=$(echo "$line" | sed 's/.*p50 \([0-9.]*\) ms.*/\1/')
  p99=$(echo "$line" | sed 's/.*p99 \([0-9.]*\) ms/\1/')
}
listens() { printf 'QUIT\r\n' | "$client" "unix:$folder/socket" talk >/dev/null 2>&1; }

# show NAME: as a ratio to the floor of the same run
show() {
  result "waves.$programs.$1.rate" 'messages a second' "$rate"
  result "waves.$programs.$1.ratio" 'times the rate of the floor' \
    "$(awk -v a="$rate" -v b="$floor" 'BEGIN { printf "%.2f", a / b }')"
  result "waves.$programs.$1.delay" 'ms, median and 99th of 100' "$p50" "$p50" "$p99"
}

for programs in 20 100; do
  wave "$programs" "$build/bench/floor" "$folder/floor.$programs"
  floor=$rate
  show floor
  fresh pipe
  wave "$programs" "$bouncedb" --config "$folder/pipe.conf"
  show pipe
  fresh service
  "$bouncedb" lmtp --config "$folder/service.conf" --listen "unix:$folder/socket" &
  running=$!
  until listens; do sleep 0.1; done
  wave "$programs" "$build/bouncedb-submit" "--socket=$folder/socket" --sender= --recipient=b@example.org
  show submit
  stop
done
