#!/bin/sh
# The demonstration that bootstrap runs shows what it promises.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
BOUNCEDB=${BOUNCEDB:-$top_srcdir/build/bouncedb}

check_exit "it runs" 0 sh "$top_srcdir/contrib/demo.sh" "$BOUNCEDB" "$tmp/demo"
mv out first
check "stderr is empty" "$(cat err)" ""
check_exit "and runs again" 0 sh "$top_srcdir/contrib/demo.sh" "$BOUNCEDB" "$tmp/demo"
check "every message is accepted" "$(grep -c 'eml .*exit 0' first)" \
  $(($(find "$top_srcdir"/tests/samples/demo/*.eml | wc -l) + 1)) # one arrives twice
check "every message but the second arrival tells what is recorded" \
  "$(grep -cE 'eml .*exit 0 .* m[0-9]+: (f[0-9]|delay|auto_reply)' first)" \
  "$(find "$top_srcdir"/tests/samples/demo/*.eml | wc -l | tr -d ' ')"
ok "and the rows have the same ids" sh -c '
  sed -n "s/.*eml .* m[0-9]*: \(f.*\)/\1/p" first | tr " " "\n" | sort >told
  sed -n "s/^\(f[0-9]*\) .*/\1/p" first | sort -u >listed
  diff told listed'
for words in 'mailbox_full ' 'user_unknown ' 'rate_limited ' 'blocked ' ' netease ' ' tencent ' \
  'What to do ' 'Who must act ' 'SELECT ' '^delay  *1  *0' 'still trying' 'the address works' 'transient   network_error  *donald@' \
  'mailbox_full: 1 failure, on 1 of the 5 days needed' '^auto_reply  *1  *0'; do
  ok "it shows: $words" grep -q -- "$words" first
done

count() { sed -n "s/^ *messages $1  *//p" first; }
ok "messages are counted" test "$(count before)" -gt 1
check "the second arrival adds no message" "$(count after)" "$(count before)"
ok "in 100 columns, except for paths and URLs" sh -c '! grep -v / first | grep "^.\{101\}"'

sed '1,/^== The suppression list/d; /^== /,$d' first | grep @ >list
check "only bad addresses are suppressed" "$(sort list | tr '\n' ' ')" \
  "edsger@campus.example example-nobody@yahoo.com example-reader@qq.com linus@closed.example "

### While bootstrap installs and builds, something moves on a terminal.

sed -n '/^watch() {/,/^}/p' "$top_srcdir/bootstrap" >watch
echo 'Unpacking libsomething (1.0) ...' >log
cat >moving <<'END'
log=log
. ./watch
cat enough &
watch $! working
END
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
  mkfifo enough
  script -qefc "sh moving" screen </dev/null >/dev/null 2>&1 &
  ok "the seconds and the last line of the log" wait_for grep -qs 'working: 1 s  Unpacking' screen
  : >enough
  wait
else
  tests=$((tests + 1))
  echo "ok $tests - the seconds and the last line # SKIP script is not installed"
fi

done_testing
