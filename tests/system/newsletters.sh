#!/bin/sh
# Exports for listmonk, phpList and Mautic in the tables of these tools, of which Debian has no
# packages: the columns that an import touches, as their documented schemas have them (listmonk
# schema.sql; phpList admin/structure.php; Mautic's table leads), in PostgreSQL, which is as strict as
# MySQL is by default. The statements do what the tools' importers are documented to do.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"
# shellcheck source=tests/lib/hostile-addresses.sh
. "$top_srcdir/tests/lib/hostile-addresses.sh"

# long N: an address of N octets
long() { printf 'l@%s.example' "$(head -c $(($1 - 10)) /dev/zero | tr '\0' x)"; }
for n in 150 151 191 192 300; do "$BOUNCEDB" suppress --db x.db -q "$(long $n)"; done
for format in listmonk phplist mautic mautic-json plain; do
  "$BOUNCEDB" export --db x.db --format $format --output "list.$format" 2>"$format.err"
done
start_postgres
run() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
innocents='victim@school.example a@school.example b@school.example c@school.example bo@elsewhere.example'
members="ada@school.example jürgen@schule.example $innocents"

### listmonk: the mode "blocklist" of the import

run >log 2>&1 <<'END'
CREATE SCHEMA listmonk;
SET search_path = listmonk;
CREATE TYPE status AS ENUM ('enabled', 'disabled', 'blocklisted');
CREATE TABLE subscribers (id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE, email text NOT NULL UNIQUE,
  name text NOT NULL, attribs jsonb NOT NULL DEFAULT '{}', status status NOT NULL DEFAULT 'enabled');
CREATE UNIQUE INDEX ON subscribers (lower(email));
CREATE TABLE subscriptions (subscriber integer PRIMARY KEY REFERENCES subscribers, status text NOT NULL);
CREATE TABLE file (email text, attributes text);
END
for member in $members; do
  run -c "INSERT INTO listmonk.subscribers (uuid, email, name) VALUES (gen_random_uuid(), '$member', 'x')"
done
run -c "INSERT INTO listmonk.subscriptions SELECT id, 'confirmed' FROM listmonk.subscribers"
check_exit "listmonk: the file is CSV" 0 run -c '\copy listmonk.file from list.listmonk (format csv, header)'
check_exit "each row is taken" 0 run -c "WITH row AS (
    INSERT INTO listmonk.subscribers (uuid, email, name, attribs, status)
      SELECT gen_random_uuid(), lower(email), split_part(email, '@', 1), attributes::jsonb, 'blocklisted' FROM listmonk.file
      ON CONFLICT (email) DO UPDATE SET status = 'blocklisted' RETURNING id)
  UPDATE listmonk.subscriptions SET status = 'unsubscribed' WHERE subscriber IN (SELECT id FROM row)"
check "members on the list are blocklisted and unsubscribed" \
  "$(run -c "SELECT s.email, s.status FROM listmonk.subscribers s JOIN listmonk.subscriptions u ON u.subscriber = s.id
     WHERE u.status = 'unsubscribed' ORDER BY 1")" 'ada@school.example|blocklisted
jürgen@schule.example|blocklisted'
check "the others are not" "$(run -c "SELECT count(*) FROM listmonk.subscribers WHERE status = 'enabled'")" 5
check "and the reason is there" \
  "$(run -c "SELECT DISTINCT attribs -> 'bouncedb' ->> 'reason' FROM listmonk.subscribers WHERE status = 'blocklisted' AND name <> 'x'")" manual

### phpList: a form, one address per line; its statements are put together from text

run >log 2>&1 <<'END'
CREATE SCHEMA phplist;
SET search_path = phplist;
CREATE TABLE users (id serial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, blacklisted integer DEFAULT 0);
CREATE TABLE user_blacklist (email varchar(255) NOT NULL UNIQUE, added timestamp);
CREATE TABLE user_blacklist_data (email varchar(150) NOT NULL UNIQUE, name varchar(25) NOT NULL, data text);
END
for member in $members; do run -c "INSERT INTO phplist.users (email) VALUES ('$member')"; done
awk -v q="'" '{ print "INSERT INTO user_blacklist VALUES (" q $0 q ", now());"
  print "INSERT INTO user_blacklist_data VALUES (" q $0 q ", " q "reason" q ", " q "x" q ");"
  print "UPDATE users SET blacklisted = 1 WHERE email = " q $0 q ";" }' list.phplist >statements
