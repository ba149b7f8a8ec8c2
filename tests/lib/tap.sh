# tap.sh: the Test Anything Protocol for shell tests. Source it first; end with done_testing.
#
# A test gets a temporary directory, which is its current directory, $tmp and $HOME, and is removed
# at the end. So no test ever reads or writes the configuration of the user who runs it.
# shellcheck shell=sh
set -u
tests=0 failures=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bouncedb-test.XXXXXX") || exit 99
trap 'cd / && rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
cd "$tmp" || exit 99
umask 022
HOME=$tmp
export HOME
unset XDG_CONFIG_HOME XDG_DATA_HOME BOUNCEDB_CONFIG BOUNCEDB_DB

# ok NAME COMMAND...: the command (or function) exits 0; otherwise its output is shown
ok() {
  _name=$1 tests=$((tests + 1))
  shift
  if "$@" >"$tmp/.ok" 2>&1; then echo "ok $tests - $_name"; return; fi
  failures=$((failures + 1))
  echo "not ok $tests - $_name"
  sed 's/^/#   /' "$tmp/.ok"
  return 0
}

# check NAME GOT WANT: the two strings are equal
_same() { [ "$1" = "$2" ] || { printf 'got  "%s"\nwant "%s"\n' "$1" "$2"; return 1; }; }
check() { ok "$1" _same "$2" "$3"; }

# check_exit NAME STATUS COMMAND...: exits with STATUS; leaves its output in ./out and ./err
_exits() { _want=$1; shift; "$@" >out 2>err; _got=$?; _same "$_got" "$_want" || { head -20 out err; return 1; }; }
check_exit() { _check=$1; shift; ok "$_check" _exits "$@"; }

# check_file NAME FILE WANT: the two files have the same content
check_file() { ok "$1" diff -u "$3" "$2"; }

# wait_for COMMAND...: the command succeeds, now or within two minutes. Nothing else waits in a test:
# a fixed time is too short on a busy machine, and too long on all others.
wait_for() {
  _end=$(($(date +%s) + 120))
  until "$@"; do
    [ "$(date +%s)" -lt $_end ] || { echo "waited in vain: $*"; return 1; }
    sleep 0.1
  done
}

done_testing() { echo "1..$tests"; [ "$failures" -eq 0 ]; exit; }
