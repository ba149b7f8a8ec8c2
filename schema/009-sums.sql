-- The same counts without lists and domains, so that the views people ask first read some thousand
-- rows, however many failures there are. The program sums up some hundred failures at a time, for
-- each by itself would cost the deliveries more; guard.summed_to is the last one.
-- recipients: addresses that had not failed on this day as this class; of_class, of_reason: addresses
-- that had not failed at this provider for this reason, as this class or at all.
CREATE TABLE daily_sum (
  day INTEGER NOT NULL,
  class TEXT NOT NULL,
  reason TEXT NOT NULL,
  provider TEXT NOT NULL,
  failures INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  of_class INTEGER NOT NULL,
  of_reason INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  PRIMARY KEY (day, class, reason, provider)
) STRICT, WITHOUT ROWID;

ALTER TABLE guard ADD COLUMN summed_to INTEGER NOT NULL DEFAULT 0;
CREATE INDEX daily_domain ON daily (recipient_domain, day);

-- With what is not summed up yet. SQLite reads the views whenever it opens the database, so the
-- three questions about earlier failures share one look-up.
CREATE VIEW sum_now AS
  SELECT * FROM daily_sum
  UNION ALL
  SELECT f.day, f.class, f.reason, coalesce(f.provider, ''), 1,
    f.address NOTNULL AND NOT max(coalesce(o.day = f.day AND o.class = f.class, 0)),
    f.address NOTNULL AND NOT max(coalesce(o.reason = f.reason AND o.provider IS f.provider
                                           AND o.class = f.class, 0)),
    f.address NOTNULL AND NOT max(coalesce(o.reason = f.reason AND o.provider IS f.provider, 0)),
    f.failed_at, f.failed_at, f.failure_id, f.failure_id
  FROM failure AS f LEFT JOIN failure AS o
    ON o.address = f.address AND o.failure_id < f.failure_id
  WHERE f.failure_id > (SELECT summed_to FROM guard) GROUP BY f.failure_id;

DROP VIEW IF EXISTS failure_by_day;
CREATE VIEW failure_by_day AS
  SELECT date(day * 86400, 'unixepoch') AS date, class, sum(failures) AS failures,
         sum(recipients) AS recipients
  FROM sum_now GROUP BY day, class;

DROP VIEW IF EXISTS failure_by_provider;
CREATE VIEW failure_by_provider AS
  SELECT nullif(provider, '') AS provider, class, reason, sum(failures) AS failures,
         sum(of_class) AS recipients, min(first_at) AS first_at, max(last_at) AS last_at
  FROM sum_now GROUP BY 1, class, reason;

DROP VIEW IF EXISTS sender_fault;
CREATE VIEW sender_fault AS
  SELECT s.reason, s.party, nullif(s.provider, '') AS provider, failures, recipients, first_at,
         last_at, diagnostic AS last_diagnostic, last_id AS last_failure_id
  FROM (SELECT reason, party, provider, sum(failures) AS failures, sum(of_reason) AS recipients,
               min(first_at) AS first_at, max(last_at) AS last_at, max(last_id) AS last_id
        FROM sum_now JOIN reason USING (reason) WHERE party IN ('sender', 'message')
        GROUP BY reason, provider) AS s
  LEFT JOIN failure ON failure_id = last_id;

PRAGMA user_version = 9;
