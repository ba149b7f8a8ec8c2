# common.sh: for the benchmarks. Source it with the build directory as $1.
#
# A figure is printed, and if RESULTS names a file it is added there: name, value, lowest, highest and
# unit, separated by tabs.
# shellcheck shell=sh disable=SC2034
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
bouncedb=$build/bouncedb
client=$build/tests/system/lmtp-client
# on the same kind of disk as a mail queue, and so not in /tmp, which may be memory
folder=$(mktemp -d "$build/bench.XXXXXX")
running=
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
chmod 700 "$folder"

# stop: all that began with "running"
stop() {
  for pid in $running; do kill "$pid" 2>/dev/null; done
  running=
}

# fresh NAME: an empty database, and its configuration $folder/NAME.conf
fresh() {
  rm -f "$folder/$1".db*
  printf '[database]\nfile = %s/%s.db\n[delivery]\nsyslog = no\n' "$folder" "$1" >"$folder/$1.conf"
  "$bouncedb" db init --config "$folder/$1.conf" >/dev/null
}

# result NAME UNIT VALUE [LOWEST HIGHEST]
result() {
  printf '%-48s %8s %s%s\n' "$1" "$3" "$2" "${4:+ ($4 to $5)}"
  [ -z "${RESULTS:-}" ] || printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$3" "${4:-$3}" "${5:-$3}" "$2" >>"$RESULTS"
}

# results NAME UNIT: of all runs, one value a line; the median and the range
results() {
  # shellcheck disable=SC2046 # three words
  result "$1" "$2" $(sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[1], v[NR] }')
}
