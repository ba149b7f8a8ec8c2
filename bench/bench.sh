#!/bin/sh
# bench.sh BUILD-DIRECTORY HISTORY PART...: runs the benchmarks, writes bench.json in the build
# directory, and compares with the last line of history.tsv. Asserts nothing, because timings vary.
# If HISTORY is 1, appends a line.
set -eu
build=$(cd "$1" && pwd) keep=$2
here=$(cd "$(dirname "$0")" && pwd)
shift 2
RESULTS=$build/bench.results
export RESULTS
: >"$RESULTS"
for part; do sh "$here/$part.sh" "$build"; done

commit=$(git -C "$here" describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
machine="$(getconf _NPROCESSORS_ONLN) x ${machine:-unknown}"
awk -F '\t' -v date="$(date +%F)" -v commit="$commit" -v machine="$machine" '
  BEGIN { printf "{\"date\":\"%s\",\"commit\":\"%s\",\"machine\":\"%s\",\"results\":[", date, commit, machine }
  { printf "%s\n {\"name\":\"%s\",\"value\":%s,\"low\":%s,\"high\":%s,\"unit\":\"%s\"}",
           NR == 1 ? "" : ",", $1, $2, $3, $4, $5 }
  END { print "\n]}" }' "$RESULTS" >"$build/bench.json"

# The figures that history.tsv keeps are named in its heading.
line=$(awk -F '\t' -v date="$(date +%F)" -v commit="$commit" -v machine="$machine" '
  NR == FNR { value[$1] = $2; next }
  /^# date\t/ {
    printf "%s\t%s\t%s", date, commit, machine
    for (i = 4; i <= NF; i++) printf "\t%s", $i in value ? value[$i] : "-"
  }' \
  "$RESULTS" "$here/history.tsv")
echo "$line" | awk -F '\t' '
  FILENAME != "-" { if ($0 ~ /^# date\t/) split($0, name); else if ($0 !~ /^#/) split($0, before); next }
  before[1] != "" {
    printf "since %s (%s, %s):", before[1], before[2], before[3]
    for (i = 4; i <= NF; i++)
      if ($i != "-" && before[i] + 0 > 0) printf " %s %+.0f %%", name[i], 100 * ($i / before[i] - 1)
    print "" }' "$here/history.tsv" -
if [ "$keep" = 1 ]; then echo "$line" >>"$here/history.tsv"; fi
