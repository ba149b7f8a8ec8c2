#!/bin/sh
# bouncedb deliver: what is recorded, and that it never exits with anything but 0 and 75.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

unset SENDER RECIPIENT ORIGINAL_RECIPIENT
printf '[database]\nfile = %s/db/x.db\n[delivery]\nsyslog = no\n' "$tmp" >conf
mkdir db
"$BOUNCEDB" --config conf db init >/dev/null

deliver() { "$BOUNCEDB" --config conf "$@"; }
sql() { sqlite3 -readonly db/x.db "$1"; }
silent() { [ ! -s out ] && [ ! -s err ] || { cat out err; return 1; }; }

# One line from bouncedb, and nothing on standard output, because mail servers read it.
one_line() {
  [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -q '^bouncedb: [^0-9]' err || { cat out err; return 1; }
}

# delivers NAME LETTER [OPTION...]: exits 0 and prints nothing
delivers() { _letter=$2 _case=$1; shift 2; check_exit "$_case" 0 deliver "$@" <"$_letter"; ok "$_case: silent" silent; }

# refuses NAME LETTER COMMAND...: exits 75 and prints one line
refuses() { _letter=$2 _case=$1; shift 2; check_exit "$_case" 75 "$@" <"$_letter"; ok "$_case: one line" one_line; }

### What is recorded.

bounce 1 >letter
delivers "a bounce" letter
check "its row" "$(sql 'SELECT recipient, class, reason, reply_code, status FROM failure')" \
  'r1@example.net|permanent|user_unknown|550|5.1.1'
check "its message" "$(sql 'SELECT kind, reader, envelope_sender, envelope_recipient, notes FROM message')" \
  'bounce|rfc3464||bounces@example.org|0'

delivers "the same again" letter
{ echo "From MAILER-DAEMON  Sat Nov 21 10:00:00 2026"; cat letter; } >again
delivers "the same with a From_ line" again
sed 's/$/\r/' letter >again
delivers "the same with CRLF" again
tr '\n' '\r' <letter >again
delivers "the same with CR" again
{ cat letter; echo; echo; } >again
delivers "the same with blank lines at the end" again
check "is recorded once" "$(sql 'SELECT count(*) FROM message')" 1
check "and nothing is kept of a bounce" "$(find db -name "keep*")" ""

sed '/^From: news/q' letter >again
delivers "the beginning of it, from a server that crashed" again
check "the failure counts once" "$(sql 'SELECT count(*) FROM failure')" 1

### What is not a report is kept.

ordinary 1 >letter
delivers "an ordinary message" letter
kept=$(sql "SELECT kept FROM message ORDER BY message_id DESC LIMIT 1")
check "is recorded as such" "$(sql "SELECT kind FROM message ORDER BY message_id DESC LIMIT 1")" other
check_file "and kept unchanged" "$kept" letter
delivers "the same again" letter
check "is kept once" "$(ls db/keep/new | wc -l)" "$(ls db/keep/new | wc -l)"
rm "$kept"
delivers "the same after the kept file was removed" letter
ok "is not kept again" test ! -e "$kept"
check "nothing is left in tmp" "$(ls db/keep/tmp)" ""

big 200000 >letter
delivers "a large message" letter
kept=$(sql "SELECT kept FROM message ORDER BY message_id DESC LIMIT 1")
check_file "is kept completely" "$kept" letter
check "with its size" "$(sql 'SELECT size FROM message ORDER BY message_id DESC LIMIT 1')" "$(wc -c <letter)"

for name in empty:"" from-line:"From a Sat Nov 21 10:00:00 2026\n" blank:"\n\n\n" garbage:"\377\376\0\1x"; do
  printf "%b" "${name#*:}" >letter
  before=$(sql 'SELECT count(*) FROM message')
  SENDER='' delivers "${name%%:*} input" letter
  check "${name%%:*} input: accounted for" "$(sql 'SELECT count(*) FROM message')" $((before + 1))
  rm -rf db && mkdir db && deliver db init
done

### The envelope.

ordinary 2 >letter
delivers "options" letter --sender '<s@example.org>' --recipient 'bounces+r=example.net@example.org'
check "options take precedence" "$(sql 'SELECT envelope_sender, envelope_recipient FROM message')" \
  's@example.org|bounces+r=example.net@example.org'
ordinary 3 >letter
# shellcheck disable=SC2016
delivers "hostile options" letter -f '$(touch x); drop table' --recipient "$(printf 'a\nb@c')"
check "are ignored" "$(sql 'SELECT envelope_sender IS NULL, envelope_recipient IS NULL FROM message WHERE message_id = 2')" '1|1'
ordinary 4 >letter
export SENDER='' RECIPIENT='bounces@example.org'
delivers "the environment" letter
unset SENDER RECIPIENT
check "is used" "$(sql 'SELECT envelope_sender, envelope_recipient FROM message WHERE message_id = 3')" \
  '|bounces@example.org'

### 75 for every error.

bounce 2 >letter
refuses "an unknown option" letter deliver --no-such-option
refuses "an argument" letter deliver deliver argument
refuses "an unknown command" letter deliver frobnicate
refuses "an invalid number" letter deliver --now yesterday
refuses "an option whose value is a command, and an argument" letter deliver --sender list extra
for help in "deliver -h" "deliver --help" -h --help help --version "--db list --help"; do
  # shellcheck disable=SC2086
  refuses "a message and $help" letter "$BOUNCEDB" $help
done
# shellcheck disable=SC2002 # a pipe is what is tested
piped() { cat letter | "$BOUNCEDB" "$@"; }
check_exit "the same through a pipe" 75 piped --version
for help in "deliver -h" --help --version; do
  # shellcheck disable=SC2086
  check_exit "no message and $help" 0 "$BOUNCEDB" $help </dev/null
  ok "prints" test -s out
done
check_exit "an empty pipe and --version" 0 sh -c ': | "$0" --version' "$BOUNCEDB"
refuses "no such configuration" letter "$BOUNCEDB" --config /nonexistent
printf '[databse]\nfile = /x\n' >bad
chmod 644 bad
refuses "a bad configuration" letter "$BOUNCEDB" --config bad
refuses "a directory as the configuration" letter "$BOUNCEDB" --config .
printf '[rules]\nfile = %s/letter\n' "$tmp" >bad
refuses "bad rules" letter deliver --config bad
refuses "no database" letter deliver --db db/absent.db
: >empty.db
refuses "an emptied database" letter deliver --db empty.db
echo "this is not a database, however long it may be" >foreign.db
refuses "a foreign file" letter deliver --db foreign.db
refuses "a directory as the database" letter deliver --db db
ln -s "$tmp/db/x.db" link.db
refuses "a link in place of the database" letter deliver --db link.db
closed() { deliver <&-; }
refuses "no standard input" letter closed
refuses "a directory as standard input" . deliver
printf '[delivery]\nkeep = %s/letter/keep\nsyslog = no\n' "$tmp" >bad
ordinary 5 >other
refuses "no place to keep a message" other deliver --config bad --db db/x.db
check "and then nothing is recorded" "$(sql 'SELECT count(*) FROM message')" 3
# make passes on 3 and up; the linker needs one for a moment
# shellcheck disable=SC3045 # every shell has -n
few_descriptors() { (exec 3>&- 4>&- 5>&- 6>&- && ulimit -n 4 && deliver); }
refuses "no descriptors left" letter few_descriptors
# These limits also apply to what a build with --enable-coverage writes at its end.
export GCOV_PREFIX="$tmp/gcov" GCOV_ERROR_FILE=/dev/null
small_files() { (ulimit -f 1 && deliver); }
refuses "a limit on the size of files" letter small_files
ok "is named" grep -q mailbox_size_limit err
"$BOUNCEDB" db init --db fresh.db
for n in 1 2 3 4 5; do # its log grows beyond the limit, but not so far that it is copied back
  [ "$(wc -c <fresh.db-wal)" -gt 66000 ] || bounce 90$n | deliver --db fresh.db
done 2>/dev/null
small_log() { (ulimit -f 64 && deliver --db fresh.db); } # 32 or 64 kB, by the shell
refuses "a limit that only the log reaches" letter small_log
ok "is named too" grep -q mailbox_size_limit err
unset GCOV_PREFIX GCOV_ERROR_FILE
check "none of these is recorded" "$(sql 'SELECT count(*) FROM message')" 3

printf '5.1.1 x\n\n5.1.1 x\n' >status
refuses "a message that looks like a status" status deliver --db db/absent.db

# With any amount of memory that lets the program start.
# shellcheck disable=SC3045 # nearly every shell has -v
for kilobytes in 11000 12000 13000 14000 15000 16000 17000 18000 20000 24000 32000 64000; do
  little_memory() { (ulimit -v $kilobytes && deliver); }
  (ulimit -v $kilobytes && "$BOUNCEDB" --version </dev/null) >/dev/null 2>&1 || continue
  little_memory <letter >out 2>err
  status=$?
  ok "$kilobytes kB of memory: exit $status" test $status -eq 0 -o $status -eq 75
  [ $status -eq 0 ] || ok "$kilobytes kB of memory: our line" grep -q '^bouncedb: ' err
done

### It reads to the end, whatever the message is.

# The writer says whether all was taken from it; not every shell waits for it.
read_all() {
  rm -f written
  { if big 3000000; then echo all >half; else echo some >half; fi; mv half written; } |
    deliver "$@" >out 2>err
  _status=$?
  wait_for test -e written && [ "$(cat written)" = all ] && return "$_status"
}
check_exit "all of a large message is read" 0 read_all
check_exit "even with a wrong command line" 75 read_all --no-such-option
check_exit "even without a database" 75 read_all --db absent.db

### A parser that is killed from outside is no reason to give up on a message.

# The worker is stopped before it gets the message, so that it can be killed while it has it: when
# the database is open, the message has been handed over. Its parent cannot be traced meanwhile, so
# only root sees that.
killed() {
  rm -f pipe
  mkfifo pipe
  "$BOUNCEDB" --config conf <pipe >out 2>err &
  _parent=$!
  exec 7>pipe
  wait_for pgrep -P $_parent >worker
  kill -STOP "$(cat worker)"
  cat letter >&7
  exec 7>&-
  # shellcheck disable=SC2016 # for the inner shell
  wait_for sh -c 'ls -l /proc/$1/fd | grep -q x.db' sh $_parent
  kill -KILL "$(cat worker)"
  wait $_parent
}
if [ "$(id -u)" -eq 0 ] && [ -d /proc/self/fd ] && command -v pgrep >/dev/null; then
  sed 's/^Subject:.*/Subject: killed from outside/' <"$top_srcdir/tests/samples/rfc3464/$(cd "$top_srcdir/tests/samples/rfc3464" && ls -- *.eml | head -1)" >letter
  before=$(sql 'SELECT count(*) FROM message')
  for try in 1 2; do
    killed
    check "killed, try $try" $? 75
    ok "killed, try $try: one line" one_line
    check "killed, try $try: nothing is recorded" "$(sql 'SELECT count(*) FROM message')" "$before"
  done
  killed
  check "killed, the third try" $? 0
  check "killed, the third try: is kept" "$(sql 'SELECT kind FROM message ORDER BY message_id DESC LIMIT 1')" unreadable
  last='FROM message ORDER BY message_id DESC LIMIT 1'
  "$BOUNCEDB" --config conf import "$(sql "SELECT kept $last")" >/dev/null
  check "killed: an import reads it again" "$(sql "SELECT kind $last")" bounce
  check "and nothing twice" "$(sql 'SELECT count(*) FROM message')" $((before + 1))
  ok "its copy stays known" test -f "$(sql "SELECT kept $last")"
fi

### Signals do not kill it.

# big returns when the program has read what does not fit in the pipe, and is waiting for more.
mkfifo pipe
# numbers: the names of these are not known everywhere; 34 and 64 are real-time signals of Linux
for signal in TERM INT HUP QUIT USR1 XCPU ALRM SEGV ABRT VTALRM PROF SYS 16 29 30 34 50 64; do
  case $signal in SEGV | ABRT) nm "$BOUNCEDB" 2>/dev/null | grep -q __asan_init && continue ;; esac
  "$BOUNCEDB" --config conf <pipe >out 2>err &
  pid=$!
  exec 9>pipe
  big 200000 >&9
  kill -s $signal $pid
  wait $pid
  check "SIG$signal is answered with" $? 75
  exec 9>&-
  ok "SIG$signal: one line" one_line
