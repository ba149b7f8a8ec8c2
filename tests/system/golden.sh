#!/bin/sh
# The golden corpus: next to every tests/samples/READER/NAME.eml there is a NAME.want with the
# output of parse, one field per line; likewise next to events of a service (NAME.json, NAME.csv).
# To add a message, run make update-golden and read the
# difference.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
samples=$top_srcdir/tests/samples

# Leaves out what depends on the bytes of the message or on the wording of a rule, and what only
# events have.
describe() {
  from=
  case $1 in *.csv) from=--from=$(basename "$(dirname "$1")") ;; esac
  "$BOUNCEDB" parse ${from:+"$from"} "$1" | sed 's/^{"file":"[^"]*",/{/; s/,"digest":"[^"]*"//; s/,"event":null//; s/,"rule":[^,}]*//g' |
    sed 's/,"/,\n"/g; s/\[{/[\n{/g; s/},{/},\n{/g'
}

compare() {
  describe "$1" >got
  [ -s got ] || return 1
  if [ -n "${UPDATE_GOLDEN-}" ]; then
    cp got "${1%.*}.want"
  elif [ ! -f "${1%.*}.want" ]; then
    echo "no ${1%.*}.want: run make update-golden, then read it" >&2
    return 1
  else
    diff -u "${1%.*}.want" got
  fi
}

for letter in "$samples"/*/*.eml "$samples"/*/*.json "$samples"/*/*.csv; do
  name=${letter#"$samples"/}
  ok "${name%.*}" compare "$letter"
done

# reader NAME: the messages in the directory NAME are understood by the reader of that name
reader() {
  for _want in "$samples/$1"/*.want; do
    grep -q "\"reader\":\"$1\"" "$_want" || { echo "$_want"; return 1; }
  done
}
for folder in "$samples"/*/; do
  name=$(basename "$folder")
  [ "$name" = none ] || [ "$name" = demo ] || ok "$name is read by its own reader" reader "$name"
done

list() { (cd "$top_srcdir" && ls tests/samples/*/*.eml tests/samples/*/*.json tests/samples/*/*.csv tests/samples/*/*.want) | LC_ALL=C sort; }
if [ -n "${UPDATE_GOLDEN-}" ]; then
  { printf '# Messages and the output of parse for them, see tests/system/golden.sh.\nGOLDEN = \\\n'
    list | sed 's/^/\t/; $!s/$/ \\/'; } >"$top_srcdir/tests/golden.am"
fi
listed() {
  list >there
  sed -n 's/^\t\(tests\/samples\/[^ ]*\).*/\1/p' "$top_srcdir/tests/golden.am" >listed
  diff -u there listed
}
ok "golden.am names every sample" listed

done_testing
