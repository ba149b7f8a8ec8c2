#!/bin/sh
# parse: one JSON object per message, from files, directories and standard input; no database.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/letters.sh
. "$top_srcdir/tests/lib/letters.sh"
samples=$top_srcdir/tests/samples/demo

mkdir -p letters/b
cp "$samples/gmail-full.eml" letters/z.eml
cp "$samples/qmail-unknown.eml" letters/a.eml
cp "$samples/vacation.eml" letters/b/c.eml

files() { sed 's/^{"file":"\([^"]*\)".*/\1/' "$1" | tr '\n' ' '; }
kinds() { sed 's/.*"kind":"\([a-z_]*\)".*/\1/' "$1" | tr '\n' ' '; }

check_exit "a file" 0 "$BOUNCEDB" parse letters/a.eml
check "is named as given" "$(files out)" "letters/a.eml "
check_exit "a directory" 0 "$BOUNCEDB" parse letters
check "is walked in sorted order" "$(files out)" "letters/a.eml letters/b/c.eml letters/z.eml "
check "three kinds" "$(kinds out)" "bounce auto_reply bounce "
check_exit "several operands, in their order" 0 "$BOUNCEDB" parse letters/z.eml letters/b
check "both" "$(files out)" "letters/z.eml letters/b/c.eml "

### Which files are messages: the same for parse as for import

ln -s "$tmp/letters" letters/b/loop
cp letters/a.eml letters/.hidden
for name in dovecot.index dovecot.index.cache dovecot-uidlist; do echo "$name" >letters/$name; done
cp "$samples/two-recipients.eml" letters/dovecot.eml
check_exit "a directory with a link to itself" 0 "$BOUNCEDB" parse letters
check "each message once, and only messages" "$(files out)" \
  "letters/a.eml letters/b/c.eml letters/dovecot.eml letters/z.eml "

big 3000000 >letters/large # more than is parsed
mkdir -p Maildir/cur Maildir/new Maildir/tmp Maildir/.Sub/cur Maildir/.Sub/new Maildir/.Sub/tmp
cp letters/a.eml Maildir/cur/2:2,S
cp letters/b/c.eml Maildir/cur/1:2,
cp letters/z.eml Maildir/new/3
cp letters/dovecot.eml Maildir/.Sub/cur/4:2,
echo half >Maildir/tmp/5
for name in dovecot-uidlist dovecot.index.log subscriptions maildirsize; do echo x >Maildir/$name; done
check_exit "a Maildir" 0 "$BOUNCEDB" parse Maildir
check "new, cur, and the directories below it" "$(files out)" \
  "Maildir/new/3 Maildir/cur/1:2, Maildir/cur/2:2,S Maildir/.Sub/cur/4:2, "

for folder in letters Maildir; do
  "$BOUNCEDB" db init --db $folder.db
  "$BOUNCEDB" import --db $folder.db $folder >out
  "$BOUNCEDB" parse $folder | sed 's/.*"digest":"\([0-9a-f]*\)".*/\1/' | sort >parsed
  sqlite3 -readonly $folder.db 'SELECT lower(hex(digest)) FROM message ORDER BY 1' >imported
  check_file "import reads the same messages: $folder" imported parsed
done

### Standard input, and variants that make no difference

stdin() { "$BOUNCEDB" parse "$@" <letters/a.eml; }
check_exit "standard input without an operand" 0 stdin
check "has the name -" "$(files out)" "- "
cp out plain
check_exit "standard input by name" 0 stdin -
ok "is the same" cmp out plain

crlf() { sed 's/$/\r/' letters/a.eml | "$BOUNCEDB" parse; }
cr() { tr '\n' '\r' <letters/a.eml | "$BOUNCEDB" parse; }
check_exit "CRLF" 0 crlf
ok "makes no difference, nor to the digest" cmp out plain
check_exit "CR" 0 cr
ok "makes no difference either" cmp out plain

from() {
  { echo "From MAILER-DAEMON  Fri Nov 20 09:00:00 2026" && sed '1{/^From /d}' letters/a.eml; } |
    "$BOUNCEDB" parse
}
check_exit "another From_ line before it" 0 from
ok "changes nothing" cmp out plain

empty() { "$BOUNCEDB" parse </dev/null; }
check_exit "empty input" 0 empty
check "is not a report" "$(kinds out)" "other "
check_exit "random bytes" 0 sh -c 'head -c 100000 /dev/urandom | "$BOUNCEDB" parse'
check "one line" "$(wc -l <out | tr -d ' ')" 1

check_exit "no such file" 65 "$BOUNCEDB" parse nowhere.eml
check "is reported once" "$(wc -l <err | tr -d ' ')" 1
check_exit "a missing file among others" 65 "$BOUNCEDB" parse letters/a.eml nowhere.eml letters/z.eml
check "the messages before it are printed" "$(files out)" "letters/a.eml "
check_exit "an unknown option" 64 "$BOUNCEDB" parse --nonsense

ok "no database was created" test ! -e "$HOME/.local"

done_testing
