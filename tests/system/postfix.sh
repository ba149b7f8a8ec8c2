#!/bin/sh
# End to end with a real mail server: a private Postfix sends messages to a scripted peer, writes
# the bounces itself and pipes them into bouncedb; then every row is checked. Meanwhile the database
# becomes unavailable, Postfix defers, the database comes back, and nothing is lost or recorded
# twice.
# shellcheck source=tests/lib/postfix.sh disable=SC2317
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/postfix.sh"

### The messages: name|stage|reply|class|reason|provider. The peer gives the reply at that stage and
### Postfix reports it; the rest is what the database must contain.

cat >cases <<'END'
google-unknown|rcpt|550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550-5.1.1 unnecessary spaces. For more information, go to\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser a1-20020example - gsmtp|permanent|user_unknown|gmail
google-full|rcpt|552-5.2.2 The recipient's inbox is out of storage space and inactive.\n552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm b2-20020example - gsmtp|quota|mailbox_full|gmail
google-spf|eom|550-5.7.27 This mail has been blocked because SPF does not pass. Gmail requires\n550-5.7.27 all large senders to authenticate with SPF. Authentication results:\n550-5.7.27 SPF [news.example] with ip: [192.0.2.25] = did not pass. For more\n550 5.7.27 information, go to https://support.google.com/mail/answer/81126 c3-20020example - gsmtp|spf|spf|gmail
netease-spf|eom|550 MI:SPF 163 zwg-mx2,wKjADeXample,1795162497 http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.25|spf|spf|netease
alibaba-rate|eom|554 Reject by behaviour spamANTISPAM_BAT[01201311R1168S0000000001, ay29a033018000001]: too frequently sending|policy|rate_limited|alibaba
tencent-unknown|rcpt|550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022|permanent|user_unknown|tencent
chinese-full|rcpt|552 收件人的邮箱已满|quota|mailbox_full|
outlook-blocked|mail|550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). [Name=Protocol Filter Agent][AGT=PFA][MxId=EXAMPLE01]|policy|blocked|
outlook-dmarc|eom|550 5.7.509 Access denied, sending domain news.example does not pass DMARC verification and has a DMARC policy of reject.|auth|dmarc|
spamhaus|rcpt|554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.25|policy|blocked|
spam|eom|550 5.7.1 Message rejected as spam by content filtering|policy|spam|
too-large|eom|552 5.3.4 Message size exceeds fixed limit|policy|message_too_large|
disabled|rcpt|550 5.2.1 The mailbox has been disabled by its owner|permanent|mailbox_disabled|
relay|rcpt|554 5.7.1 <relay@peer.example>: Relay access denied|policy|relay_denied|
greylisted|rcpt|450 4.2.0 <greylisted@peer.example>: Recipient address rejected: Greylisted, see later|transient|rate_limited|
dropped|drop||transient|network_error|
END

### Postfix