done

if command -v perl >/dev/null; then
  # perl ignoring SIGNAL... -- COMMAND...: with these ignored, and all blocked
  cat >ignoring <<'END_PERL'
use POSIX;
$SIG{$_} = "IGNORE" while ($_ = shift) ne "--";
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1 .. 31));
exec @ARGV or die;
END_PERL
  bounce 77 >letter
  check_exit "inherited ignored and blocked signals" 0 \
    perl ignoring CHLD ALRM TERM -- "$BOUNCEDB" --config conf <letter
  check "do not keep it from recording" "$(sql "SELECT count(*) FROM failure WHERE recipient = 'r77@example.net'")" 1
  perl ignoring TERM ALRM -- "$BOUNCEDB" --config conf <pipe >out 2>err &
  pid=$!
  exec 9>pipe
  big 200000 >&9
  kill -s TERM $pid
  wait $pid
  check "a signal that was blocked and ignored is answered with" $? 75
  exec 9>&-
fi

### With closed descriptors, nothing is written to a wrong file.

cp letter before
unheard() { deliver >&- 2>&-; }
check_exit "closed standard output and error" 0 unheard <letter
check_exit "closed standard error, and a failure" 75 sh -c '"$0" --config bad --frob 2>&-' "$BOUNCEDB" <letter
check "the database is intact" "$(sql 'PRAGMA integrity_check')" ok

