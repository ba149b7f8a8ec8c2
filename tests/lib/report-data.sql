-- 400 days of failures that end on 21 September 2026, and names that try to break out of a page.
-- For the tests of the report; run in a new database.

CREATE TEMP TABLE days AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)
  SELECT i AS age, 1790000000 - i * 86400 AS at FROM n;

CREATE TEMP TABLE kinds (kind INTEGER PRIMARY KEY, class, reason, provider, every, rule);
INSERT INTO kinds (class, reason, provider, every, rule) VALUES
  ('permanent', 'user_unknown', 'gmail', 1, NULL),
  ('permanent', 'user_unknown', NULL, 1, NULL),
  ('permanent', 'mailbox_disabled', 'yahoo', 2, NULL),
  ('quota', 'mailbox_full', 'gmail', 3, NULL),
  ('policy', 'blocked', 'microsoft', 2, NULL),
  ('policy', 'spam', NULL, 4, 'x</td><script>alert(1)</script>'),
  ('transient', 'rate_limited', 'yahoo', 3, NULL),
  ('policy', 'rate_limited', 'yahoo', 7, NULL),
  ('spf', 'spf', 'gmail', 29, 'gmail.spf'),
  ('auth', 'dkim', 'gmail', 11, 'gmail.dkim'),
  ('auth', 'dmarc', 'microsoft', 13, 'microsoft.dmarc'),
  ('auth', 'no_ptr', NULL, 17, NULL),
  ('auth', 'auth_failed', 'gmail', 19, NULL),
  ('transient', 'network_error', NULL, 5, NULL),
  ('transient', 'undefined', '"><img src=x onerror=alert(2)>', 6, NULL);

