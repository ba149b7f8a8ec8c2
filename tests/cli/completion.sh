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
offers list --kind fa 'failure '
offers prune --kind fa ''
offers release --provider gm 'gmail '
offers rules list --provider gm 'gmail '
offers list --since y 'yesterday '
offers list --color a 'auto always '
offers import '' ':files '
offers export --output '' ':files '
offers report --format h 'html '
offers explain --config x --fi '--file '
offers list --class=p '--class=permanent --class=policy '
offers list --class=spf,po '--class=spf,policy '
offers release --provider=gm '--provider=gmail '
offers export --format=list '--format=listmonk --format=listmonk-webhook '
offers export --output= ':files '
offers list --db=x --kind=de '--kind=delay '
offers list --nosuch=p ''
offers list --limit=1 ''
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
if ! bash -c '((BASH_VERSINFO[0] >= 4))' 2>/dev/null; then
  tests=$((tests + 1))
  echo "ok $tests - bash # SKIP bash 4 is not installed"
else
  cat >complete.bash <<'END'
source "$1"
shift
COMP_WORDS=(bouncedb "$@")
COMP_CWORD=$#
COMP_WORDBREAKS=${BREAKS:-$COMP_WORDBREAKS}
compopt() { echo "files"; }
_bouncedb
echo "${COMPREPLY[*]}"
END
  check "bash" "$(bash complete.bash "$scripts/bouncedb" list --class p </dev/null)" "permanent policy"
  check "bash: =" "$(bash complete.bash "$scripts/bouncedb" list --class = </dev/null)" \
    "permanent transient policy spf quota auth"
  check "bash: =p" "$(bash complete.bash "$scripts/bouncedb" list --class = p </dev/null)" "permanent policy"
  check "bash: =p before =" "$(bash complete.bash "$scripts/bouncedb" list --db = x --class = p </dev/null)" \
    "permanent policy"
  check "bash: = in a word" "$(BREAKS=' ' bash complete.bash "$scripts/bouncedb" \
    list --class=p </dev/null)" "--class=permanent --class=policy"
  check "bash: files of =" "$(bash complete.bash "$scripts/bouncedb" export --output = a </dev/null)" "files"
  check "bash: files" "$(bash complete.bash "$scripts/bouncedb" import '' </dev/null)" "files"
fi

# skipped SHELL: it is not installed, which the output says
skipped() {
  command -v "$1" >/dev/null && return 1
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP $1 is not installed"
}

# in_fish LINE WANT: what fish offers at the end of the line
cat >complete.fish <<'END'
source $argv[1]
complete -C $argv[2]
END
in_fish() {
  check "fish: $1" "$(fish --no-config complete.fish "$scripts/bouncedb.fish" "$1" </dev/null 2>&1 | cut -f1 |
    tr '\n' ' ')" "$2"
}
: >a-file
skipped fish || {
  in_fish 'bouncedb exp' 'explain export '
  in_fish 'bouncedb list --class p' 'permanent policy '
  in_fish 'bouncedb list --class spf,po' 'spf,policy '
  in_fish 'bouncedb verp ma' 'make '
  in_fish 'bouncedb import a-f' 'a-file '
  in_fish 'bouncedb list --cl' '--class '
  in_fish 'bouncedb list --class=p' '--class=permanent --class=policy '
  in_fish 'bouncedb export --output=a-f' '--output=a-file '
}

# in_zsh LINE WANT: the line after the tabulator key, in an interactive shell at a pseudoterminal
cat >complete.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'fpath=('${(q)1}' $fpath); autoload -Uz compinit; compinit -D -u
  show() { print -r -- "$BUFFER" >line; BUFFER= }; zle -N show; bindkey "^X" show
  bindkey "^I" expand-or-complete; print rea""dy'
zpty -r -m shell output '*ready*'
zpty -w -n shell "$2"$'\t\x18'
while [[ ! -s line ]] && zpty -r -m shell output '*'; do :; done
zpty -d shell
cat line
END
in_zsh() {
  rm -f line
  check "zsh: $1" "$(timeout 120 zsh -f complete.zsh "$scripts" "$1" </dev/null 2>&1)" "$2"
}
skipped zsh || {
  in_zsh 'bouncedb expo' 'bouncedb export '
  in_zsh 'bouncedb list --class pe' 'bouncedb list --class permanent '
  in_zsh 'bouncedb list --class spf,po' 'bouncedb list --class spf,policy '
  in_zsh 'bouncedb verp ma' 'bouncedb verp make '
  in_zsh 'bouncedb import a-f' 'bouncedb import a-file '
  in_zsh 'bouncedb list --cl' 'bouncedb list --class '
  in_zsh 'bouncedb list --class=pe' 'bouncedb list --class=permanent '
  in_zsh 'bouncedb export --output=a-f' 'bouncedb export --output=a-file '
}

done_testing