configure() {
  prepare_postfix "
mydestination = news.example
smtp_destination_concurrency_failed_cohort_limit = 0
smtp_destination_concurrency_negative_feedback = 0
default_transport = smtp:[127.0.0.1]:$(cat port)
transport_maps = inline:{ { piped.example = bouncedb: } }
bouncedb_destination_recipient_limit = 1
recipient_delimiter = +
local_recipient_maps =
mailbox_size_limit = 0
message_size_limit = 10240000
delay_warning_time = 1s" "
smtp    unix       - - n -   - smtp
local   unix       - n n -   - local
bouncedb unix      - n n -   2 pipe
  -o soft_bounce=yes
  flags=DRX user=nobody null_sender=
  argv=$tmp/bin/bouncedb deliver --config $tmp/bouncedb.conf --sender \${sender} --recipient \${original_recipient}" ||
    return
  postconf -c "$etc" -e "alias_maps = $(postconf -c "$etc" -h default_database_type):$etc/aliases"
  echo "bounces: \"|$tmp/bin/bouncedb --config $tmp/bouncedb.conf || exit 75\"" >"$etc/aliases"
  cat >bouncedb.conf <<END
[database]
file = $database

[suppression]
file = $tmp/db/suppressed.txt
END
  chmod 644 bouncedb.conf
  "$BOUNCEDB" db init --config "$tmp/bouncedb.conf" && chown nobody "$tmp"/db/* &&
    postalias -c "$etc" "$etc/aliases" && start_postfix
}

# settings NAME=VALUE...: Postfix starts again with them. After a reload, a process that still has
# the old ones could take the next message.
settings() { postfix -c "$etc" stop && postconf -c "$etc" -e "$@" && start_postfix; }

# send SENDER ADDRESS...: a message whose bounces return to SENDER
send() {
  _sender=$1
  shift
  printf '%s\n' 'From: news@news.example' 'To: undisclosed-recipients:;' 'Subject: News' \
    'List-Id: <letter.news.example>' '' 'News.' | sendmail -C "$etc" -f "$_sender" "$@"
}

flush() { postqueue -c "$etc" -f; }
sql() { sqlite3 -readonly "$database" "$1"; }
query() { [ "$(sql "$1")" = "$2" ]; }
queue_is_empty() { postqueue -c "$etc" -p | grep -q 'queue is empty'; }
count_deferred() { grep -c -E 'status=(deferred|SOFTBOUNCED).*bouncedb: ' "$log"; }
deferred() { [ "$(count_deferred)" -ge "$1" ]; }
# recorded NAME: the message that both pipes got, by each
recorded() {
  query "SELECT count(*), count(DISTINCT message_id) FROM failure WHERE recipient = '$1@peer.example'" '2|2'
}

# within two minutes; the log tells what was there instead
waits_for() { wait_for "$@" || { tail -n 30 "$log"; return 1; }; }

# flushing COMMAND...: true if the command is; otherwise Postfix retries all that it has deferred.
# That may be any message: root's sqlite3 creates the -shm file of the database and gives it to the
# owner a moment later, and a delivery at that moment cannot open it.
flushing() { "$@" || { flush; return 1; }; }

for outage in permissions absence emptied program limit; do
  echo "$outage|rcpt|550 5.1.1 <$outage@peer.example>: Recipient address rejected: User unknown"
done >outages
cat cases outages >replies
perl "$top_srcdir/tests/lib/smtp-peer.pl" replies port "$limit" &
running=$!
ok "the peer listens" wait_for test -s port
ok "a private Postfix starts" configure

### Every message bounces, and its row says why.

while IFS='|' read -r name _; do
  send "bounces+$name@news.example" "$name@peer.example"
done <cases
send bounces@news.example google-unknown@peer.example welcome@peer.example google-full@peer.example
send bounces@news.example no-such-user@news.example
send bounces@piped.example disabled@peer.example

expected=$(($(wc -l <cases) + 4))
ok "all messages but two have bounced" \
  waits_for flushing query "SELECT count(*) FROM failure" $((expected - 2))
ok "those two are reported as delayed" waits_for flushing query "SELECT count(*) FROM delay" 2
ok "Postfix gives up sooner" settings maximal_queue_lifetime=1s
ok "every message has bounced" waits_for flushing query "SELECT count(*) FROM failure" "$expected"
ok "and the queue is empty" waits_for queue_is_empty

while IFS='|' read -r name _ _ class reason provider; do
  check "$name: $class, $reason${provider:+, $provider}" \
    "$(sql "SELECT class, reason, provider FROM failure JOIN message USING (message_id)
      WHERE failure.recipient = '$name@peer.example'
        AND message.envelope_recipient = 'bounces+$name@news.example'")" \
    "$class|$reason|$provider"
done <cases
check "two of three recipients failed, each with its own reason" \
  "$(sql "SELECT group_concat(recipient || ' ' || reason, ', ') FROM (SELECT * FROM failure
    WHERE message_id = (SELECT message_id FROM failure GROUP BY 1 HAVING count(*) = 2) ORDER BY 1)")" \
  "google-full@peer.example mailbox_full, google-unknown@peer.example user_unknown"
check "failures that Postfix finds itself are recorded too" \
  "$(sql "SELECT reason FROM failure WHERE recipient = 'no-such-user@news.example'")" user_unknown
check "pipe(8) delivers as local(8) does" \
  "$(sql "SELECT failure.recipient, reason FROM failure JOIN message USING (message_id)
    WHERE message.envelope_recipient = 'bounces@piped.example'")" "disabled@peer.example|mailbox_disabled"
check "there is no failure without a report" \
  "$(sql "SELECT count(*) FROM failure")" "$expected"
check "faults of the sender are not in the list file" \
  "$(grep -c -e spf -e spamhaus -e alibaba -e outlook "$tmp/db/suppressed.txt")" 0
ok "but unknown users are" grep -qx google-unknown@peer.example "$tmp/db/suppressed.txt"

### While the database or the program is unavailable, Postfix keeps the messages. Later each is
### recorded once.

break_permissions() { chown root "$tmp/db" && chmod 700 "$tmp/db"; }
restore_permissions() { chown nobody "$tmp/db"; }
break_absence() { mv "$tmp/db" "$tmp/away"; }
restore_absence() { mv "$tmp/away" "$tmp/db"; }
break_emptied() { mkdir "$tmp/away" && mv "$database"* "$tmp/away" && : >"$database" && chown nobody "$database"; }
break_program() { mv "$tmp/bin/bouncedb" "$tmp/away"; }
restore_program() { mv "$tmp/away" "$tmp/bin/bouncedb"; }
restore_emptied() { rm -f "$database"* && mv "$tmp/away"/* "$tmp/db" && rmdir "$tmp/away"; }

ok "Postfix keeps messages longer" settings maximal_queue_lifetime=1d
for outage in permissions absence emptied program; do
  ok "$outage: the outage begins" "break_$outage"
  before=$(count_deferred)
  send bounces@news.example "$outage@peer.example"
  send bounces@piped.example "$outage@peer.example"
  ok "$outage: Postfix defers both bounces and logs the reason" waits_for deferred $((before + 2))
  ok "$outage: the outage ends" "restore_$outage"
  ok "$outage: each message is recorded" waits_for flushing recorded "$outage"
  ok "$outage: the queue is empty again" waits_for queue_is_empty
  ok "$outage: and each was recorded once" recorded "$outage"
done

# local(8) lets no file that a piped program writes grow beyond mailbox_size_limit; this includes
# the database.
ok "mailbox_size_limit is below the size of the database" \
  settings mailbox_size_limit=16384 message_size_limit=16384
send bounces@news.example limit@peer.example
ok "Postfix defers because of the size" waits_for grep -q 'status=deferred.*bouncedb: .*mailbox_size_limit' "$log"
ok "mailbox_size_limit is removed" settings mailbox_size_limit=0
limited() { query "SELECT count(*) FROM failure WHERE recipient = 'limit@peer.example'" 1; }
ok "the message is recorded" waits_for flushing limited
ok "the queue is empty once more" waits_for queue_is_empty
ok "and was recorded once" limited

### With a key, only reports to a signed return path count. The sender has its own copy of the key.

"$BOUNCEDB" verp keygen "$tmp/db/key" && cp "$tmp/db/key" key && chown nobody "$tmp/db/key"
cp bouncedb.conf signer.conf
printf '[verp]\nbase = bounces@news.example\nkey = %s\n' "$tmp/db/key" >>bouncedb.conf
printf '[verp]\nbase = bounces@news.example\nkey = %s\n' "$tmp/key" >>signer.conf
last=$(sql 'SELECT max(failure_id) FROM failure')
path=$("$BOUNCEDB" verp make --config signer.conf google-full@peer.example)
send "$path" google-full@peer.example
send "$path" disabled@peer.example
send bounces@news.example too-large@peer.example
trusts() {
  sql "SELECT recipient, final_recipient, trust, counts FROM failure
    WHERE failure_id > $last ORDER BY failure_id" | sort
}
three() { [ "$(trusts | wc -l)" -ge 3 ]; }
ok "three messages bounce" waits_for flushing three
check "the signed reports count against the recipient of the path, the other does not count" "$(trusts)" \
  'google-full@peer.example|disabled@peer.example|verified|1
google-full@peer.example|google-full@peer.example|verified|1
too-large@peer.example|too-large@peer.example|unsigned|0'

### bouncedb understands the log of Postfix.

check_exit "the log shows which addresses were written to" 0 "$BOUNCEDB" sent --config signer.conf "$log"
chown nobody "$tmp"/db/*
send bounces@news.example relay@peer.example
told() { query "SELECT trust FROM failure WHERE recipient = 'relay@peer.example' ORDER BY failure_id DESC LIMIT 1" sent; }
ok "a report about one of them is trusted" waits_for flushing told

ok "while a report waits" break_program
before=$(count_deferred)
send bounces@news.example relay@peer.example
ok "Postfix defers it" waits_for deferred $((before + 1))
check_exit "the log is read again" 0 "$BOUNCEDB" sent --config signer.conf "$log"
chown nobody "$tmp"/db/*
ok "then it comes" restore_program
proven() { query "SELECT proof FROM failure WHERE recipient = 'relay@peer.example' ORDER BY failure_id DESC LIMIT 1" matched; }
ok "and is proven by its Message-ID" waits_for flushing proven

ok "the database is sound" query "PRAGMA integrity_check" ok
check "Postfix has bounced none of the reports" "$(grep -c 'to=<bounces.*status=bounced' "$log")" 0

### Without quotes, each word of an entry is a destination (README).

echo "unquoted: |$tmp/bin/bouncedb --config $tmp/db/appended" >>"$etc/aliases"
ok "an entry without quotes" postalias -c "$etc" "$etc/aliases"
send bounces@news.example unquoted@news.example
appended() { grep -qx 'News\.' "$tmp/db/appended"; }
ok "Postfix appends the message to the file that a word names" waits_for appended

done_testing
