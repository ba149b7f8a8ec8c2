#!/bin/sh
# An internationalized domain has two spellings, A-labels (xn--) and U-labels, and one meaning.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/decisions.sh
. "$top_srcdir/tests/lib/decisions.sh"
unicode=müller@straße.example ascii=müller@xn--strae-oqa.example

# both NAME STATUS COMMAND...: the same answer for both spellings
both() {
  _name=$1 _status=$2
  shift 2
  check_exit "$_name, U-labels" "$_status" run "$@" "$unicode"
  sed "s/$unicode/$ascii/g" out >u.out
  check_exit "$_name, A-labels" "$_status" run "$@" "$ascii"
  sed "s/$unicode/$ascii/g" out >a.out # what was reported is quoted as it came
  ok "$_name: one answer" diff u.out a.out
}

gone "$unicode" $april
both "a report in U-labels" 1 check
ok "suppresses both" grep -q "suppressed.user_unknown.2021-04-26" out
both "a report in U-labels, for show" 0 show
gone "$ascii" $((april + day))
gone Müller@STRASSE.example $((april + day))
gone müller@xn--STRAE-oqa.example $((april + day))
check "reports in both spellings are about one address" \
  "$(sql "SELECT count(*) FROM failure WHERE address = '$ascii'")" 3
check "which is on the list once" "$(run export --format plain | grep -c 'strae-oqa')" 1
check "in A-labels, in the list file too" "$(grep -c "^$ascii\$" list)" 1
check "export selects the domain in both" \
  "$(run export --domain b.example,Straße.example --format plain)" "$ascii"
run list --domain straße.example >u.out
ok "and so does list" test -s u.out
check "with the same failures" "$(run list --domain xn--strae-oqa.example)" "$(cat u.out)"

LC_ALL=C.UTF-8 run list >out
ok "people see U-labels in list" grep -q '^f1 .*ller@straße.example' out
LC_ALL=C.UTF-8 run show "$ascii" >out
check "and in show" "$(head -1 out)" "$unicode"
ok "everywhere" sh -c '! grep -q "history.*strae-oqa" out'
LC_ALL=C.UTF-8 run explain f1 >out
ok "and in explain" grep -q 'ller@straße.example: ' out
LC_ALL=C.UTF-8 run stats --now $((april + 3600)) >out
ok "and in stats" grep -q '^  straße.example  *1 ' out
LC_ALL=C run list >out
ok "but not where the locale lacks the characters" grep -q 'ller@xn--strae-oqa.example' out
LC_ALL=C.UTF-8 run list --json >out
ok "nor do programs" grep -q '"recipient":"[^"]*@xn--strae-oqa.example"' out

check_exit "allow in one spelling" 0 run allow "$unicode"
both "lifts the other" 0 check
check_exit "and its undo in the other" 0 run allow --undo "$ascii"
check "leaves no decision" "$(sql 'SELECT count(*) FROM override')" 0
check_exit "suppress in one spelling" 0 run suppress "$ascii"
both "suppresses the other" 1 check
check_exit "forget in one spelling" 0 run forget "$unicode"
both "the other stays suppressed" 1 check
check "but is in no text" "$(sql 'SELECT coalesce(diagnostic, recipient) FROM failure' | grep -ci strae-oqa)" 0

printf '[own]\nnever = straße.example\n' >>conf
check_exit "one's own domain, in U-labels" 1 run suppress anna@xn--strae-oqa.example
check "a name that is not valid stays as it is" "$(run check 'a@-straße-.example')" "a@-straße-.example${tab}ok"

# What an older version has stored
grep -v -e '^.own' -e never conf >conf.old && cp conf.old conf
rm -f b.db*
cat "$top_srcdir"/schema/00[123]*.sql | sqlite3 -bail b.db
sqlite3 -bail b.db <<END
INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)
  VALUES (zeroblob(32), 'bounce', 0, 0, 0, 0, 0);
INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, class, reason, party) VALUES
  (1, $april, 'Ä@bücher.example', 'bücher.example', 'permanent', 'user_unknown', 'recipient'),
  (1, $april, 'plain@b.example', 'b.example', 'permanent', 'user_unknown', 'recipient');
INSERT INTO entry (address, recipient, recipient_domain, class, reason, since, message_id, failure_id, days, span, window)
  SELECT address, recipient, recipient_domain, class, reason, failed_at, 1, failure_id, 1, 0, 180 FROM failure;
INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at)
  VALUES ('eva@bücher.example', 'eva@bücher.example', 'bücher.example', 'suppress', 0, $april);
INSERT INTO entry (address, recipient, recipient_domain, reason, since)
  SELECT address, recipient, recipient_domain, 'manual', at FROM override;
END
chmod 600 b.db
check_exit "is migrated" 0 run db migrate
check "to A-labels" "$(sql 'SELECT group_concat(address) FROM (SELECT address FROM suppression ORDER BY 1)')" \
  "eva@xn--bcher-kva.example,plain@b.example,Ä@xn--bcher-kva.example"
check_exit "nothing is wrong with it" 0 run db check
check_exit "an address is found by its spelling of before" 1 run check Ä@bücher.example
check "evidence is protected again" "$(sql "UPDATE failure SET recipient = 'x'" 2>&1 | grep -c 'cannot be altered')" 1

done_testing
