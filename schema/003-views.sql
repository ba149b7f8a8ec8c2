-- What people ask first. The program's own list and show read these too.

-- Everything that was ever said about an address, of whatever kind.
CREATE VIEW event AS
  SELECT failed_at AS happened_at, 'failure' AS event, failure_id AS event_id, message_id, address,
         recipient, class, reason, provider, status, reply_code, stage, diagnostic, rule, trust,
         counts, lifted
  FROM failure
  UNION ALL
  SELECT failed_at, 'delay', delay_id, message_id, address, recipient, class, reason, provider,
         status, reply_code, stage, diagnostic, rule, NULL, NULL, NULL
  FROM delay
  UNION ALL
  SELECT delivered_at, coalesce(action, 'delivered'), delivery_id, message_id, address, recipient,
         NULL, NULL, NULL, status, NULL, NULL, diagnostic, NULL, trust, counts, NULL
  FROM delivery
  UNION ALL
  SELECT complained_at, 'complaint', complaint_id, message_id, address, recipient, NULL, NULL,
         provider, NULL, NULL, NULL, NULL, NULL, trust, counts, lifted
  FROM complaint;

-- How near an address is to its thresholds: the different days on which it failed for a reason
-- within the window that ends with the last failure, and the days between the first and the last of
-- them. days_needed is NULL for reasons that never suppress.
CREATE VIEW standing AS
  SELECT f.address, f.reason, f.failures, f.first_at, f.last_at,
         (SELECT count(DISTINCT day) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS days,
         (SELECT coalesce(max(day) - min(day), 0) FROM failure
          WHERE address = f.address AND reason = f.reason AND counting = 1
            AND day > f.last_day - coalesce(t.window, 180)) AS span,
         t.days AS days_needed, t.span AS span_needed, t.window
  FROM (SELECT address, reason, count(*) AS failures, min(failed_at) AS first_at,
               max(failed_at) AS last_at, max(day) AS last_day
        FROM failure WHERE address IS NOT NULL GROUP BY address, reason) AS f
  LEFT JOIN threshold AS t USING (reason);

CREATE VIEW failure_by_day AS
  SELECT date(failed_at, 'unixepoch') AS date, class, count(*) AS failures,
         count(DISTINCT address) AS recipients
  FROM failure GROUP BY date, class;

CREATE VIEW failure_by_provider AS
  SELECT provider, class, reason, count(*) AS failures, count(DISTINCT address) AS recipients,
         min(failed_at) AS first_at, max(failed_at) AS last_at
  FROM failure GROUP BY provider, class, reason;

-- What is wrong with one's own sending: no address is to blame for these.
CREATE VIEW sender_fault AS
  SELECT reason, party, provider, count(*) AS failures, count(DISTINCT address) AS recipients,
         min(failed_at) AS first_at, max(failed_at) AS last_at, diagnostic AS last_diagnostic,
         failure_id AS last_failure_id
  FROM failure WHERE party IN ('sender', 'message') GROUP BY reason, party, provider;

-- Replies that no rule understands yet, grouped by what they say, the most frequent first.
CREATE VIEW unknown_reply AS
  SELECT coalesce(masked, diagnostic, notice) AS reply, count(*) AS failures,
         count(DISTINCT address) AS recipients, group_concat(DISTINCT recipient_domain) AS domains,
         group_concat(DISTINCT provider) AS providers, min(failed_at) AS first_at,
         max(failed_at) AS last_at, max(failure_id) AS last_failure_id
  FROM failure WHERE reason = 'undefined' GROUP BY reply ORDER BY failures DESC;

PRAGMA user_version = 3;
