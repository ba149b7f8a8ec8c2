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

rm -rf "$directory"
mkdir -p "$directory"
cat >"$configuration" <<END
[database]
file = $database

[suppression]
file = $directory/suppressed.txt
END
"$bouncedb" db init --config "$configuration"

say "Messages arrive, each piped into bouncedb (exit 0: recorded and on disk)"
for message in "$samples"/*.eml; do
  status=0
  (cd / && umask 077 && exec env -i PATH=/usr/bin:/bin LANG=C SENDER= \
    RECIPIENT=bounces@news.example "$bouncedb" --config "$configuration") <"$message" || status=$?
  printf '   %-26s exit %s   %s\n' "${message##*/}" "$status" \
    "$(sed -n 's/^Subject: //p;/^$/q' "$message")"
done

say "What was recorded"
"$bouncedb" list --config "$configuration"

say "What each one means, what to do, and who has to do it"
for id in $(sqlite3 -readonly "$database" 'SELECT failure_id FROM failure ORDER BY 1'); do
  "$bouncedb" explain --config "$configuration" --id "$id" | sed '/How this was judged/,$d'
done
echo "  ... and how the last of them was judged:"
"$bouncedb" explain --config "$configuration" --id "$id" | sed '1,/How this was judged/d'

say "A message that arrives twice is recorded once"
"$bouncedb" --config "$configuration" <"$samples/gmail-full.eml"
ask "SELECT count(*) AS messages FROM message"

say "Query the database (bouncedb-schema(7) describes the views; cd $directory)"
ask "SELECT class, reason, party, count(*) AS failures FROM failure
   GROUP BY class, reason, party ORDER BY class, reason"
ask "SELECT recipient, reason, provider, substr(diagnostic, 1, 40) AS reply
   FROM failure WHERE party = 'sender'"
ask "SELECT kind, count(*) AS messages FROM message GROUP BY kind"

say "The suppression list: only addresses that are themselves bad ($directory/suppressed.txt)"
cat "$directory/suppressed.txt"

say "What to try next"
cat <<END
   $bouncedb show --config $configuration example-reader@outlook.com
   $bouncedb explain '550 5.7.1 Service unavailable, client host blocked using zen.spamhaus.org'
   $bouncedb --help
END
