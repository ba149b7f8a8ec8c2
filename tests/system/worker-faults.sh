#!/bin/sh
# System calls of a worker that fail: one call at a time, with each error that fits it. A worker that
# cannot go on costs its message a second delivery, never a verdict: in the end each message is on
# disk once, and none is recorded as unreadable.
#
# CASES = how many faults, evenly spread over all that there are: a few in make check, more in make
# soak.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
# shellcheck source=tests/lib/lmtp.sh
. "$top_srcdir/tests/lib/lmtp.sh"
: "${CASES:=12}"
# shellcheck source=tests/lib/faults.sh
. "$top_srcdir/tests/lib/faults.sh"
command -v pgrep >/dev/null || skip "no pgrep"

chmod 700 .
configure "$tmp/run"
mkdir run
"$BOUNCEDB" db init --config conf >/dev/null
mv run base
bounce 1 >report
ordinary 2 >letter
reset() { rm -rf run && cp -R base run; }

rows() {
  sqlite3 run/x.db "SELECT kind, count(*), count(DISTINCT digest) FROM message GROUP BY 1;
    SELECT recipient FROM failure ORDER BY 1; SELECT address FROM suppression ORDER BY 1"
}

problem() {
  echo "$name $number $error: $*"
  sed 's/^/  /' log
  grep INJECTED trace
}

# judge_rows: whether all is recorded once. Memory that the system does not give looks like the
# memory that a message may not take: that one is kept, and can be read again.
judge_rows() {
  [ "$error" != ENOMEM ] || "$BOUNCEDB" reclassify --unreadable --config conf >out 2>&1 || problem "reclassify: $(cat out)"
  [ "$(rows)" = "$want" ] || problem "there is $(rows)"
  "$BOUNCEDB" db check --config conf >out 2>&1 || problem "db check says $(cat out)"
}

### In the cage: reading, parsing, answering

# load: two small messages and two large ones, each until it is acknowledged
load() {
  timeout 120 "$client" "$socket" load 1 2 && timeout 120 "$client" "$socket" load 1 2 2000000 ||
    problem "not everything is acknowledged"
}
attached() { [ "$(grep -c attached attaching)" -eq "$(wc -w <workers)" ]; } 2>/dev/null

# tracer PID: who traces that process; 0 = nobody
tracer() { sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$1/status"; }
lifted() {
  pgrep -P $service >workers || return 1
  while read -r _pid; do grep -q "^$_pid .*INJECTED" lifting || return 1; done <workers
}
untraced() {
  for _pid in $service $(cat workers); do [ "$(tracer "$_pid")" -eq 0 ] || return 1; done
}

# A call that strace refuses has no number that the filter would allow. So these workers have none:
# one tracer refuses the call that installs it, before another one takes over.
cat >uncaged <<END_OF_SCRIPT
#!/bin/sh
exec strace -I 1 -D -f -o lifting -e trace=prctl -e inject=prctl:error=EINVAL:when=5 "$BOUNCEDB" "\$@"
END_OF_SCRIPT
chmod +x uncaged
start_uncaged() {
  _caged=$BOUNCEDB BOUNCEDB=$tmp/uncaged
  start_service
  BOUNCEDB=$_caged
  wait_for lifted
  kill "$(tracer $service)"
  wait_for untraced
}

# serve_with [OPTION...]: all messages, while strace has the workers with these options
serve_with() {
  reset
  start_uncaged
  # shellcheck disable=SC2046 # numbers
  strace -o trace "$@" $(sed 's/^/-p /' workers) 2>attaching &
  _tracing=$!
  wait_for attached
  load >out
  stop_service
  wait $_tracing
}

# Nobody else may trace them.
if [ "$(id -u)" -eq 0 ]; then
  name='' number='' error=''
  serve_with >problems
  check_file "undisturbed, all is acknowledged" problems /dev/null
  want=$(rows)
  ok "and recorded" [ "$(echo "$want" | head -n 2 | tr "\n" " ")" = "bounce|3|3 other|1|1 " ]
  sed 's/^[0-9]* *//; /^<\.\.\./d; /^[+-]/d' trace >calm

  # Each call of the workers, with each error that fits it
  awk 'NR == FNR { for (i = 2; i <= NF; i++) errors[$1] = errors[$1] " " $i; next }
    { name = $0; sub(/\(.*/, "", name); count[name]++
      n = split(errors[name], error, " "); for (i = 1; i <= n; i++) print name, count[name], error[i] }
  ' fitting calm >all
  spread all >chosen
  : >injected
  while read -r name number error; do
    serve_with -e "inject=$name:error=$error:when=$number" </dev/null
    grep -q INJECTED trace || continue
    echo >>injected
    judge_rows
  done <chosen >problems
  ok "working: $(wc -l <injected) of $(wc -l <all) faults" cmp -s problems /dev/null
  sed 's/^/# /' problems
  ok "most were injected" [ $(($(wc -l <injected) * 10)) -ge $(($(wc -l <chosen) * 6)) ]
fi

### On the way into the cage: what a kernel does not have, or does not allow, is left out

deliver() { "$@" "$BOUNCEDB" --config conf <report; }
recorded() { sqlite3 run/x.db 'SELECT kind, recipient FROM message LEFT JOIN failure USING (message_id)'; }

ways='close_range dup2 landlock_create_ruleset landlock_restrict_self prctl prlimit64'
reset
deliver strace -f -o trace -e "trace=$(echo "$ways" | tr ' ' ,)" 2>log
check "into the cage, undisturbed" $? 0
want=$(recorded)
awk '{ sub(/\(.*/, "", $2); count[$1, $2]++; if (count[$1, $2] > most[$2]) most[$2] = count[$1, $2] }
  END { for (name in most) for (i = 1; i <= most[name]; i++) { print name, i, "EINVAL"; print name, i, "EPERM" } }
' trace | grep -v '^[<+]' | sort >all
spread all >chosen
: >injected
while read -r name number error; do
  reset
  deliver strace -f -o trace -e "inject=$name:error=$error:when=$number" >out 2>log </dev/null
  status=$?
  grep -q INJECTED trace || continue
  echo >>injected
  case $status in
    0) ;;
    75) [ -s log ] || problem "says nothing"; deliver >out 2>log || problem "the next one exits with $?" ;;
    *) problem "exit status $status" ;;
  esac
  [ "$(recorded)" = "$want" ] || problem "there is $(recorded)"
done <chosen >problems
ok "into the cage: $(wc -l <injected) of $(wc -l <all) faults" cmp -s problems /dev/null
sed 's/^/# /' problems

# but with "required", there is no message without a filter
printf '[cage]\nrequired = yes\n' >>conf
reset
number=$(grep prctl trace | awk '{ n[$1]++ } /PR_SET_SECCOMP/ { print n[$1]; exit }')
check_exit "required: no filter, no verdict" 75 deliver strace -f -o trace -e "inject=prctl:error=EINVAL:when=$number"
ok "and it says why" grep -q 'cage' err
check "nothing is recorded" "$(recorded)" ""

done_testing
