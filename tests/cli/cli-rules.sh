#!/bin/sh
# bouncedb rules: list, check and test.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
tab=$(printf '\t')

### list

check_exit "list" 0 "$BOUNCEDB" rules list
ok "the last rule is undefined" grep -q '^undefined .*990-undefined.rules:' out
cp out all
check_exit "list --reason" 0 "$BOUNCEDB" rules list --reason undefined
ok "list --reason shows fewer" test "$(wc -l <out)" -lt "$(wc -l <all)"
check_exit "list --format json" 0 "$BOUNCEDB" rules list --reason undefined --format json
ok "it is one object per line" grep -q '^{"id":"undefined",.*"remedy":".*}$' out
check_exit "list: no such reason" 64 "$BOUNCEDB" rules list --reason nonsense
check_exit "list: no such provider" 64 "$BOUNCEDB" rules list --provider nonsense
check_exit "list: no such format" 64 "$BOUNCEDB" rules list --format nonsense
check_exit "list: no operand" 64 "$BOUNCEDB" rules list all
echo >empty.conf
for before in "rules --config empty.conf list" "--config empty.conf rules list" \
  "--now 1 --config=empty.conf rules --now=2 list"; do
  # shellcheck disable=SC2086 # words
  check_exit "a global option before the verb: $before" 0 "$BOUNCEDB" $before --reason undefined
  ok "and the verb has its own: $before" test "$(wc -l <out)" -eq "$("$BOUNCEDB" rules list --reason undefined | wc -l)"
done
check_exit "no verb" 64 "$BOUNCEDB" rules --config empty.conf
check_exit "no such verb" 64 "$BOUNCEDB" rules --config empty.conf nonsense
check_exit "list --help" 0 "$BOUNCEDB" rules list --help
ok "list --help goes to standard output" grep -q -e --reason out

### check

cat >good.rules <<'END'
[provider zork]
name: Zork
mta: zork.test

[zork.dungeon]
provider: zork
text: eaten by a grue
reason: filtered
cause: It is dark.
remedy: Light the lamp.
source: the manual
sample: @mta=mx.zork.test 550 likely to be eaten by a grue
END
check_exit "check: a good file" 0 "$BOUNCEDB" rules check good.rules
ok "it says that there is no problem" grep -q "^[0-9]* rules checked, with those in good.rules$" out
sed -e 's/^text: .*/text: eaten by a troll/' -e '/^source/d' good.rules >bad.rules
cat >want <<'END'
bad.rules:5: zork.dungeon has no source
bad.rules:11: sample of zork.dungeon is decided by undefined (-)
END
check_exit "check: a sample that another rule decides" 1 "$BOUNCEDB" rules check bad.rules
check_file "one problem per line" out want
check_exit "check: standard input" 1 "$BOUNCEDB" rules check - <bad.rules
sed 's/^bad.rules/standard input/' want >want.input
check_file "is named in its problems" out want.input
check_exit "check: no such file" 78 "$BOUNCEDB" rules check nowhere.rules
check_exit "check: one file" 64 "$BOUNCEDB" rules check good.rules bad.rules

### test

check_exit "test" 0 "$BOUNCEDB" rules test '550 xyzzy' '@status=4.0.0 xyzzy'
cat >want <<END
permanent${tab}undefined${tab}undefined
transient${tab}undefined${tab}undefined
END
check_file "class, reason and rule" out want
printf '# comment\n550 xyzzy\r\n\n@status=4.0.0 xyzzy' >replies
check_exit "test -" 0 sh -c '"$1" rules test - <replies' - "$BOUNCEDB"
check_file "the same from standard input" out want
check_exit "test: nothing to test" 64 "$BOUNCEDB" rules test
check_exit "test: a bad word" 65 "$BOUNCEDB" rules test '@mta 550 xyzzy'

mkdir -p etc
printf '[rules]\nfile = %s/good.rules\n' "$PWD" >etc/own.conf
check_exit "the user's rules" 0 "$BOUNCEDB" rules test --config etc/own.conf \
  '@mta=mx.zork.test 550 likely to be eaten by a grue'