CREATE TEMP TABLE hostile (i INTEGER PRIMARY KEY, name TEXT);
INSERT INTO hostile (name) VALUES
  ('</script><script>alert(3)</script>'), ('<!--<script>'), ('"><img src=x onerror=alert(4)>'),
  (']]>--></style><style>*{display:none}'), (''' onmouseover=''alert(5)'), ('__proto__'),
  ('constructor'), ('&lt;b&gt;&#x3C;img'), ('\u003c/script\u003e${7*7}{{7*7}}\'),
  ('javascript:alert(6)'), ('a' || char(8232) || 'b' || char(8233) || 'c' || char(8238) || 'd' || char(7)),
  (CAST(x'ff3c2f7363726970743e' AS TEXT)), ('أخبار المدينة'), ('ニュース通信'), ('news.example.org'), ('');

CREATE TEMP TABLE told AS
  SELECT row_number() OVER (ORDER BY age DESC, kind, copy) AS id, *,
    CASE WHEN age % 2 = 0 AND kind < 12 THEN 'news.example.org'
      ELSE (SELECT name FROM hostile WHERE i = 1 + (age * 7 + kind) % 16) END AS list,
    CASE WHEN provider = 'gmail' THEN 'gmail.com' WHEN provider = 'yahoo' THEN 'yahoo.com'
      WHEN kind = 2 THEN (SELECT name FROM hostile WHERE i = 1 + age % 14)
      ELSE 'd' || (age % 37) || '.example' END AS domain
  FROM days JOIN kinds ON age % every = 0
  JOIN (SELECT 1 AS copy UNION ALL SELECT 2 UNION ALL SELECT 3)
    ON copy = 1 OR (kind = 1 AND age % 7 < 5) OR (kind = 9 AND age < 2);
-- since yesterday, SPF fails at Gmail
INSERT INTO told SELECT 100000 + i, age, at, 9, 'spf', 'spf', 'gmail', 29, 'gmail.spf', 1, 'news.example.org',
  'gmail.com' FROM days JOIN (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
  SELECT i FROM n) WHERE age = 1;

INSERT INTO message (message_id, digest, kind, reader, received_at, sent_at, list_id, feedback_id, envelope_recipient,
    size, notes, recipients, repeated)
  SELECT id, randomblob(32), 'bounce', 'rfc3464', at,
    CASE id % 5 WHEN 1 THEN at - 2 WHEN 2 THEN at - 60 - id * id % 3600 WHEN 3 THEN at - id * id * 7 % 500000
      WHEN 4 THEN at - 432000 END, nullif(list, ''),
    CASE age % 4 WHEN 0 THEN 'spring:acme:news' WHEN 1 THEN (SELECT name FROM hostile WHERE i = 1 + age % 15) END,
    'bounces+user' || id || CASE age % 3 WHEN 0 THEN '@offers.example' ELSE '@news.example' END,
    2000, 0, 1, 0 FROM told;
INSERT INTO failure (failure_id, message_id, failed_at, recipient, recipient_domain, action, status,
    reply_code, diagnostic, provider, class, reason, party, rule, masked)
  SELECT id, id, at, 'user' || (id % 900) || '@' || domain, domain, 'failed', '5.0.0', 550,
    '550 5.7.1 <user' || (id % 900) || '@' || domain || '> refused <script>alert(7)</script>',
    provider, class, told.reason, party, rule,
    CASE WHEN told.reason = 'undefined' THEN (SELECT name FROM hostile WHERE i = 1 + age % 15) END
  FROM told JOIN reason USING (reason);
INSERT INTO daily SELECT failed_at / 86400, class, reason, coalesce(provider, ''), coalesce(list_id, ''),
    coalesce(recipient_domain, ''), count(*), min(failure_id), max(failure_id)
  FROM failure JOIN message USING (message_id) GROUP BY 1, 2, 3, 4, 5, 6;
-- all but the last failures are summed up
UPDATE guard SET summed_to = (SELECT max(failure_id) - 30 FROM failure);
INSERT INTO daily_sum SELECT day, class, reason, coalesce(provider, ''), count(*), sum(of_day = 1),
    sum(of_class = 1), sum(of_reason = 1), min(failed_at), max(failed_at), min(failure_id), max(failure_id)
  FROM (SELECT *, row_number() OVER (PARTITION BY address, day, class ORDER BY failure_id) AS of_day,
      row_number() OVER (PARTITION BY address, reason, provider, class ORDER BY failure_id) AS of_class,
      row_number() OVER (PARTITION BY address, reason, provider ORDER BY failure_id) AS of_reason
    FROM failure WHERE failure_id <= (SELECT summed_to FROM guard)) GROUP BY 1, 2, 3, 4;
INSERT INTO list_sum SELECT days, iif(days = 1, day, day - (day + 3) % 7), class, reason, coalesce(provider, ''),
    coalesce(list_id, ''), count(*), max(failure_id)
  FROM failure JOIN message USING (message_id) JOIN (SELECT 1 AS days UNION ALL SELECT 7)
  WHERE failure_id <= (SELECT summed_to FROM guard) GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO time_sum SELECT day, class, provider, seconds, count(*), sum(took) FROM
    (SELECT d.day, iif(d.day < 0, '', class) AS class, iif(d.day < 0, '', coalesce(provider, '')) AS provider, took,
      (SELECT min(value) FROM json_each('[60,300,3600,21600,86400,172800,432000,2592000]') WHERE took <= value) AS seconds
    FROM (SELECT *, failed_at - sent_at AS took FROM failure JOIN message USING (message_id)
      WHERE sent_at IS NOT NULL AND failure_id <= (SELECT summed_to FROM guard)) AS f
    JOIN (SELECT failure_id AS id, day FROM failure UNION ALL SELECT failure_id, -1 FROM failure) AS d ON id = failure_id)
  GROUP BY 1, 2, 3, 4;

INSERT INTO message (digest, kind, received_at, size, notes, kept, recipients, repeated)
  SELECT randomblob(32), CASE WHEN age % 3 = 0 THEN 'unreadable' WHEN age % 3 = 1 THEN 'other' ELSE 'complaint' END,
    at, 900, 0, CASE WHEN age % 3 < 2 THEN '/kept/' || age END, age % 3 = 2, 0 FROM days WHERE age < 40;
INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain, provider)
  SELECT message_id, received_at, 'c' || message_id || '@yahoo.com', 'yahoo.com', 'yahoo'
  FROM message WHERE kind = 'complaint';
INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since, message_id, failure_id,
    days, span, window, state)
  SELECT lower(recipient), recipient, recipient_domain, provider, class, reason, failed_at, message_id,
    failure_id, 1, 0, 180, CASE WHEN failure_id % 9 = 0 THEN 'held' ELSE 'active' END
  FROM failure WHERE reason = 'user_unknown' AND failed_at > 1790000000 - 20 * 86400 GROUP BY lower(recipient);
DELETE FROM suppression WHERE provider IS NULL AND since < 1790000000 - 15 * 86400;
