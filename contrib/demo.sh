#!/bin/sh
# demo.sh BOUNCEDB FOLDER: what happens to bounces, from the pipe to the suppression list.
#
# Feeds the letters of tests/samples/demo to the program in the way of a mail server: from another
# folder, with a mail server's environment, one letter on standard input. FOLDER is made anew.
set -eu
bouncedb=$(cd "$(dirname "$1")" && pwd)/${1##*/} folder=$2
samples=$(cd "$(dirname "$0")/../tests/samples/demo" && pwd)
database=$folder/bounces.db
configuration=$folder/bouncedb.conf

say() { printf '\n== %s\n\n' "$*"; }
sql() { sqlite3 -readonly -header -column "$database" "$1"; }
ask() { printf '   sqlite3 bounces.db "%s"\n\n' "$1"; sql "$1"; echo; }

rm -rf "$folder"
mkdir -p "$folder"
cat >"$configuration" <<END
[database]
file = $database

[suppression]
file = $folder/suppressed.txt
END
"$bouncedb" db init --config "$configuration"

say "Letters come in, each piped into bouncedb (exit 0: recorded and on disk)"
for letter in "$samples"/*.eml; do
  status=0
  (cd / && umask 077 && exec env -i PATH=/usr/bin:/bin LANG=C SENDER= RECIPIENT=bounces@news.example \
    "$bouncedb" --config "$configuration") <"$letter" || status=$?
  printf '   %-26s exit %s   %s\n' "${letter##*/}" "$status" "$(sed -n 's/^Subject: //p;/^$/q' "$letter")"
done

say "What was recorded"
"$bouncedb" list --config "$configuration"

say "What each one means, what to do, and who has to do it"
for id in $(sqlite3 -readonly "$database" 'SELECT failure_id FROM failure ORDER BY 1'); do
  "$bouncedb" explain --config "$configuration" --id "$id" | sed '/How this was judged/,$d'
done
echo "  ... and how the last of them was judged:"
"$bouncedb" explain --config "$configuration" --id "$id" | sed '1,/How this was judged/d'

say "A letter that comes twice is recorded once"
"$bouncedb" --config "$configuration" <"$samples/gmail-full.eml"
ask "SELECT count(*) AS messages FROM message"

say "Ask for more with SQL (bouncedb-schema(7) has the views; cd $folder)"
ask "SELECT class, reason, party, count(*) AS failures FROM failure
   GROUP BY class, reason, party ORDER BY class, reason"
ask "SELECT recipient, reason, provider, substr(diagnostic, 1, 40) AS reply
   FROM failure WHERE party = 'sender'"
ask "SELECT kind, count(*) AS messages FROM message GROUP BY kind"

say "The suppression list: only addresses that are at fault themselves ($folder/suppressed.txt)"
cat "$folder/suppressed.txt"

say "Look further"
cat <<END
   $bouncedb show --config $configuration example-reader@outlook.com
   $bouncedb explain '550 5.7.1 Service unavailable, client host blocked using zen.spamhaus.org'
   $bouncedb --help
END
