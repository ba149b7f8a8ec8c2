#!/bin/sh
# bench/history.sh N FILE: makes a database with N failures of three years, the same for the same N,
# to measure views and commands. "bouncedb db check" finds nothing in it. Ten million failures take
# several GB.
#
# The indexes are made last, so that they are written in order.
set -eu
[ $# -eq 2 ] || { sed -n 's/^# //p' "$0" | head -3 >&2; exit 64; }
n=$1 file=$2
bouncedb=${BOUNCEDB:-build/bouncedb}
[ ! -e "$file" ] || { echo "$file exists" >&2; exit 65; }
"$bouncedb" db init --quiet --db "$file"
sqlite3 "$file" "SELECT sql || ';' FROM sqlite_schema
  WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('failure', 'message', 'daily')" >"$file.sql"
drops=$(sqlite3 "$file" "SELECT 'DROP INDEX ' || name || ';' FROM sqlite_schema
  WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('failure', 'message', 'daily')")

sqlite3 -bail "$file" <<END >/dev/null
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
PRAGMA temp_store = FILE;
$drops
CREATE TEMP TABLE reasons AS SELECT row_number() OVER () - 1 AS slot, reason, party, class_5xx AS class
  FROM (WITH RECURSIVE
    share(reason, slots) AS (VALUES ('user_unknown', 42), ('mailbox_full', 12), ('blocked', 9),
      ('mailbox_disabled', 6), ('spam', 6), ('rate_limited', 5), ('host_unknown', 4),
      ('policy_violation', 4), ('undefined', 3), ('network_error', 3), ('spf', 2), ('dmarc', 1),
      ('expired', 1), ('content_rejected', 1), ('no_ptr', 1)),
    each(reason, left) AS (SELECT reason, slots FROM share
      UNION ALL SELECT reason, left - 1 FROM each WHERE left > 1)
    SELECT reason FROM each) JOIN reason USING (reason);
CREATE TEMP TABLE providers (slot INTEGER PRIMARY KEY, provider);
INSERT INTO providers VALUES (0, 'gmail'), (1, 'gmail'), (2, 'microsoft'), (3, 'yahoo'), (4, 'apple'),
  (5, 'gmx'), (6, 'orange'), (7, 'qq'), (8, 'mailru'), (9, NULL), (10, NULL), (11, NULL), (12, NULL);
-- h, g: two numbers without a pattern. A tenth of the addresses has half of the failures.
CREATE TEMP VIEW made AS
  WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < $n),
    hashed AS (SELECT i, (i * 2654435761 % 4294967296) / 65536 * 40503 % 1000003 AS h,
                      (i * 2246822519 % 4294967296) / 4096 * 31 % 1000033 AS g FROM i)
  SELECT i, 1700000000 + i * 94608000 / $n AS at, h % 100 AS reason_slot, g % 13 AS provider_slot,
    CASE WHEN h % 2 = 0 THEN (g * 7919 + h) % max($n / 30, 1)
         ELSE (g * 7919 + h) % max($n * 3 / 10, 1) END AS who, g % 20 AS list, g
  FROM hashed;
BEGIN;
INSERT INTO message (message_id, digest, kind, reader, received_at, sent_at, reporting_mta, list_id,
                     envelope_recipient, size, notes, recipients, repeated)
  SELECT i, CAST(printf('%032d', i) AS BLOB), 'bounce', 'rfc3464', at,
         at - CASE WHEN reason_slot < 60 THEN i % 90 ELSE i * 31 % 500000 END, 'mx.sender.example',
         'list' || list || '.sender.example', 'bounces@sender.example', 4000, 0, 1, 0 FROM made;
INSERT INTO failure (failure_id, message_id, failed_at, recipient, recipient_domain, action, status,
                     reply_code, stage, diagnostic, remote_mta, provider, class, reason, party, rule,
                     matched, masked)
  SELECT i, i, at, 'reader' || who || '@d' || (who * who % 20011) || '.example',
         'd' || (who * who % 20011) || '.example', 'failed', '5.0.0', 550, 'rcpt',
         '550 5.0.0 reader' || who || ': ' || reason || ' (reference ' || i || ')',
         'mx' || provider_slot || '.example', provider, class, reason, party, 'example.' || reason,
         reason, iif(reason = 'undefined', 'USER: undefined (reference NUMBER)', NULL)
  FROM made JOIN reasons ON reasons.slot = reason_slot JOIN providers ON providers.slot = provider_slot;
COMMIT;
END
sqlite3 -bail "$file" <<END >/dev/null
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
PRAGMA temp_store = FILE;
$(cat "$file.sql")
-- Waves do not count, and what is enough by itself suppresses.
UPDATE failure SET lifted = 'wave' WHERE masked IS NOT NULL;
UPDATE guard SET named = (SELECT count(DISTINCT address) FROM failure);
INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since, message_id,
                   failure_id, days, span, window, unproven)
  SELECT address, recipient, recipient_domain, provider, class, reason, failed_at, message_id,
         failure_id, 1, 0, 180, 1
  FROM (SELECT *, min(failure_id) FROM failure
        WHERE reason IN ('user_unknown', 'mailbox_disabled', 'host_unknown') GROUP BY address);
END
rm "$file.sql"
"$bouncedb" db reweigh --quiet --db "$file"
