#!/bin/sh
# Completion: what the program offers, and the scripts that ask it.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
scripts=$top_srcdir/contrib/completion

# offers WORDS... WANT: the candidates for the last of the words
offers() {
  _name="$*"
  eval "_wanted=\${$#}"
  _n=$#
  set -- "$@"
  _words=''
  _i=1
  while [ $_i -lt "$_n" ]; do
    _words="$_words \"\${$_i}\""
    _i=$((_i + 1))
  done
  eval "\"\$BOUNCEDB\" __complete $_words" </dev/null >out 2>err
  # shellcheck disable=SC2154 # assigned by eval
  check "$_name" "$(cut -f1 out | tr '\n' ' ')$(cat err)" "$_wanted"
}

check_exit "commands" 0 "$BOUNCEDB" __complete '' </dev/null
"$BOUNCEDB" --help </dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' >commands
echo help >>commands
cut -f1 out >offered
check_file "all of them" offered commands
ok "with what they do" grep -q "^list${TAB:=$(printf '\t')}List recorded failures" out

offers exp 'explain export '
offers help li 'list '
offers rules '' 'list check test draft '
offers verp ma 'make '
offers db sn 'snapshot :files '
offers list --cl '--class '
offers --db x list --cl '--class '
offers list --class p 'permanent policy '
offers list --class spf,po 'spf,policy '
offers list --reason spa 'spam '
offers export --class com 'complaint '
offers export --format list 'listmonk listmonk-webhook '
offers list --format j 'json jsonl '
offers list --kind de 'delay '
offers release --provider gm 'gmail '
offers rules list --provider gm 'gmail '
offers list --since y 'yesterday '
offers list --color a 'auto always '
offers import '' ':files '
offers export --output '' ':files '
offers report --format h 'html '
offers explain --config x --fi '--file '
offers nosuch '' ''

# Every long option of every command
sed '/help/d' commands >each
while read -r command; do
  "$BOUNCEDB" help "$command" </dev/null | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' | sort >options
  "$BOUNCEDB" __complete "$command" -- </dev/null | cut -f1 | sort >offered
  check_file "$command: its options" offered options
done <each

printf 'From: a@example.org\n\nHello\n' >letter
check_exit "a message on standard input" 75 "$BOUNCEDB" __complete list <letter

### The scripts

mkdir bin
ln -s "$BOUNCEDB" bin/bouncedb
PATH=$tmp/bin:$PATH
if bash -c '((BASH_VERSINFO[0] >= 4))' 2>/dev/null; then
  cat >complete.bash <<'END'
source "$1"
shift
COMP_WORDS=(bouncedb "$@")
COMP_CWORD=$#
compopt() { echo "files"; }
_bouncedb
echo "${COMPREPLY[*]}"
END
  check "bash" "$(bash complete.bash "$scripts/bouncedb" list --class p </dev/null)" "permanent policy"
  check "bash: files" "$(bash complete.bash "$scripts/bouncedb" import '' </dev/null)" "files"
fi
for shell in "zsh _bouncedb" "fish bouncedb.fish"; do
  if command -v "${shell% *}" >/dev/null; then
    ok "${shell% *} reads its script" "${shell% *}" -n "$scripts/${shell#* }"
  fi
done

done_testing
