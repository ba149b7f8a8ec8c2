-- Replies that no rule understands, grouped by what they say: masked is the reply without addresses,
-- hosts, numbers and ids, kept where the reason is undefined.

ALTER TABLE failure ADD COLUMN masked TEXT;

DROP VIEW unknown_reply;
CREATE VIEW unknown_reply AS
  SELECT coalesce(masked, diagnostic, notice) AS reply, count(*) AS failures,
         count(DISTINCT address) AS recipients, group_concat(DISTINCT recipient_domain) AS domains,
         group_concat(DISTINCT provider) AS providers, min(failed_at) AS first_at,
         max(failed_at) AS last_at, max(failure_id) AS last_failure_id
  FROM failure WHERE reason = 'undefined' GROUP BY reply ORDER BY failures DESC;

PRAGMA user_version = 6;