bounce 78 >letter
check_exit "an option whose value is a command" 0 deliver --sender list --recipient x@y.example <letter
check "is only an option" "$(sql "SELECT count(*) FROM failure WHERE recipient = 'r78@example.net'")" 1

### The database of the user who runs it.

mkdir home
first_use() { (cd / && exec env -i HOME="$tmp/${1:-home}" LANG=C "$BOUNCEDB"); }
check_exit "the first delivery creates the database" 0 first_use <letter
check "in the user's home" "$(ls home/.local/share/bouncedb/bounces.db)" home/.local/share/bouncedb/bounces.db
check "that nobody else can read" "$(stat -c %a home/.local/share/bouncedb/bounces.db)" 600
rm home/.local/share/bouncedb/bounces.db
refuses "a database that is gone is not created again" letter first_use
refuses "an unusable home directory" letter first_use letter/home

### Many deliveries in parallel.

rm -rf db && mkdir db && deliver db init
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  bounce "$i" >"letter$i"
  deliver <"letter$i" >>together 2>&1 || echo "exit $?" >>together &
  deliver <"letter$i" >>together 2>&1 || echo "exit $?" >>together &
done
wait
check "40 in parallel all succeed" "$(cat together)" ""
check "20 are recorded" "$(sql 'SELECT count(*), count(DISTINCT recipient) FROM failure')" '20|20'

ok "it is not set-user-ID" test ! -u "$BOUNCEDB" -a ! -g "$BOUNCEDB"

done_testing
