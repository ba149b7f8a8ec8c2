#!/bin/sh
# bouncedb show: everything known, and why an address is or is not suppressed.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"

cat "$top_srcdir"/schema/*.sql | sqlite3 -bail b.db
sqlite3 -bail b.db <<'END'
INSERT INTO message (digest, kind, received_at, subject, size, notes, recipients, repeated)
  VALUES (zeroblob(32), 'bounce', 1577880000, 'a ' || char(27) || '[31mletter', 1000, 0, 3, 0);
INSERT INTO failure (message_id, failed_at, recipient, diagnostic, provider, class, reason, party)
VALUES
  (1, 1577880000, 'Ada@school.example', '552 full', 'gmail', 'quota', 'mailbox_full', 'recipient'),
  (1, 1577966400, 'ada@school.example', '552 full', 'gmail', 'quota', 'mailbox_full', 'recipient'),
  (1, 1577966400, 'ada@school.example', '550 listed', NULL, 'policy', 'blocked', 'sender'),
  (1, 1577880000, 'bob@school.example', '550 gone', NULL, 'permanent', 'user_unknown', 'recipient'),
  (1, 1577880000, 'cyd@school.example', '550 spam', NULL, 'policy', 'spam', 'message');
INSERT INTO failure (message_id, failed_at, recipient, final_recipient, diagnostic, class, reason,
                     party)
VALUES (1, 1577880000, 'gil@school.example', 'gus@far.example', '550 forwarded and refused',
        'permanent', 'user_unknown', 'recipient');
INSERT INTO complaint (message_id, complained_at, recipient)
  VALUES (1, 1577880000, 'fay@home.example');
END
"$BOUNCEDB" db reweigh --db b.db >out 2>&1 # what was written by hand has its consequences
show() { "$BOUNCEDB" show --db b.db "$@"; }
says() { _name=$1; shift; ok "$_name" grep -q -- "$@" out; }

check_exit "an address below its threshold" 0 show ADA@School.example
says "it is not suppressed" '^  not suppressed$'
says "how close it is" '^    mailbox_full: 2 failures, on 2 of the 5 days needed, over 1 of the 14 days needed$'
says "which reason never suppresses, and why" '^    blocked: 1 failure; never suppresses, because the sender has to act$'
check "its history, in order" "$(grep -c '^    2020-01-0. 12:00  failure' out)" 3

check_exit "a suppressed address" 0 show bob@school.example
says "since when and for what" '^  suppressed since 2020-01-01: user_unknown (no such mailbox)$'
says "which failure decided" 'decided by: failure f4, message m1$'
says "which reply decided" 'the reply: 550 gone$'
says "under which threshold" 'threshold: one is enough$'
says "what would lift it" 'lifted by: '

check_exit "after a complaint" 0 show '<fay@home.example>'
says "the complaint is shown" 'suppressed since 2020-01-01: complaint (the recipient reported a message as spam)'
says "and which one" 'decided by: a complaint, message m1$'

check_exit "a refused message" 0 show cyd@school.example
says "is not the address's fault" 'the message was refused, not the address$'

check_exit "a message" 0 show m1
says "its fields" '^kind  *bounce$'
says "its time" '^received_at  *2020-01-01 12:00$'
check "everything that it reported" "$(grep -c '(message m1)' out)" 7
check_exit "a failure" 0 show f4
says "with its message" '^message_id  *m1$'
check "and nothing else that the message reported" "$(grep -c '(message m1)' out)" 1
cp out named
check_exit "a bare number" 0 show 4
check_file "is a failure" out named
check_exit "ids and addresses from standard input" 0 sh -c 'printf "f4\n\nbob@school.example\n" | "$1" show --db b.db -' - "$BOUNCEDB"
check "all of them" "$(grep -c -e '^message_id' -e '^bob@' out)" 2
check_exit "of which one is unknown" 1 sh -c 'printf "f4\nf99\n" | "$1" show --db b.db -' - "$BOUNCEDB"
ok "control characters do not reach the terminal" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" out'

check_exit "an address that mail was forwarded to" 0 show GUS@far.example
says "which address the report was about" '^in reports about gil@school.example$'
says "and what it says" '550 forwarded and refused$'

check_exit "an unknown address" 1 show nobody@school.example
says "says so" '^nothing is known about it$'
check_exit "no such failure" 1 show 99
says "says so" '^there is no failure f99$'
check_exit "no such message" 1 show m99
says "says so" '^there is no message m99$'
# a user's rule need not say what happened
printf '[own.bare]\ntext: zork\nreason: spam\n\n[own.half]\ntext: grue\nreason: spam\nremedy: Wait.\n' >my.rules
printf '[rules]\nfile = %s/my.rules\n' "$tmp" >conf
sqlite3 -bail b.db "INSERT INTO failure (message_id, failed_at, recipient, class, reason, party, rule)
  VALUES (1, 1577880000, 'hal@bare.example', 'permanent', 'user_unknown', 'recipient', 'own.bare'),
         (1, 1577880000, 'ida@half.example', 'permanent', 'user_unknown', 'recipient', 'own.half')"
"$BOUNCEDB" db reweigh --db b.db >out 2>&1
check_exit "a rule without advice decided" 0 "$BOUNCEDB" --config conf show --db b.db hal@bare.example
says "its failure is shown" 'decided by: failure'
ok "and nothing is made up" sh -c '! grep -q -e "cause:" -e "what to do:" out'
check_exit "a rule with half of it" 0 "$BOUNCEDB" --config conf show --db b.db ida@half.example
says "says what it has" '^    what to do: Wait\.$'
ok "and no more" sh -c '! grep -q "cause:" out'

check_exit "neither an address nor a number" 64 show 'not an address'
check_exit "nothing" 64 show
check_exit "two" 64 show 1 2
check_exit "no database" 75 "$BOUNCEDB" show --db nowhere.db 1

check_exit "a word that is not an address" 1 show nobody-there
check "says what it lacks" "$(tail -1 out)" "nothing is known about it; an address has a domain (@...)"
check_exit "comments on standard input" 0 sh -c 'printf "# nobody\n\n" | "$0" show --db "$1" -' "$BOUNCEDB" b.db
check "are skipped" "$(cat out err)" ""

done_testing
