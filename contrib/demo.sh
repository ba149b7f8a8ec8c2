#!/bin/sh
# demo.sh BOUNCEDB DIRECTORY: what happens to bounces, from the pipe to the suppression list.
#
# Feeds the messages in tests/samples/demo to the program as a mail server does: from another
# directory, with a mail server's environment, one message on standard input. DIRECTORY is removed
# first.
set -eu
bouncedb=$(cd "$(dirname "$1")" && pwd)/${1##*/} directory=$2
samples=$(cd "$(dirname "$0")/../tests/samples/demo" && pwd)
database=$directory/bounces.db
configuration=$directory/bouncedb.conf

say() { printf '\n== %s\n\n' "$*"; }
sql() { sqlite3 -readonly -header -column "$database" "$1"; }
ask() { printf '   sqlite3 bounces.db "%s"\n\n' "$1"; sql "$1"; echo; }

# recorded SINCE: the messages after this number, with the ids of their failures, or their kind
recorded() {
  sqlite3 -readonly "$database" "SELECT 'm' || message_id || ': ' ||
    coalesce((SELECT group_concat('f' || failure_id, ' ') FROM failure AS f
              WHERE f.message_id = m.message_id), kind) FROM message AS m WHERE message_id > $1"
}

# deliver FILE: pipes the message into the program, and shows its exit status, its subject, and what
# is recorded
deliver() {
  status=0 last=$(sqlite3 -readonly "$database" 'SELECT coalesce(max(message_id), 0) FROM message')
  (cd / && umask 077 && exec env -i PATH=/usr/bin:/bin LANG=C SENDER= \
    RECIPIENT=bounces@news.example "$bouncedb" --config "$configuration") <"$1" || status=$?
  printf '   %-24s exit %s   %-46.46s %s\n' "${1##*/}" "$status" \
    "$(sed -n 's/^Subject: //p;/^$/q' "$1")" "$(recorded "$last")"
}

rm -rf "$directory"
mkdir -p "$directory"
cat >"$configuration" <<END
[database]
file = $database

[suppression]
file = $directory/suppressed.txt
END
"$bouncedb" db init --quiet --config "$configuration"

say "Messages arrive, each piped into bouncedb (exit 0: recorded and on disk)"
echo "   On the right: the message (m), and the failures (f) that it reports, if any"
echo
for message in "$samples"/*.eml; do
  deliver "$message"
done

say "What was recorded"
"$bouncedb" list --config "$configuration"

say "What each one means, what to do, and who has to do it"
for id in $(sqlite3 -readonly "$database" 'SELECT failure_id FROM failure ORDER BY 1'); do
  printf 'f%s  ' "$id"
  COLUMNS=76 "$bouncedb" explain --config "$configuration" "f$id" | sed '/How this was judged/,$d'
done
echo "  ... and how the last of them was judged:"
"$bouncedb" explain --config "$configuration" "f$id" | sed '1,/How this was judged/d'

say "A delay and an out-of-office reply are recorded too, but they are not failures"
echo "   The delay: the server is still trying. If it gives up, another report will say so."
echo
"$bouncedb" list --kind delay --config "$configuration"
printf '\n   The reply: the address works. The message is kept for you in %s.\n\n' "$directory/keep/new"
"$bouncedb" list --kind auto_reply --config "$configuration"
printf '\n   All messages, by kind, and the failures that they report:\n\n'
ask "SELECT kind, count(DISTINCT message_id) AS messages,
   count(failure_id) AS failures FROM message LEFT JOIN failure USING (message_id) GROUP BY kind"

say "A message that arrives twice is recorded once"
count='SELECT count(*) FROM message'
printf '   messages before          %s\n' "$(sqlite3 -readonly "$database" "$count")"
deliver "$samples/gmail-full.eml"
printf '   messages after           %s\n' "$(sqlite3 -readonly "$database" "$count")"

say "Query the database (bouncedb-schema(7) describes the views; cd $directory)"
ask "SELECT class, reason, party, count(*) AS failures FROM failure
   GROUP BY class, reason, party ORDER BY class, reason"
ask "SELECT recipient, reason, provider, substr(diagnostic, 1, 40) AS reply
   FROM failure WHERE party = 'sender'"
say "The suppression list: only addresses that are themselves bad ($directory/suppressed.txt)"
cat "$directory/suppressed.txt"

say "Why the full mailbox is not on the list yet: one failure is not enough"
"$bouncedb" show ada@school.example --config "$configuration"

say "What to try next"
cat <<END
   $bouncedb stats --config $configuration
   $bouncedb show --config $configuration example-reader@outlook.com
   $bouncedb explain --config $configuration f3
   $bouncedb explain '550 5.7.1 Service unavailable, client host blocked using zen.spamhaus.org'
   $bouncedb --help
END
