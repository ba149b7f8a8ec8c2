#!/bin/sh
# bench.sh BUILD-DIRECTORY [ROUNDS]: prints ratios; asserts nothing, because timings vary.
set -eu
build=$1 rounds=${2:-500}
# on the same kind of disk as a mail queue, and so not in /tmp, which may be memory
folder=$(mktemp -d "$build/bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
printf '[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\n' "$folder" >"$folder/conf"
"$build/bouncedb" db init --config "$folder/conf" >/dev/null
"$build/bench/deliver" "$rounds" "$build/bench/floor" "$folder/floor.db" -- \
  "$build/bouncedb" --config "$folder/conf"
