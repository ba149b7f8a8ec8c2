-- Unknown replies are counted from one index, which has all that the view shows: failures with other
-- replies pay nothing for it, and the view reads nothing of them.
CREATE INDEX failure_reply ON failure (masked, recipient_domain, address, provider, failed_at)
  WHERE masked IS NOT NULL;
-- IS TRUE: if a condition compared a column, SQLite would compile each statement that compares it with
-- a parameter again for each value.
CREATE INDEX failure_unsaid ON failure (failed_at)
  WHERE (reason = 'undefined') IS TRUE AND masked IS NULL;

DROP VIEW IF EXISTS unknown_reply;
CREATE VIEW unknown_reply AS
  SELECT reply, sum(failures) AS failures, sum(recipients) AS recipients,
         group_concat(DISTINCT recipient_domain) AS domains,
         coalesce((SELECT group_concat(DISTINCT provider) FROM failure INDEXED BY failure_reply
                   WHERE masked = reply), group_concat(DISTINCT provider)) AS providers,
         min(first_at) AS first_at, max(last_at) AS last_at, max(last_id) AS last_failure_id
  FROM (SELECT masked AS reply, recipient_domain, NULL AS provider, count(*) AS failures,
               count(DISTINCT address) AS recipients, min(failed_at) AS first_at,
               max(failed_at) AS last_at, max(failure_id) AS last_id
        FROM failure INDEXED BY failure_reply WHERE masked IS NOT NULL
        GROUP BY masked, recipient_domain
        UNION ALL
        SELECT coalesce(diagnostic, notice), recipient_domain, provider, count(*),
               count(DISTINCT address), min(failed_at), max(failed_at), max(failure_id)
        FROM failure INDEXED BY failure_unsaid
        WHERE (reason = 'undefined') IS TRUE AND masked IS NULL
        GROUP BY 1, 2, 3)
  GROUP BY reply ORDER BY failures DESC;

PRAGMA user_version = 17;