check_exit "phpList: each line is a statement, and nothing else" 0 run -c 'SET search_path = phplist' -f statements
check "all are on its list" "$(run -c 'SELECT count(*) FROM phplist.user_blacklist_data')" "$(wc -l <list.phplist)"
check "members on ours are blocked" "$(run -c 'SELECT email FROM phplist.users WHERE blacklisted = 1 ORDER BY 1')" \
  'ada@school.example
jürgen@schule.example'
ok "an address of 150 octets is there" grep -qxF "$(long 150)" list.phplist
ok "a longer one is left out" sh -c '! grep -qxF "$1" list.phplist' - "$(long 151)"

### Mautic: contacts with a special field, and bodies for its API

run >log 2>&1 <<'END'
CREATE SCHEMA mautic;
SET search_path = mautic;
CREATE TABLE leads (id serial PRIMARY KEY, email varchar(191) UNIQUE);
CREATE TABLE lead_donotcontact (lead integer REFERENCES leads, channel varchar(191) NOT NULL,
  reason smallint NOT NULL CHECK (reason IN (1, 2, 3)), comments text, UNIQUE (lead, channel));
CREATE TABLE file (email text, donotemail boolean);
CREATE TABLE body (contacts jsonb);
END
for member in $members; do run -c "INSERT INTO mautic.leads (email) VALUES ('$member')"; done
check_exit "Mautic: the file is CSV" 0 run -c '\copy mautic.file from list.mautic (format csv, header)'
check_exit "each row is taken" 0 run -c "INSERT INTO mautic.leads (email) SELECT lower(email) FROM mautic.file ON CONFLICT (email) DO NOTHING;
  INSERT INTO mautic.lead_donotcontact SELECT id, 'email', 3 FROM mautic.leads WHERE email IN (SELECT lower(email) FROM mautic.file WHERE donotemail)"
blocked() {
  run -c "SELECT email FROM mautic.leads JOIN mautic.lead_donotcontact ON lead = id WHERE id <= 7 ORDER BY 1"
}
check "members on the list are not written to" "$(blocked)" 'ada@school.example
jürgen@schule.example'
ok "an address of 191 octets is there" grep -qF "$(long 191)" list.mautic
ok "a longer one is left out" sh -c '! grep -qF "$1" list.mautic' - "$(long 192)"
run -c 'TRUNCATE mautic.lead_donotcontact'
# quote and delimiter that JSON text cannot contain
check_exit "its API's bodies are JSON" 0 run -c "\\copy mautic.body from list.mautic-json (format csv, quote e'\\001', delimiter e'\\002')"
check "of at most 200 contacts" "$(run -c 'SELECT max(jsonb_array_length(contacts)) <= 200 FROM mautic.body')" t
check_exit "each contact is taken" 0 run -c "CREATE TABLE mautic.contact AS SELECT jsonb_array_elements(contacts) AS c FROM mautic.body;
  INSERT INTO mautic.leads (email) SELECT lower(c ->> 'email') FROM mautic.contact ON CONFLICT (email) DO NOTHING;
  INSERT INTO mautic.lead_donotcontact SELECT id, d ->> 'channel', (d ->> 'reason')::smallint, d ->> 'comments'
    FROM mautic.contact, jsonb_array_elements(c -> 'doNotContact') AS d, mautic.leads WHERE email = lower(c ->> 'email')"
check "and the same members are not written to" "$(blocked)" 'ada@school.example
jürgen@schule.example'
check "because they bounced" "$(run -c 'SELECT DISTINCT channel, reason FROM mautic.lead_donotcontact')" 'email|2'

done_testing