check "come first" "$(cat out)" "policy${tab}filtered${tab}zork.dungeon"
check_exit "list --provider" 0 "$BOUNCEDB" rules list --config etc/own.conf --provider zork
check "shows them" "$(awk '{print $1, $2, $3}' out)" "zork.dungeon zork filtered"
printf '[rules]\nfile = %s/nowhere.rules\n' "$PWD" >etc/own.conf
check_exit "a user's file that does not exist" 78 "$BOUNCEDB" rules list --config etc/own.conf

### draft

check_exit "draft: no database" 75 "$BOUNCEDB" rules draft --db none.db
"$BOUNCEDB" db init --db b.db
check_exit "draft: every reply is understood" 1 "$BOUNCEDB" rules draft --db b.db
check "which is said" "$(cat err)" "bouncedb: every recorded reply is understood"
check "prints nothing" "$(cat out)" ""
# words TEXT NAME: three reports of a refusal with TEXT
words() {
  for _n in 1 2 3; do
    "$BOUNCEDB" --db b.db --now $((1790000000 + _n * 86400)) <<END
From: MAILER-DAEMON@mail.sender.example
Subject: Undelivered mail
Message-ID: <$2.$_n@mail.sender.example>
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example

Final-Recipient: rfc822; $2@cave.example
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 $1 <$2@cave.example> in room $_n [192.0.2.$_n]
END
  done
}
words 'There is a grue before' ada
words 'There is a grue before' bob
words 'Fallen into the pit:' cyd
check_exit "draft" 0 "$BOUNCEDB" rules draft --db b.db
ok "the most frequent is first" grep -q '^text: there is a grue before \* in room$' out
check "with what it stands for" "$(sed -n '/^# 6/,/^$/p' out)" \
  "# 6 failures of 2 recipients, the last one on 2026-09-24: bouncedb explain f6
# at cave.example
[draft.there-is-a-grue]
text: there is a grue before * in room
reason:
cause:
remedy:
source: replies seen until 2026-09-24
sample: 550 there is a grue before <someone@example.com> in room 12345 [192.0.2.1]"
cp out drafts.rules
check_exit "as drafted, it is not a rule" 1 "$BOUNCEDB" rules check drafts.rules
ok "because it has no reason" grep -q 'drafts.rules:[0-9]*: .*reason' out
sed -e 's/^reason:$/reason: filtered/' \
  -e 's/^cause:$/cause: It is dark./' -e 's/^remedy:$/remedy: Light the lamp./' drafts.rules >filled.rules
check_exit "filled in, it is" 0 "$BOUNCEDB" rules check filled.rules
ok "without problems" grep -q "^[0-9]* rules checked" out
check_exit "draft --limit" 0 "$BOUNCEDB" rules draft --db b.db --limit 1
check "gives as many" "$(grep -c '^\[' out)" 1
check_exit "draft --limit 0" 64 "$BOUNCEDB" rules draft --db b.db --limit 0
check_exit "draft: no operand" 64 "$BOUNCEDB" rules draft --db b.db all

### the rest

check_exit "no verb" 64 "$BOUNCEDB" rules
check_exit "no such verb" 64 "$BOUNCEDB" rules nonsense
check_exit "help" 0 "$BOUNCEDB" rules --help

### bouncedb-rules(5) and the program agree

page=$top_srcdir/doc/bouncedb-rules.5
awk '/^\.Ed/ { exit } inside { print } /^\.Bd -literal/ { inside = 1 }' "$page" >example.rules
ok "the page has an example" grep -q '^sample: ' example.rules
check_exit "which is correct" 0 "$BOUNCEDB" rules check example.rules
sed -n 's/^    {"\([a-z]*\)", .*/\1/p' "$top_srcdir/src/judge/rules-keys.c" | sort >keys
sed -n 's/^\.It Ic \([a-z]*\): .*/\1/p' "$page" | sort >described
check_file "it describes exactly the keys that exist" described keys
awk '/concept_names/ { inside = 1 } /^}/ { inside = 0 } inside' "$top_srcdir/src/judge/rules-speech.c" |
  sed -n 's/^    \[CONCEPT_[A-Z_]*\] = "\([a-z-]*\)",$/\1/p' >concepts
awk '/^These are the concepts/ { inside = 1 } /^\.S[hs]/ { inside = 0 } inside && sub(/^\.Cm /, "")' "$page" |
  tr ' ' '\n' | grep '[a-z]' >described
check_file "and exactly the concepts, in their order" described concepts

done_testing
